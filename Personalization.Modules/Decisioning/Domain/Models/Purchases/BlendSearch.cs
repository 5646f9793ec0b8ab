namespace Personalization.Decisioning.Domain.Models.Purchases;

/// <summary>
/// Finds the weights of the views on held-out purchases: one weight at a time, over a ladder of values, until none gains. A view that does not
/// gain visibly gets nothing: each must earn its place, and one that costs time to compute must earn more.
/// </summary>
internal static class BlendSearch
{
    private const int MaxRounds = 4;
    private const double SmallestGain = 1e-4;
    private const double GainOfFactors = 5e-3;
    private static readonly float[] Ladder = [0, 0.03f, 0.06f, 0.12f, 0.25f, 0.5f, 1, 2];

    public static (BlendWeights Weights, PurchaseMetrics Metrics) Find(
        HeldOutPurchases heldOut, BlendWeights start, ReadOnlySpan<int> views, CancellationToken cancellationToken)
    {
        var (weights, metrics) = (start, heldOut.Measure(start));
        for (var round = 0; round < MaxRounds; round++)
        {
            var before = metrics.Quality;
            foreach (var view in views)
            {
                cancellationToken.ThrowIfCancellationRequested();
                (weights, metrics) = Improve(heldOut, weights, metrics, view);
            }

            if (metrics.Quality <= before)
            {
                break;
            }
        }

        return Math.Abs(weights.Factors) > 0 ? WithoutIdleFactors(heldOut, weights, metrics) : (weights, metrics);
    }

    private static (BlendWeights Weights, PurchaseMetrics Metrics) Improve(
        HeldOutPurchases heldOut, BlendWeights weights, PurchaseMetrics metrics, int view)
    {
        var current = weights[view];
        foreach (var value in (float[])[.. Ladder, current * 0.7f, current * 1.4f])
        {
            var tried = weights.With(view, value);
            if (tried != weights && heldOut.Measure(tried) is var measured && measured.Quality > metrics.Quality + SmallestGain)
            {
                (weights, metrics) = (tried, measured);
            }
        }

        return (weights, metrics);
    }

    private static (BlendWeights Weights, PurchaseMetrics Metrics) WithoutIdleFactors(HeldOutPurchases heldOut, BlendWeights weights, PurchaseMetrics metrics)
    {
        var without = weights with { Factors = 0 };
        var measured = heldOut.Measure(without);
        return metrics.Quality - measured.Quality < GainOfFactors ? (without, measured) : (weights, metrics);
    }
}
