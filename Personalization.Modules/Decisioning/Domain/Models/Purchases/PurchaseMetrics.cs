namespace Personalization.Decisioning.Domain.Models.Purchases;

/// <summary>How well the first twenty items agree with what was bought: means over customers, each 0 to 1.</summary>
internal readonly record struct PurchaseMetrics(double HitRate, double Recall, double Ndcg, double Mrr, int Customers)
{
    public const int Places = 20;
    private static readonly double[] Gains = [.. Enumerable.Range(0, Places).Select(place => 1 / Math.Log2(place + 2))];

    /// <summary>One number to maximise: the geometric mean, so that none of the four is bought dearly with another.</summary>
    public double Quality => Math.Pow(Math.Max(HitRate * Recall * Ndcg * Mrr, 1e-12), 0.25);

    /// <summary>Adds one customer's slate.</summary>
    /// <param name="hits">Whether each place of the slate was bought, best first; at most twenty.</param>
    /// <param name="targets">Items that were bought.</param>
    public PurchaseMetrics Plus(ReadOnlySpan<bool> hits, int targets)
    {
        var (found, gain, first, ideal) = (0, 0d, -1, 0d);
        for (var place = 0; place < hits.Length; place++)
        {
            if (hits[place])
            {
                found++;
                gain += Gains[place];
                first = first < 0 ? place : first;
            }
        }

        for (var place = 0; place < Math.Min(Places, targets); place++)
        {
            ideal += Gains[place];
        }

        return new PurchaseMetrics(
            HitRate + (found > 0 ? 1 : 0),
            Recall + ((double)found / Math.Min(Places, targets)),
            Ndcg + (gain / ideal),
            Mrr + (first < 0 ? 0 : 1d / (first + 1)),
            Customers + 1);
    }

    /// <summary>The means of what was added.</summary>
    public PurchaseMetrics Mean() => Customers == 0 ? this : new(HitRate / Customers, Recall / Customers, Ndcg / Customers, Mrr / Customers, Customers);
}
