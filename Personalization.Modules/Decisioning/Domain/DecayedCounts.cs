namespace Personalization.Decisioning.Domain;

/// <summary>
/// A decayed count per item, forward: an event at time t adds 2^((t - landmark) / half-life), whenever it arrives. Counts
/// compare with each other as they stand. The landmark moves, and all counts with it, before numbers could overflow.
/// One writer at a time.
/// </summary>
internal sealed class DecayedCounts(TimeSpan halfLife)
{
    private const double LargestExponent = 500;
    private readonly double _halfLifeMs = halfLife.TotalMilliseconds;

    public long LandmarkMs { get; private set; } = long.MinValue;

    public double[] Values { get; private set; } = new double[1024];

    public double HalfLifeMs => _halfLifeMs;

    /// <summary>Adds to an item's count. True when the landmark moved, so that every count changed.</summary>
    public bool Add(int item, double weight, long timestampMs)
    {
        Ensure(item);
        if (LandmarkMs == long.MinValue)
        {
            LandmarkMs = timestampMs;
        }

        var exponent = (timestampMs - LandmarkMs) / _halfLifeMs;
        var isMoved = exponent > LargestExponent;
        if (isMoved)
        {
            Move(timestampMs, double.Exp2(-exponent));
            exponent = 0;
        }

        Values[item] += weight * double.Exp2(exponent);
        return isMoved;
    }

    /// <summary>Factor that turns a count as it stands into the count as of a time.</summary>
    public double AsOf(long timeMs) => LandmarkMs == long.MinValue ? 0 : double.Exp2((LandmarkMs - timeMs) / _halfLifeMs);

    public void RestoreLandmark(long landmarkMs) => LandmarkMs = landmarkMs;

    public void Restore(int item, double value)
    {
        Ensure(item);
        Values[item] = value;
    }

    private void Move(long landmarkMs, double factor)
    {
        foreach (ref var value in Values.AsSpan())
        {
            value *= factor;
        }

        LandmarkMs = landmarkMs;
    }

    private void Ensure(int item)
    {
        if (item >= Values.Length)
        {
            var grown = Values;
            Array.Resize(ref grown, (int)System.Numerics.BitOperations.RoundUpToPowerOf2((uint)item + 1));
            Values = grown;
        }
    }
}
