namespace Personalization.Decisioning.Domain.Rankers;

/// <summary>An estimate of what comes of an answer, with the error of its mean.</summary>
/// <param name="Value">Reward an answer.</param>
/// <param name="StandardError">Of the value.</param>
internal readonly record struct Estimate(double Value, double StandardError);

/// <summary>
/// What an answer would have been worth under another ranker, from what answers were worth under the one that gave them. A reward comes only of an item
/// that is looked at, and that depends on its place alone (position-based model); so an item's reward counts by how much more, or less, the other
/// ranker would have had it looked at (the item-position estimator of Li et al. 2018): inverse propensity (IPS), the same over its own sum (SNIPS), and doubly
/// robust with the reward that the ranker expected. Chances are those of many draws, the one that was made among them. Not thread-safe.
/// </summary>
internal sealed class OffPolicyEstimate(RankerPolicy target, Func<int, double> examination, int draws, double maxWeight)
{
    private readonly List<(double Reward, double Weighted, double Weights, double Shown, double Robust)> _answers = [];

    /// <summary>Answers that it rests on.</summary>
    public int Answers => _answers.Count;

    /// <summary>Item weights that were cut to the most that is allowed: where there are many the estimate leans towards the ranker that decided.</summary>
    public long Clipped { get; private set; }

    /// <param name="features">Of all candidates, by row.</param>
    /// <param name="shown">Rows of the answer in their places; -1 for what no ranker had a say in.</param>
    /// <param name="rewards">By place.</param>
    /// <param name="logging">What decided.</param>
    /// <param name="decisionId">The seed of the draw that decided.</param>
    /// <param name="expect">What a row was expected to be worth if looked at.</param>
    public void Add(
        byte[][] features, ReadOnlySpan<int> shown, ReadOnlySpan<double> rewards, RankerPolicy logging, Guid decisionId, Func<int, double> expect)
    {
        var before = Exposures(logging, features, shown.Length, decisionId);
        var after = Exposures(target, features, shown.Length, decisionId);
        var (reward, weighted, weights, places, robust) = (0.0, 0.0, 0.0, 0.0, 0.0);
        for (var row = 0; row < features.Length; row++)
        {
            robust += after[row] * expect(row);
        }

        for (var place = 0; place < shown.Length; place++)
        {
            reward += rewards[place];
            if (shown[place] < 0 || before[shown[place]] <= 0)
            {
                continue;
            }

            var weight = after[shown[place]] / before[shown[place]];
            if (weight > maxWeight)
            {
                weight = maxWeight;
                Clipped++;
            }

            weighted += weight * rewards[place];
            weights += weight * examination(place);
            places += examination(place);
            robust += weight * (rewards[place] - (examination(place) * expect(shown[place])));
        }

        _answers.Add((reward, weighted, weights, places, robust));
    }

    /// <summary>What the answers that were given were worth.</summary>
    public Estimate Logged() => Of(answer => answer.Reward);

    public Estimate Ips() => Of(answer => answer.Weighted);

    public Estimate DoublyRobust() => Of(answer => answer.Robust);

    /// <summary>The ratio of two sums, with the error by linearisation.</summary>
    public Estimate Snips()
    {
        var (weights, shown) = (_answers.Sum(answer => answer.Weights), _answers.Sum(answer => answer.Shown));
        if (weights <= 0 || _answers.Count < 2)
        {
            return new(double.NaN, double.NaN);
        }

        var (ratio, scale) = (_answers.Sum(answer => answer.Weighted) / weights, shown / _answers.Count);
        var variance = _answers.Sum(answer => Square(answer.Weighted - (ratio * answer.Weights))) / Square(weights);
        return new(ratio * scale, Math.Sqrt(variance) * scale);
    }

    /// <summary>How much each candidate is looked at, on average over the draws.</summary>
    internal double[] Exposures(RankerPolicy policy, byte[][] features, int places, Guid decisionId)
    {
        var count = policy.IsRandom ? draws : 1;
        var exposures = new double[features.Length];
        var scores = new double[features.Length];
        var order = new int[features.Length];
        for (var draw = 0; draw < count; draw++)
        {
            policy.Score(features, Chance.SeedOf(decisionId, draw), scores);
            for (var row = 0; row < order.Length; row++)
            {
                (order[row], scores[row]) = (row, -scores[row]);
            }

            Array.Sort(scores, order);
            for (var place = 0; place < Math.Min(places, order.Length); place++)
            {
                exposures[order[place]] += examination(place) / count;
            }
        }

        return exposures;
    }

    private Estimate Of(Func<(double Reward, double Weighted, double Weights, double Shown, double Robust), double> value)
    {
        if (_answers.Count < 2)
        {
            return new(double.NaN, double.NaN);
        }

        var mean = _answers.Average(value);
        return new(mean, Math.Sqrt(_answers.Sum(answer => Square(value(answer) - mean)) / (_answers.Count - 1) / _answers.Count));
    }

    private static double Square(double value) => value * value;
}
