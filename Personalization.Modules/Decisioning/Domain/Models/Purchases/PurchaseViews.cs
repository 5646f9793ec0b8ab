using Personalization.Decisioning.Domain.Models.Factors;
using Personalization.Decisioning.Domain.Models.Linear;

namespace Personalization.Decisioning.Domain.Models.Purchases;

/// <summary>
/// The views of a customer's next purchases as of a minute, each one score an item. Training and serving read the same code, so what was
/// measured is what is served.
/// </summary>
internal sealed class PurchaseViews
{
    private const double LatelyDays = 10;
    private const double PopularDays = 40;
    private const double LinearDays = 90;
    private const double OwnLatelyDays = 60;
    private const double OwnDays = 240;

    /// <summary>Distinct items of a customer that vote, the newest: more cost time and hardly change a ranking.</summary>
    private const int MaxVoters = 128;
    private static readonly PurchaseAge LinearAge = new(LinearDays);
    private static readonly PurchaseAge OwnLatelyAge = new(OwnLatelyDays);
    private static readonly PurchaseAge OwnAge = new(OwnDays);

    public PurchaseViews(PurchaseMatrix matrix, PurchaseData data, LinearItems linear, ImplicitFactors? factors)
    {
        (Matrix, Linear, Factors) = (matrix, linear, factors);
        PopularLately = PopularityOf(matrix, data, new PurchaseAge(LatelyDays));
        Popular = PopularityOf(matrix, data, new PurchaseAge(PopularDays));
    }

    /// <summary>As they were kept.</summary>
    /// <exception cref="InvalidDataException">They are of other items.</exception>
    public PurchaseViews(PurchaseMatrix matrix, LinearItems linear, ImplicitFactors? factors, float[] popularLately, float[] popular)
    {
        (Matrix, Linear, Factors, PopularLately, Popular) = (matrix, linear, factors, popularLately, popular);
        if (popularLately.Length != matrix.Count || popular.Length != matrix.Count)
        {
            throw new InvalidDataException("What is popular is of other items.");
        }
    }

    public PurchaseMatrix Matrix { get; }

    public LinearItems Linear { get; }

    public ImplicitFactors? Factors { get; }

    public float[] PopularLately { get; }

    public float[] Popular { get; }

    public static IReadOnlyDictionary<string, double> HalfLives { get; } = new Dictionary<string, double>
    {
        ["popularLatelyDays"] = LatelyDays,
        ["popularDays"] = PopularDays,
        ["linearDays"] = LinearDays,
        ["ownLatelyDays"] = OwnLatelyDays,
        ["ownDays"] = OwnDays,
    };

    /// <summary>What holds for everybody, to begin scores with.</summary>
    public float[] Baseline(BlendWeights weights)
    {
        var scores = new float[Matrix.Count];
        Vectors.AddScaled(scores, PopularLately, weights.PopularLately);
        Vectors.AddScaled(scores, Popular, weights.Popular);
        return scores;
    }

    /// <summary>Adds what the customer's own purchases say to the scores of all items.</summary>
    /// <param name="items">Matrix numbers of what was bought, oldest first.</param>
    /// <param name="minutes">When.</param>
    /// <param name="weights">Of the views.</param>
    /// <param name="scratch">Working memory.</param>
    /// <param name="scores">One of each item.</param>
    public void Add(ReadOnlySpan<int> items, ReadOnlySpan<int> minutes, BlendWeights weights, PurchaseScratch scratch, Span<float> scores)
    {
        scratch.Begin(Matrix.Count, Factors);
        var voters = 0;
        for (var i = items.Length - 1; i >= 0; i--)
        {
            var item = items[i];
            scores[item] += (weights.OwnLately * OwnLatelyAge.Weight(minutes[i], Matrix.UntilMinute)) + (weights.Own * OwnAge.Weight(minutes[i], Matrix.UntilMinute));
            if (!scratch.IsFirst(item))
            {
                continue;
            }

            scores[item] += weights.Owned;
            if (voters < MaxVoters)
            {
                scratch.Voters[voters++] = item;
                Vote(item, weights.Linear * LinearAge.Weight(minutes[i], Matrix.UntilMinute), scores);
            }
        }

        if (Factors is { } factors && Math.Abs(weights.Factors) > 0 && voters > 0)
        {
            var vector = scratch.Vector.AsSpan(0, factors.Factors);
            factors.Embed(scratch.Voters.AsSpan(0, voters), vector, scratch.Work);
            factors.AddScores(vector, weights.Factors, scores);
        }
    }

    private void Vote(int item, float weight, Span<float> scores)
    {
        var others = Linear.OthersOf(item);
        var weights = Linear.WeightsOf(item);
        for (var place = 0; place < others.Length; place++)
        {
            scores[others[place]] += weight * weights[place];
        }
    }

    private static float[] PopularityOf(PurchaseMatrix matrix, PurchaseData data, PurchaseAge age)
    {
        var sums = new float[matrix.Count];
        for (var customer = 0; customer < data.Customers; customer++)
        {
            var items = data.ItemsOf(customer);
            var minutes = data.MinutesOf(customer);
            for (var i = 0; i < items.Length && minutes[i] < matrix.UntilMinute; i++)
            {
                if (matrix.LocalOf(items[i]) is >= 0 and var item)
                {
                    sums[item] += age.Weight(minutes[i], matrix.UntilMinute);
                }
            }
        }

        var most = sums.Length == 0 ? 0 : sums.Max();
        for (var i = 0; most > 0 && i < sums.Length; i++)
        {
            sums[i] /= most;
        }

        return sums;
    }
}
