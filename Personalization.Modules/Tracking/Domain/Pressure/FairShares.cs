namespace Personalization.Tracking.Domain.Pressure;

/// <summary>Divides what can be done among those who ask: max-min fairness with weights.</summary>
internal static class FairShares
{
    /// <summary>
    /// The share of weight 1 such that everybody gets the smaller of demand and weighted share, and all of it together is the capacity.
    /// What one does not need goes to the others. Infinite when there is enough for all.
    /// </summary>
    public static double Level(double capacity, ReadOnlySpan<double> demands, ReadOnlySpan<int> weights)
    {
        var (left, weight, level) = (capacity, Sum(weights), 0.0);
        Span<bool> isServed = demands.Length <= 256 ? stackalloc bool[demands.Length] : new bool[demands.Length];
        while (weight > 0)
        {
            level = Math.Max(0, left) / weight;
            var (leftBefore, weightBefore) = (left, weight);
            for (var i = 0; i < demands.Length; i++)
            {
                if (!isServed[i] && demands[i] <= level * weights[i])
                {
                    isServed[i] = true;
                    left -= demands[i];
                    weight -= weights[i];
                }
            }

            if (weight == weightBefore && left == leftBefore)
            {
                return level;
            }
        }

        return double.PositiveInfinity;
    }

    private static long Sum(ReadOnlySpan<int> weights)
    {
        var sum = 0L;
        foreach (var weight in weights)
        {
            sum += weight;
        }

        return sum;
    }
}
