namespace Personalization.Tracking.Domain.Quality;

/// <summary>How large a share of something is, over the last minute or, where that is too little, the last ten. One thread.</summary>
internal sealed class ShareWindow
{
    private const int Slots = 60;
    private const int MinTotal = 20;

    /// <summary>Standard deviations of the interval.</summary>
    private const double Z = 3;
    private readonly int[] _hits = new int[Slots];
    private readonly int[] _totals = new int[Slots];
    private long _slot = -1;

    /// <summary>Takes a slot of ten seconds in; slots that were left out count as empty.</summary>
    public void Add(long slot, int hits, int total)
    {
        for (var skipped = Math.Max(_slot + 1, slot - Slots + 1); skipped < slot; skipped++)
        {
            _hits[skipped % Slots] = _totals[skipped % Slots] = 0;
        }

        _slot = slot;
        _hits[slot % Slots] = hits;
        _totals[slot % Slots] = total;
    }

    /// <summary>Against a bound, which the share must exceed with certainty.</summary>
    public ShareJudgement Judge(double bound)
    {
        var (hits, total) = Sum(SlotCounts.SlotsPerMinute);
        if (total < MinTotal)
        {
            (hits, total) = Sum(Slots);
        }

        if (total < MinTotal)
        {
            return new ShareJudgement(false, total == 0, 0, total);
        }

        var share = (double)hits / total;
        return new ShareJudgement(LowerBound(hits, total) > bound, share <= bound, share, total);
    }

    /// <summary>Of Wilson's score interval (1927): few events with a high share are no proof.</summary>
    private static double LowerBound(long hits, long total)
    {
        var share = (double)hits / total;
        var z2 = Z * Z / total;
        return (share + (z2 / 2) - (Z * Math.Sqrt((share * (1 - share) / total) + (z2 / (4 * total))))) / (1 + z2);
    }

    private (long Hits, long Total) Sum(int slots)
    {
        var (hits, total) = (0L, 0L);
        for (var slot = Math.Max(0, _slot - slots + 1); slot <= _slot; slot++)
        {
            hits += _hits[slot % Slots];
            total += _totals[slot % Slots];
        }

        return (hits, total);
    }
}

/// <summary>A share and whether it is too large.</summary>
internal readonly record struct ShareJudgement(bool IsAbove, bool IsNormal, double Share, long Total);
