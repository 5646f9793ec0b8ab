namespace Personalization.Consent.Domain.Tcf;

/// <summary>
/// A set of vendors as it stands in the string: one bit for each up to a maximum, or ranges. Looked up in place. A hostile string may
/// hold thousands of ranges over everything; they are walked, never spread out.
/// </summary>
internal readonly ref struct VendorSet
{
    private readonly SixBits _bits;
    private readonly int _at;
    private readonly int _count;
    private readonly bool _isRanges;

    private VendorSet(SixBits bits, int at, int count, bool isRanges)
    {
        _bits = bits;
        _at = at;
        _count = count;
        _isRanges = isRanges;
    }

    /// <summary>Reads <c>MaxVendorId</c>, <c>IsRange</c> and what follows; checks every range.</summary>
    /// <param name="bits">The segment.</param>
    /// <param name="at">Where the set starts; then the first bit after it.</param>
    /// <param name="set">Valid when the status is <see cref="TcStatus.Read"/>.</param>
    public static TcStatus Read(SixBits bits, scoped ref int at, out VendorSet set)
    {
        set = default;
        if (!bits.Has(at, 17))
        {
            return TcStatus.Truncated;
        }

        var max = (int)bits.Read(at, 16);
        var isRanges = bits.IsSet(at + 16);
        at += 17;
        if (isRanges)
        {
            return ReadRanges(bits, ref at, out set);
        }

        if (!bits.Has(at, max))
        {
            return TcStatus.Truncated;
        }

        set = new VendorSet(bits, at, max, isRanges: false);
        at += max;
        return TcStatus.Read;
    }

    /// <summary>Reads <c>NumEntries</c> and the ranges, as they stand in restrictions too.</summary>
    public static TcStatus ReadRanges(SixBits bits, scoped ref int at, out VendorSet set)
    {
        set = default;
        if (!bits.Has(at, 12))
        {
            return TcStatus.Truncated;
        }

        var count = (int)bits.Read(at, 12);
        at += 12;
        set = new VendorSet(bits, at, count, isRanges: true);
        for (var i = 0; i < count; i++)
        {
            if (!bits.Has(at, 17) || (bits.IsSet(at) && !bits.Has(at, 33)))
            {
                return TcStatus.Truncated;
            }

            var (start, end) = RangeAt(bits, ref at);
            if (start == 0 || end < start)
            {
                return start == 0 ? TcStatus.VendorZero : TcStatus.ReversedRange;
            }
        }

        return TcStatus.Read;
    }

    /// <param name="vendorId">From 1.</param>
    public bool Contains(int vendorId)
    {
        if (!_isRanges)
        {
            return vendorId >= 1 && vendorId <= _count && _bits.IsSet(_at + vendorId - 1);
        }

        // Ranges are not sorted in every string, so each is looked at.
        var at = _at;
        for (var i = 0; i < _count; i++)
        {
            var (start, end) = RangeAt(_bits, ref at);
            if (vendorId >= start && vendorId <= end)
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>The same set as sorted ranges that neither touch nor overlap; at most 32,768. For people: this allocates.</summary>
    public IReadOnlyList<VendorRange> Ranges()
    {
        var found = _isRanges ? Written() : Runs();
        found.Sort(static (one, other) => one.Start.CompareTo(other.Start));
        var merged = new List<VendorRange>();
        foreach (var range in found)
        {
            if (merged.Count > 0 && range.Start <= merged[^1].End + 1)
            {
                merged[^1] = merged[^1] with { End = Math.Max(merged[^1].End, range.End) };
            }
            else
            {
                merged.Add(range);
            }
        }

        return merged;
    }

    private static VendorRange RangeAt(SixBits bits, scoped ref int at)
    {
        var isRange = bits.IsSet(at);
        var start = (int)bits.Read(at + 1, 16);
        var end = isRange ? (int)bits.Read(at + 17, 16) : start;
        at += isRange ? 33 : 17;
        return new VendorRange(start, end);
    }

    private List<VendorRange> Written()
    {
        var ranges = new List<VendorRange>(_count);
        var at = _at;
        for (var i = 0; i < _count; i++)
        {
            ranges.Add(RangeAt(_bits, ref at));
        }

        return ranges;
    }

    private List<VendorRange> Runs()
    {
        var ranges = new List<VendorRange>();
        for (var vendor = 1; vendor <= _count; vendor++)
        {
            if (_bits.IsSet(_at + vendor - 1))
            {
                ranges.Add(new VendorRange(vendor, vendor));
            }
        }

        return ranges;
    }
}

/// <summary>Vendors from <paramref name="Start"/> to <paramref name="End"/>, both included.</summary>
internal readonly record struct VendorRange(int Start, int End);
