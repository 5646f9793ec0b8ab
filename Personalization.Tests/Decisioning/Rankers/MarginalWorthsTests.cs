using NUnit.Framework;
using Personalization.Decisioning.Domain.Candidates;
using Personalization.Decisioning.Domain.Rankers;

namespace Personalization.Tests.Decisioning.Rankers;

/// <summary>What is asked of many candidates at once has the answer of asking one after the other.</summary>
internal sealed class MarginalWorthsTests
{
    [TestCase(1, 0.3f)]
    [TestCase(7, 0.5f)]
    [TestCase(8, 1)]
    [TestCase(201, 0.1f)]
    [TestCase(Slate.MaxPool, 0.7f)]
    public void Candidates_are_taken_as_if_each_were_asked_alone(int count, float diversity)
    {
        var random = new Random(count);
        var worths = new MarginalWorths();
        for (var round = 0; round < 3; round++)
        {
            // Few values, so that many are equal and the first of them has to come first.
            var candidates = Enumerable.Range(0, count).Select(_ => (Own: random.Next(5) / 5f, Category: random.Next(4), Brand: random.Next(3))).ToArray();
            worths.Begin(count);
            for (var i = 0; i < count; i++)
            {
                worths.Set(i, candidates[i].Own, candidates[i].Category, candidates[i].Brand);
            }

            var taken = Enumerable.Range(0, Math.Min(20, count)).Select(_ => worths.TakeBest(diversity)).ToList();

            Assert.That(taken, Is.EqualTo(OneByOne(candidates, taken.Count, diversity)));
            Assert.That(Enumerable.Range(0, count).Where(worths.IsTaken), Is.EquivalentTo(taken));
        }
    }

    [Test]
    public void Scores_are_sorted_by_number_as_they_are_by_comparison_and_equals_by_their_tie()
    {
        float[] scores = [0, 1, -1, 0.5f, -0.5f, 3e-39f, -3e-39f, float.MaxValue, float.MinValue, 1, -1e6f];

        var sorted = Enumerable.Range(0, scores.Length).OrderBy(i => SlateKey.Of(scores[i], (uint)i));

        Assert.That(sorted, Is.EqualTo(Enumerable.Range(0, scores.Length).OrderByDescending(i => scores[i]).ThenBy(i => i)));
    }

    [Test]
    public void A_candidate_is_expected_to_be_worth_its_ranked_features_times_their_weights()
    {
        var random = new Random(3);
        var features = new byte[FeatureTable.Width];
        random.NextBytes(features);
        var weights = features.Select(_ => (float)random.NextDouble() - 0.5f).ToArray();

        var plain = features.Zip(weights, (feature, weight) => feature * (double)weight).Take(FeatureTable.Ranked).Sum() / 255;

        Assert.That(OnlineRankStep.Dot(features, weights), Is.EqualTo(plain).Within(1e-5));
    }

    [TestCase(0)]
    [TestCase(0.3)]
    [TestCase(1)]
    public void Features_are_packed_as_those_that_are_not_0(double share)
    {
        var random = new Random(4);
        var features = Enumerable.Range(0, FeatureTable.Width).Select(_ => random.NextDouble() < share ? (byte)random.Next(1, 256) : (byte)0).ToArray();
        var packed = new byte[FeatureTable.MaxPacked];

        var length = FeatureTable.Pack(features, packed);

        var expected = features.Select((value, place) => (value, place)).Where(each => each.value != 0).SelectMany(each => (byte[])[(byte)each.place, each.value]);
        Assert.That(packed.Take(length), Is.EqualTo(expected));
    }

    private static List<int> OneByOne((float Own, int Category, int Brand)[] candidates, int places, float diversity)
    {
        var taken = new List<int>();
        while (taken.Count < places)
        {
            var left = Enumerable.Range(0, candidates.Length).Except(taken).ToList();
            taken.Add(left.MaxBy(i => candidates[i].Own - (diversity * taken.Select(other => Likeness(candidates[i], candidates[other])).DefaultIfEmpty(0).Max())));
        }

        return taken;
    }

    private static float Likeness((float Own, int Category, int Brand) one, (float Own, int Category, int Brand) other) =>
        (one.Category != 0 && one.Category == other.Category ? 0.6f : 0) + (one.Brand != 0 && one.Brand == other.Brand ? 0.4f : 0);
}
