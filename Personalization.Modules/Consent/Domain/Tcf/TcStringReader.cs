namespace Personalization.Consent.Domain.Tcf;

/// <summary>Reading: the one place where a TC string comes into being.</summary>
internal readonly ref partial struct TcString
{
    /// <summary>Bits of the core before the first set of vendors.</summary>
    private const int FixedBits = 213;
    private const int LastLetter = 'z' - 'A';
    private const int DisclosedType = 1;
    private const int AllowedType = 2;
    private const int PublisherType = 3;

    private TcString(
        SixBits core, VendorSet consents, VendorSet interests, PublisherRestrictions restrictions, Segments segments)
    {
        _core = core;
        VendorConsents = consents;
        VendorLegitimateInterests = interests;
        Restrictions = restrictions;
        HasDisclosedVendors = segments.HasDisclosed;
        DisclosedVendors = segments.Disclosed;
        HasAllowedVendors = segments.HasAllowed;
        AllowedVendors = segments.Allowed;
        HasPublisherPurposes = segments.HasPublisher;
        _publisher = segments.Publisher;
        CustomPurposeCount = segments.CustomPurposeCount;
    }

    /// <summary>
    /// Reads and checks the whole string, in time proportional to its length. Never throws, whatever the bytes are. Bits after the
    /// last field are padding and ignored.
    /// </summary>
    /// <param name="text">UTF-8. The result refers to it.</param>
    /// <param name="tc">Valid when the status is <see cref="TcStatus.Read"/>, else empty.</param>
    public static TcStatus Read(ReadOnlySpan<byte> text, out TcString tc)
    {
        tc = default;
        if (text.IsEmpty)
        {
            return TcStatus.Empty;
        }

        if (text.Length > MaxLength)
        {
            return TcStatus.TooLong;
        }

        if (Next(ref text, out var bits) is var status and not TcStatus.Read)
        {
            return status;
        }

        if (bits.Read(0, 6) != 2)
        {
            return TcStatus.NotVersion2;
        }

        if (!bits.Has(0, FixedBits))
        {
            return TcStatus.Truncated;
        }

        if (bits.Read(201, 6) > LastLetter || bits.Read(207, 6) > LastLetter)
        {
            return TcStatus.BadCountry;
        }

        var at = FixedBits;
        if ((status = VendorSet.Read(bits, ref at, out var consents)) != TcStatus.Read ||
            (status = VendorSet.Read(bits, ref at, out var interests)) != TcStatus.Read ||
            (status = PublisherRestrictions.Read(bits, at, out var restrictions)) != TcStatus.Read ||
            (status = Segments.Read(text, out var segments)) != TcStatus.Read)
        {
            return status;
        }

        tc = new TcString(bits, consents, interests, restrictions, segments);
        return TcStatus.Read;
    }

    /// <summary>Takes one segment off the front. What is left starts with the dot that must be followed by another one, or is empty.</summary>
    private static TcStatus Next(scoped ref ReadOnlySpan<byte> text, out SixBits bits)
    {
        var end = text.IndexOf((byte)'.');
        var segment = end < 0 ? text : text[..end];
        text = end < 0 ? default : text[end..];
        bits = default;
        if (segment.IsEmpty)
        {
            return TcStatus.EmptySegment;
        }

        if (!SixBits.IsClean(segment))
        {
            return TcStatus.BadCharacter;
        }

        bits = new SixBits(segment);
        return TcStatus.Read;
    }

    /// <summary>What follows the core, in any order, each kind once.</summary>
    private ref struct Segments
    {
        public bool HasDisclosed;
        public bool HasAllowed;
        public bool HasPublisher;
        public VendorSet Disclosed;
        public VendorSet Allowed;
        public SixBits Publisher;
        public int CustomPurposeCount;

        public static TcStatus Read(ReadOnlySpan<byte> text, out Segments segments)
        {
            segments = default;
            while (!text.IsEmpty)
            {
                text = text[1..];
                var status = Next(ref text, out var bits);
                status = status == TcStatus.Read ? segments.Add(bits) : status;
                if (status != TcStatus.Read)
                {
                    return status;
                }
            }

            return TcStatus.Read;
        }

        private TcStatus Add(SixBits bits)
        {
            var at = 3;
            switch ((int)bits.Read(0, 3))
            {
                case 0:
                    return TcStatus.SecondCore;
                case DisclosedType when !HasDisclosed:
                    HasDisclosed = true;
                    return VendorSet.Read(bits, ref at, out Disclosed);
                case AllowedType when !HasAllowed:
                    HasAllowed = true;
                    return VendorSet.Read(bits, ref at, out Allowed);
                case PublisherType when !HasPublisher:
                    HasPublisher = true;
                    return AddPublisher(bits);
                case DisclosedType or AllowedType or PublisherType:
                    return TcStatus.DuplicateSegment;
                default:
                    return TcStatus.UnknownSegment;
            }
        }

        private TcStatus AddPublisher(SixBits bits)
        {
            if (!bits.Has(0, 57))
            {
                return TcStatus.Truncated;
            }

            Publisher = bits;
            CustomPurposeCount = (int)bits.Read(51, 6);
            return bits.Has(57, 2 * CustomPurposeCount) ? TcStatus.Read : TcStatus.Truncated;
        }
    }
}
