using System.Runtime.InteropServices;
using Personalization.Decisioning.Domain.Candidates;

namespace Personalization.Decisioning.Domain.Rankers;

/// <summary>
/// Expects what a shopper makes of an item that they look at: Bayesian linear regression with a Gaussian of its own for each weight, learnt one item at a
/// time (the Kalman update with the covariance's diagonal alone). Whether a place is looked at is learnt beside it, after the examination hypothesis by
/// expectation and maximisation one item at a time (Wang et al. 2018): an item that was not clicked counts as seen only as far as it is likely to have
/// been. Not thread-safe.
/// </summary>
internal sealed class OnlineRanker
{
    /// <summary>Places whose examination is learnt.</summary>
    public const int Places = Slate.MaxLimit;

    /// <summary>Variance of what comes of an item beyond what its features tell: that of a reward between 0 and 1 at most.</summary>
    private const double Noise = 0.25;

    /// <summary>What the prior is worth, in examples of a feature that is 1.</summary>
    private const double PriorExamples = 20;

    /// <summary>Answers that the first belief about a place is worth.</summary>
    private const double PriorAnswers = 200;
    private readonly double _clickReward;
    private readonly double[] _mean = new double[FeatureTable.Width];
    private readonly double[] _precision = new double[FeatureTable.Width];
    private readonly double[] _examined = new double[Places];
    private readonly double[] _shown = new double[Places];

    /// <summary>Answers after which what was seen of a place counts half: what is learnt of places rests on what was learnt of items, which is poor at first.</summary>
    private const double RememberedAnswers = 4_000;

    /// <param name="placement">Whose.</param>
    /// <param name="parts">The placement's parts in the order of its plan, which is what is believed at first.</param>
    /// <param name="clickReward">What a click is worth: how likely one is follows from it.</param>
    public OnlineRanker(string placement, IReadOnlyList<PlannedPart> parts, double clickReward)
    {
        Placement = placement;
        _clickReward = Math.Max(clickReward, 0.01);
        Array.Fill(_precision, PriorExamples / Noise);
        for (var i = 0; i < parts.Count; i++)
        {
            var own = parts[i].Number - 1;
            if (own < FeatureTable.MaxParts)
            {
                _mean[FeatureTable.PartScore + own] = 0.1 * Math.Pow(0.6, i);
                _mean[FeatureTable.PartPlace + own] = 0.1 * Math.Pow(0.6, i);
            }
        }

        _mean[FeatureTable.Popularity] = 0.02;
        for (var place = 0; place < Places; place++)
        {
            _shown[place] = PriorAnswers;
            _examined[place] = PriorAnswers / Math.Sqrt(place + 1);
        }
    }

    public string Placement { get; }

    /// <summary>Items and outcomes that it has learnt.</summary>
    public long Learnt { get; private set; }

    /// <summary>With what probability a place is looked at; the first one is what the others are measured by.</summary>
    public double Examination(int place) =>
        Math.Clamp(_examined[place] / _shown[place] / (_examined[0] / _shown[0]), 0.01, 1);

    public double Expect(ReadOnlySpan<byte> features)
    {
        var sum = 0.0;
        for (var i = 0; i < FeatureTable.Ranked; i++)
        {
            sum += features[i] * _mean[i];
        }

        return sum / 255;
    }

    /// <summary>An item was shown at a place, and nothing is known to have come of it yet: it counts as far as it is likely to have been looked at.</summary>
    public void LearnShown(ReadOnlySpan<byte> features, int place)
    {
        place = Math.Min(place, Places - 1);
        var looked = LookedInVain(features, place);
        LearnPlace(place, 1, looked);
        Learn(features, 0 - Expect(features), looked, looked);
    }

    /// <summary>Something came of it: it was looked at.</summary>
    /// <param name="features">Of the item.</param>
    /// <param name="place">Where it stood.</param>
    /// <param name="reward">What it was worth, 0 to 1.</param>
    /// <param name="before">What it had been worth before; null when nothing had come of it.</param>
    /// <param name="wasShown">Whether it was learnt as shown.</param>
    public void LearnOutcome(ReadOnlySpan<byte> features, int place, double reward, double? before, bool wasShown)
    {
        place = Math.Min(place, Places - 1);
        if (before is { } known)
        {
            if (reward > known)
            {
                Learn(features, reward - known, 1, 0);
            }

            return;
        }

        // What was learnt of it as shown in vain is taken back.
        var looked = wasShown ? LookedInVain(features, place) : 0;
        LearnPlace(place, wasShown ? 0 : 1, 1 - looked);
        Learn(features, reward - ((1 - looked) * Expect(features)), 1, 1 - looked);
    }

    public RankerSnapshot Snapshot() => new(
        Placement,
        Learnt,
        Array.ConvertAll(_mean, mean => (float)mean),
        Array.ConvertAll(_precision, precision => (float)(1 / Math.Sqrt(precision))),
        [.. Enumerable.Range(0, Places).Select(place => (float)Examination(place))]);

    public byte[] ToBytes()
    {
        double[] all = [.. _mean, .. _precision, .. _examined, .. _shown, Learnt];
        return MemoryMarshal.AsBytes(all.AsSpan()).ToArray();
    }

    public void Restore(ReadOnlySpan<byte> bytes)
    {
        var all = MemoryMarshal.Cast<byte, double>(bytes);
        foreach (var part in (double[][])[_mean, _precision, _examined, _shown])
        {
            all[..part.Length].CopyTo(part);
            all = all[part.Length..];
        }

        Learnt = (long)all[0];
    }

    /// <summary>How likely an item was looked at that nothing came of.</summary>
    private double LookedInVain(ReadOnlySpan<byte> features, int place)
    {
        var wanted = Math.Clamp(Expect(features) / _clickReward, 0.001, 0.999);
        var look = Examination(place);
        return look * (1 - wanted) / (1 - (look * wanted));
    }

    private void LearnPlace(int place, double shown, double looked)
    {
        _shown[place] += shown;
        _examined[place] += looked;
        if (_shown[place] > RememberedAnswers)
        {
            _shown[place] /= 2;
            _examined[place] /= 2;
        }
    }

    /// <summary>Moves the weights by what an observation was off, and makes them surer by what it weighs.</summary>
    private void Learn(ReadOnlySpan<byte> features, double off, double weight, double surer)
    {
        Learnt++;
        var spread = 0.0;
        for (var i = 0; i < FeatureTable.Ranked; i++)
        {
            var x = features[i] / 255.0;
            spread += x * x / _precision[i];
        }

        var step = off / ((Noise / Math.Max(weight, 1e-6)) + spread);
        for (var i = 0; i < FeatureTable.Ranked; i++)
        {
            if (features[i] != 0)
            {
                var x = features[i] / 255.0;
                _mean[i] += step * x / _precision[i];
                _precision[i] += surer * x * x / Noise;
            }
        }
    }
}
