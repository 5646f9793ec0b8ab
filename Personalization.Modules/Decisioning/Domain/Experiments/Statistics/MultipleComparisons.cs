namespace Personalization.Decisioning.Domain.Experiments.Statistics;

/// <summary>What p-values are worth when there are several: arms times metrics.</summary>
internal static class MultipleComparisons
{
    /// <summary>Holm 1979: the chance of even one false finding among all stays at the level. In the order of the input.</summary>
    public static double[] Holm(ReadOnlySpan<double> pValues)
    {
        var (order, adjusted) = (Ascending(pValues), new double[pValues.Length]);
        var worst = 0.0;
        for (var i = 0; i < order.Length; i++)
        {
            worst = Math.Max(worst, Math.Min(1, pValues[order[i]] * (order.Length - i)));
            adjusted[order[i]] = worst;
        }

        return adjusted;
    }

    /// <summary>Benjamini and Hochberg 1995: of what is found, at most that share is false, on average. In the order of the input.</summary>
    public static double[] BenjaminiHochberg(ReadOnlySpan<double> pValues)
    {
        var (order, adjusted) = (Ascending(pValues), new double[pValues.Length]);
        var best = 1.0;
        for (var i = order.Length - 1; i >= 0; i--)
        {
            best = Math.Min(best, pValues[order[i]] * order.Length / (i + 1));
            adjusted[order[i]] = best;
        }

        return adjusted;
    }

    private static int[] Ascending(ReadOnlySpan<double> pValues)
    {
        var (keys, order) = (pValues.ToArray(), Enumerable.Range(0, pValues.Length).ToArray());
        Array.Sort(keys, order);
        return order;
    }
}
