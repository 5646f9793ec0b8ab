using Personalization.Decisioning.Domain.Models.Factors;

namespace Personalization.Decisioning.Domain.Models.Purchases;

/// <summary>
/// Customers who bought on after the training part ended: their views are computed once, and any weights are then measured in a few
/// milliseconds. At most a thousand and a half of them, spread evenly.
/// </summary>
internal sealed class HeldOutPurchases
{
    private const int MaxCustomers = 1_500;
    private readonly PurchaseViews _views;
    private readonly bool _onlyNew;
    private readonly List<Customer> _customers = [];
    private readonly float[] _scores;

    /// <param name="views">Trained on what lies before its matrix's last minute; what lies after is the target.</param>
    /// <param name="data">All purchases.</param>
    /// <param name="onlyNew">Whether what the customer bought before is neither target nor candidate.</param>
    /// <param name="cancellationToken">Asked for every customer.</param>
    public HeldOutPurchases(PurchaseViews views, PurchaseData data, bool onlyNew, CancellationToken cancellationToken)
    {
        (_views, _onlyNew, _scores) = (views, onlyNew, new float[views.Matrix.Count]);
        var rows = Enumerable.Range(0, views.Matrix.Customers).Where(row => TargetsOf(row, data).Length > 0).ToArray();
        var step = Math.Max(1, (rows.Length + MaxCustomers - 1) / MaxCustomers);
        var scratch = new PurchaseScratch();
        for (var i = 0; i < rows.Length; i += step)
        {
            cancellationToken.ThrowIfCancellationRequested();
            _customers.Add(Look(rows[i], data, scratch));
        }
    }

    public int Customers => _customers.Count;

    public PurchaseMetrics Measure(BlendWeights weights)
    {
        var sum = default(PurchaseMetrics);
        var baseline = _views.Baseline(weights);
        Span<bool> hits = stackalloc bool[PurchaseMetrics.Places];
        Span<ScoredItem> room = stackalloc ScoredItem[PurchaseMetrics.Places];
        foreach (var customer in _customers)
        {
            Score(customer, weights, baseline);
            var best = new BestItems(room);
            for (var item = 0; item < _scores.Length; item++)
            {
                if (best.Takes(item, _scores[item]))
                {
                    best.Add(new ScoredItem(item, _scores[item], -1));
                }
            }

            for (var place = 0; place < best.Count; place++)
            {
                hits[place] = Array.BinarySearch(customer.Targets, room[place].Item) >= 0;
            }

            sum = sum.Plus(hits[..best.Count], customer.Targets.Length);
        }

        return sum.Mean();
    }

    private void Score(Customer customer, BlendWeights weights, float[] baseline)
    {
        baseline.CopyTo(_scores, 0);
        Vectors.AddScaled(_scores, customer.Linear, weights.Linear);
        if (customer.Factors is { } factors && Math.Abs(weights.Factors) > 0)
        {
            Vectors.AddScaled(_scores, factors, weights.Factors);
        }

        for (var i = 0; i < customer.Owned.Length; i++)
        {
            ref var score = ref _scores[customer.Owned[i]];
            score = _onlyNew
                ? float.NegativeInfinity
                : score + weights.Owned + (weights.OwnLately * customer.OwnLately[i]) + (weights.Own * customer.Own[i]);
        }
    }

    private Customer Look(int row, PurchaseData data, PurchaseScratch scratch)
    {
        var (items, minutes) = Before(row, data);
        var owned = _views.Matrix.Row(row).ToArray();
        return new Customer(
            TargetsOf(row, data),
            owned,
            View(new BlendWeights { Linear = 1 }),
            _views.Factors is null ? null : View(new BlendWeights { Factors = 1 }),
            Own(View(new BlendWeights { OwnLately = 1 })),
            Own(View(new BlendWeights { Own = 1 })));

        float[] View(BlendWeights one)
        {
            var scores = new float[_views.Matrix.Count];
            _views.Add(items, minutes, one, scratch, scores);
            return scores;
        }

        float[] Own(float[] scores) => Array.ConvertAll(owned, item => scores[item]);
    }

    private (int[] Items, int[] Minutes) Before(int row, PurchaseData data)
    {
        var customer = _views.Matrix.CustomerOf(row);
        var (items, minutes) = (new List<int>(), new List<int>());
        for (var i = 0; i < data.ItemsOf(customer).Length && data.MinutesOf(customer)[i] < _views.Matrix.UntilMinute; i++)
        {
            if (_views.Matrix.LocalOf(data.ItemsOf(customer)[i]) is >= 0 and var item)
            {
                items.Add(item);
                minutes.Add(data.MinutesOf(customer)[i]);
            }
        }

        return ([.. items], [.. minutes]);
    }

    private int[] TargetsOf(int row, PurchaseData data)
    {
        var customer = _views.Matrix.CustomerOf(row);
        var items = data.ItemsOf(customer);
        var minutes = data.MinutesOf(customer);
        var targets = new SortedSet<int>();
        for (var i = items.Length - 1; i >= 0 && minutes[i] >= _views.Matrix.UntilMinute; i--)
        {
            if (_views.Matrix.LocalOf(items[i]) is >= 0 and var item && !(_onlyNew && _views.Matrix.Row(row).BinarySearch(item) >= 0))
            {
                targets.Add(item);
            }
        }

        return [.. targets];
    }

    private sealed record Customer(int[] Targets, int[] Owned, float[] Linear, float[]? Factors, float[] OwnLately, float[] Own);
}
