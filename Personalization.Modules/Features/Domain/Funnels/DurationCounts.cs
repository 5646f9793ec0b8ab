using System.Numerics;

namespace Personalization.Features.Domain.Funnels;

/// <summary>
/// How long things took, in classes that are 1/64 wide of what they stand for: a median or percentile is right to under 2 %, whatever the count, in
/// 20 KB. Counts of several threads are added up.
/// </summary>
internal sealed class DurationCounts
{
    private const int PartBits = 6;
    private const int Parts = 1 << PartBits;
    private readonly long[] _classes = new long[(64 - PartBits + 1) * Parts];

    public long Total { get; private set; }

    public void Add(long ms)
    {
        _classes[ClassOf(Math.Max(0, ms))]++;
        Total++;
    }

    public void Add(DurationCounts other)
    {
        for (var i = 0; i < _classes.Length; i++)
        {
            _classes[i] += other._classes[i];
        }

        Total += other.Total;
    }

    /// <summary>The least that at least this share of all took no longer than, in ms; null of none.</summary>
    public long? AtShare(double share)
    {
        var wanted = Math.Max(1, (long)Math.Ceiling(share * Total));
        long seen = 0;
        for (var i = 0; i < _classes.Length && Total > 0; i++)
        {
            seen += _classes[i];
            if (seen >= wanted)
            {
                return MiddleOf(i);
            }
        }

        return null;
    }

    private static int ClassOf(long ms)
    {
        if (ms < Parts)
        {
            return (int)ms;
        }

        var exponent = BitOperations.Log2((ulong)ms) - PartBits;
        return ((exponent + 1) * Parts) + (int)((ms >> exponent) - Parts);
    }

    private static long MiddleOf(int index)
    {
        if (index < Parts)
        {
            return index;
        }

        var exponent = (index / Parts) - 1;
        return ((long)(Parts + (index % Parts)) << exponent) + ((1L << exponent) / 2);
    }
}
