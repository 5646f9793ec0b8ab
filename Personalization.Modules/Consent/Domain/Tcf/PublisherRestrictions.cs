namespace Personalization.Consent.Domain.Tcf;

/// <summary>What a publisher forbids vendors, whatever their own declaration says. The smaller the number, the stricter.</summary>
internal enum RestrictionType : byte
{
    NotAllowed = 0,
    RequireConsent = 1,
    RequireLegitimateInterest = 2,

    /// <summary>No restriction concerns the vendor. Never in a string: type 3 is undefined there and refused.</summary>
    None = 3,
}

/// <summary>The publisher's restrictions as they stand in the core segment, walked in place.</summary>
internal readonly ref struct PublisherRestrictions
{
    private readonly SixBits _bits;
    private readonly int _at;

    private PublisherRestrictions(SixBits bits, int at, int count)
    {
        _bits = bits;
        _at = at;
        Count = count;
    }

    /// <summary>Records in the string; several may speak of the same purpose and type.</summary>
    public int Count { get; }

    /// <summary>Reads <c>NumPubRestrictions</c>, which is there even when 0, and checks every record.</summary>
    public static TcStatus Read(SixBits bits, int at, out PublisherRestrictions restrictions)
    {
        restrictions = default;
        if (!bits.Has(at, 12))
        {
            return TcStatus.Truncated;
        }

        var count = (int)bits.Read(at, 12);
        restrictions = new PublisherRestrictions(bits, at + 12, count);
        at += 12;
        for (var i = 0; i < count; i++)
        {
            if (!bits.Has(at, 8))
            {
                return TcStatus.Truncated;
            }

            if (bits.Read(at, 6) == 0 || bits.Read(at + 6, 2) == (int)RestrictionType.None)
            {
                return TcStatus.BadRestriction;
            }

            at += 8;
            if (VendorSet.ReadRanges(bits, ref at, out _) is var status and not TcStatus.Read)
            {
                return status;
            }
        }

        return TcStatus.Read;
    }

    /// <summary>The strictest restriction of a purpose that names the vendor.</summary>
    public RestrictionType Of(int purpose, int vendorId)
    {
        var strictest = RestrictionType.None;
        var at = _at;
        for (var i = 0; i < Count; i++)
        {
            ReadRecord(ref at, out var recordPurpose, out var type, out var vendors);
            if (recordPurpose == purpose && type < strictest && vendors.Contains(vendorId))
            {
                strictest = type;
            }
        }

        return strictest;
    }

    /// <summary>Every record, as it stands in the string. For people: this allocates.</summary>
    public IReadOnlyList<PublisherRestriction> ToList()
    {
        var list = new List<PublisherRestriction>(Count);
        var at = _at;
        for (var i = 0; i < Count; i++)
        {
            ReadRecord(ref at, out var purpose, out var type, out var vendors);
            list.Add(new PublisherRestriction(purpose, type, vendors.Ranges()));
        }

        return list;
    }

    private void ReadRecord(ref int at, out int purpose, out RestrictionType type, out VendorSet vendors)
    {
        purpose = (int)_bits.Read(at, 6);
        type = (RestrictionType)_bits.Read(at + 6, 2);
        at += 8;
        VendorSet.ReadRanges(_bits, ref at, out vendors);
    }
}

/// <summary>One restriction, and whom it concerns.</summary>
internal sealed record PublisherRestriction(int Purpose, RestrictionType Type, IReadOnlyList<VendorRange> Vendors);
