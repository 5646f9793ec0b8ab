using System.Runtime.InteropServices;
using Personalization.Decisioning.Domain.Candidates;

namespace Personalization.Decisioning.Domain.Rankers;

/// <summary>
/// Expects what a shopper makes of an item that they look at: Bayesian linear regression with a Gaussian of its own for each weight, learnt one item at a
/// time (the Kalman update with the covariance's diagonal alone). Features are learnt by how far they are from their running means, and the bias takes the
/// difference: with features that are seldom 0, a diagonal alone needs ages to tell a slope from an intercept, and what is expected of poor items, which
/// stand at low places, stays too much for as long. Whether a place is looked at is learnt beside it, after the examination hypothesis: an item
/// that was not clicked counts as seen only as far as it is likely to have been (Wang et al. 2018). How likely that is, is the clicks at a place over the clicks
/// to be expected if everything there were looked at, in relation to the first place: both have the same factor when items are expected to be better or worse
/// than they are. Expectation and maximisation one item at a time would come to the same, but their first error falls only with the fourth root of the answers.
/// Not thread-safe.
/// </summary>
internal sealed class OnlineRanker
{
    /// <summary>Places whose examination is learnt.</summary>
    public const int Places = Slate.MaxLimit;

    /// <summary>Variance of what comes of an item beyond what its features tell: that of a reward between 0 and 1 at most.</summary>
    private const double Noise = 0.25;

    /// <summary>What the prior is worth, in examples of a feature that is 1.</summary>
    private const double PriorExamples = 20;

    /// <summary>Clicks, were everything looked at, that the first belief about a place is worth.</summary>
    private const double PriorClicks = 120;
    private readonly double _clickReward;
    private readonly double[] _mean = new double[FeatureTable.Width];
    private readonly double[] _precision = new double[FeatureTable.Width];
    private readonly double[] _centre = new double[FeatureTable.Width];
    private readonly double[] _clicked = new double[Places];
    private readonly double[] _wanted = new double[Places];

    /// <summary>Expected clicks after which what was seen of a place counts half: what is learnt of places rests on what was learnt of items, which is poor at first.</summary>
    private const double RememberedClicks = 200;

    /// <summary>Items that the running means of features rest on.</summary>
    private const double RememberedItems = 2_000;
    private long _items;

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
            _wanted[place] = PriorClicks;
            _clicked[place] = PriorClicks / Math.Sqrt(place + 1);
        }
    }

    public string Placement { get; }

    /// <summary>Items and outcomes that it has learnt.</summary>
    public long Learnt { get; private set; }

    /// <summary>With what probability a place is looked at; the first one is what the others are measured by.</summary>
    public double Examination(int place) =>
        Math.Clamp(_clicked[place] / _wanted[place] / (_clicked[0] / _wanted[0]), 0.01, 1);

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
        LearnCentre(features);
        var looked = LookedInVain(features, place);
        LearnPlace(place, Wanted(features), 0);
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
        LearnPlace(place, wasShown ? 0 : Wanted(features), 1);
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
        double[] all = [.. _mean, .. _precision, .. _clicked, .. _wanted, .. _centre, _items, Learnt];
        return MemoryMarshal.AsBytes(all.AsSpan()).ToArray();
    }

    public void Restore(ReadOnlySpan<byte> bytes)
    {
        var all = MemoryMarshal.Cast<byte, double>(bytes);
        foreach (var part in (double[][])[_mean, _precision, _clicked, _wanted, _centre])
        {
            all[..part.Length].CopyTo(part);
            all = all[part.Length..];
        }

        (_items, Learnt) = ((long)all[0], (long)all[1]);
    }

    /// <summary>How likely an item was looked at that nothing came of.</summary>
    private double LookedInVain(ReadOnlySpan<byte> features, int place)
    {
        var wanted = Wanted(features);
        var look = Examination(place);
        return look * (1 - wanted) / (1 - (look * wanted));
    }

    /// <summary>How likely an item is clicked if it is looked at.</summary>
    private double Wanted(ReadOnlySpan<byte> features) => Math.Clamp(Expect(features) / _clickReward, 0.001, 0.999);

    private void LearnPlace(int place, double wanted, double clicked)
    {
        _wanted[place] += wanted;
        _clicked[place] += clicked;
        if (_wanted[place] > RememberedClicks)
        {
            _wanted[place] /= 2;
            _clicked[place] /= 2;
        }
    }

    /// <summary>What is expected of an item does not change by this: only by which share a later observation moves slope and intercept.</summary>
    private void LearnCentre(ReadOnlySpan<byte> features)
    {
        if (features[FeatureTable.Bias] == 0)
        {
            return; // Without a bias there is nothing to take the difference.
        }

        var share = Math.Max(1.0 / ++_items, 1 / RememberedItems);
        for (var i = 0; i < FeatureTable.Ranked; i++)
        {
            _centre[i] += i == FeatureTable.Bias ? 0 : ((features[i] / 255.0) - _centre[i]) * share;
        }
    }

    /// <summary>Moves the weights by what an observation was off, and makes them surer by what it weighs.</summary>
    private void Learn(ReadOnlySpan<byte> features, double off, double weight, double surer)
    {
        Learnt++;
        Span<double> apart = stackalloc double[FeatureTable.Ranked];
        var (spread, isCentred) = (0.0, features[FeatureTable.Bias] != 0);
        for (var i = 0; i < apart.Length; i++)
        {
            apart[i] = (features[i] / 255.0) - (isCentred ? _centre[i] : 0);
            spread += apart[i] * apart[i] / _precision[i];
        }

        var step = off / ((Noise / Math.Max(weight, 1e-6)) + spread);
        for (var i = 0; i < apart.Length; i++)
        {
            var change = step * apart[i] / _precision[i];
            _mean[i] += change;
            _precision[i] += surer * apart[i] * apart[i] / Noise;
            if (isCentred)
            {
                _mean[FeatureTable.Bias] -= change * _centre[i];
            }
        }
    }
}
