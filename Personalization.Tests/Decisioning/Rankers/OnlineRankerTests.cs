using NUnit.Framework;
using Personalization.Decisioning;
using Personalization.Decisioning.Domain.Candidates;
using Personalization.Decisioning.Domain.Journal;
using Personalization.Decisioning.Domain.Rankers;
using Personalization.Decisioning.Pipeline.Life;
using Personalization.Kernel.Privacy;
using Personalization.Tests.Support;

namespace Personalization.Tests.Decisioning.Rankers;

/// <summary>Rankers in a world whose shoppers are known: what they want, and how far down they look.</summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
internal sealed class OnlineRankerTests
{
    private const int Places = 5;
    private const int Candidates = 12;

    // A click is worth 1 here, so that estimates can be read as clicks.
    private readonly RankerOptions _options = new() { ClickReward = 1 };
    private OnlineRanker _ranker = new("for-you", [], 1);
    private Random _random = new(5);
    private double[] _lookedAt = [1, 1 / 2.0, 1 / 3.0, 1 / 4.0, 1 / 5.0];

    [Test]
    public void It_learns_what_shoppers_want_and_how_far_down_they_look()
    {
        Live(6_000, exploration: 4, isLearning: true);
        var snapshot = _ranker.Snapshot();

        Assert.Multiple(() =>
        {
            Assert.That(snapshot.Mean[FeatureTable.CategoryAffinity], Is.GreaterThan(snapshot.Mean[FeatureTable.Newness] + 0.2));
            Assert.That(snapshot.Examination[4], Is.EqualTo(LookedAt(4)).Within(0.05), "0.45 was believed at first");
            Assert.That(_ranker.Expect(Features(0.9)), Is.EqualTo(Wanted(Features(0.9))).Within(0.15));
            Assert.That(snapshot.Examination[0], Is.EqualTo(1));
            Assert.That(snapshot.Deviation[FeatureTable.CategoryAffinity], Is.LessThan(snapshot.Deviation[FeatureTable.Tree]));
        });
    }

    [TestCase(new[] { 1, 0.5, 0.33, 0.25, 0.2 }, 0.06)]
    [TestCase(new[] { 1, 0.4, 0.16, 0.06, 0.03 }, 0.06, TestName = "Hardly anybody scrolls")]
    [TestCase(new[] { 1, 0.95, 0.9, 0.85, 0.8 }, 0.16, TestName = "Nearly everything is looked at")]
    public void How_far_down_shoppers_look_is_found_whatever_was_believed(double[] truth, double within)
    {
        // Several worlds, so that what is left is not chance but how far the estimate leans.
        var found = Enumerable.Range(0, 5).Select(world =>
        {
            _lookedAt = truth;
            (_random, _ranker) = (new Random(world), new OnlineRanker("for-you", [], 1));
            Live(3_000, exploration: 4, isLearning: true);
            return _ranker.Snapshot().Examination;
        }).ToList();

        for (var place = 0; place < Places; place++)
        {
            Assert.That(found.Average(examination => examination[place]), Is.EqualTo(truth[place]).Within(within), $"place {place}: {string.Join(", ", found.Select(one => one[place]))}");
        }
    }

    [Test]
    public void What_is_shown_at_the_top_is_not_better_for_being_looked_at()
    {
        // Both are wanted alike; one always stands first, the other last.
        for (var i = 0; i < 3_000; i++)
        {
            foreach (var (feature, place) in ((int, int)[])[(FeatureTable.Newness, 0), (FeatureTable.Stock, 4)])
            {
                var features = new byte[FeatureTable.Width];
                features[feature] = 255;
                _ranker.LearnShown(features, place);
                if (_random.NextDouble() < LookedAt(place) && _random.NextDouble() < 0.4)
                {
                    _ranker.LearnOutcome(features, place, 1, null, wasShown: true);
                }
            }
        }

        var mean = _ranker.Snapshot().Mean;
        var naive = 0.4 * LookedAt(4);
        Assert.That(mean[FeatureTable.Stock], Is.GreaterThan(naive + ((0.4 - naive) / 4)), $"first {mean[FeatureTable.Newness]}, last {mean[FeatureTable.Stock]}");
    }

    [Test]
    public void Calibration_tells_a_ranker_that_gets_what_it_expects_from_one_that_does_not()
    {
        var (right, vain, options) = (new Calibration(), new Calibration(), new ModelLifeOptions());
        for (var i = 0; i < 20_000; i++)
        {
            var (features, place) = (World()[0], _random.Next(Places));
            var (expected, came) = (LookedAt(place) * Wanted(features), Clicks(features, place) ? 1.0 : 0);
            right.Add(expected, came);
            vain.Add(Math.Min(1, expected * 2), came);
        }

        var few = new Calibration();
        few.Add(0.5, 0);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(right.Expected, Is.EqualTo(right.Observed).Within(0.01));
            Assert.That(right.Error, Is.LessThan(0.02));
            Assert.That(vain.Error, Is.GreaterThan(0.08));
            Assert.That(right.Bins.Sum(bin => bin.Items), Is.EqualTo(20_000));
            Assert.That(right.Bins.Where(bin => bin.Items > 500).Select(bin => bin.Observed - bin.Expected), Is.All.EqualTo(0.0).Within(0.05));
            Assert.That((ModelWatch.IsOff(right, options), ModelWatch.IsOff(vain, options), ModelWatch.IsOff(few, options), ModelWatch.IsOff(new Calibration(), options)), Is.EqualTo((false, false, false, false)), "half as much as expected is still allowed");
            options.MaxMiscalibration = 0.3;
            Assert.That((ModelWatch.IsOff(right, options), ModelWatch.IsOff(vain, options), ModelWatch.IsOff(few, options)), Is.EqualTo((false, true, false)));
        }
    }

    [Test]
    public void Estimates_from_the_log_come_to_what_another_ranker_earns()
    {
        Live(300, exploration: 1, isLearning: true);
        var logging = _ranker.Snapshot();
        var weights = new float[FeatureTable.Width];
        weights[FeatureTable.CategoryAffinity] = 1;
        var target = new RankerPolicy.Weighted(weights);
        var estimate = new OffPolicyEstimate(target, LookedAt, draws: 100, maxWeight: 1_000);
        for (var i = 0; i < 3_000; i++)
        {
            var (features, id) = (World(), Id(100_000 + i));
            var rows = Rank(new RankerPolicy.Sampled(logging, 8), features, id);
            var rewards = rows.Select((row, place) => Clicks(features[row], place) ? 1.0 : 0).ToArray();
            estimate.Add(features, rows, rewards, new RankerPolicy.Sampled(logging, 8), id, row => Math.Clamp(OnlineRankStep.Dot(features[row], logging.Mean), 0, 1));
        }

        var truth = Enumerable.Range(0, 20_000).Average(i =>
        {
            var features = World();
            return Rank(target, features, Id(i)).Select((row, place) => Wanted(features[row]) * LookedAt(place)).Sum();
        });

        Assert.Multiple(() =>
        {
            foreach (var (name, value) in ((string, Estimate)[])[("IPS", estimate.Ips()), ("SNIPS", estimate.Snips()), ("DR", estimate.DoublyRobust())])
            {
                Assert.That(value.Value, Is.EqualTo(truth).Within(4 * value.StandardError), $"{name}, true {truth:F3} ± {value.StandardError:F3}");
                Assert.That(value.StandardError, Is.LessThan(truth / 5), name);
            }

            Assert.That(estimate.Logged().Value, Is.LessThan(truth - (4 * estimate.Logged().StandardError)), "else there is nothing to tell apart");
            Assert.That(estimate.DoublyRobust().StandardError, Is.LessThan(estimate.Ips().StandardError));
            Assert.That(estimate.Clipped, Is.Zero);
        });
    }

    [Test]
    public void The_same_decision_draws_the_same_weights_and_others_draw_others()
    {
        var snapshot = _ranker.Snapshot();
        var (one, again, other, none) = (new float[64], new float[64], new float[64], new float[64]);
        snapshot.Draw(Chance.SeedOf(Id(1)), 1, one);
        snapshot.Draw(Chance.SeedOf(Id(1)), 1, again);
        snapshot.Draw(Chance.SeedOf(Id(2)), 1, other);
        snapshot.Draw(Chance.SeedOf(Id(2)), 0, none);

        Assert.Multiple(() =>
        {
            Assert.That(again, Is.EqualTo(one));
            Assert.That(other, Is.Not.EqualTo(one));
            Assert.That(none, Is.EqualTo(snapshot.Mean));
        });
    }

    [Test]
    public void Draws_spread_as_far_as_the_ranker_is_unsure()
    {
        var snapshot = _ranker.Snapshot();
        var drawn = new float[64];
        var all = Enumerable.Range(0, 5_000).Select(i =>
        {
            snapshot.Draw(Chance.SeedOf(Id(i)), 1, drawn);
            return (drawn[FeatureTable.Tree] - snapshot.Mean[FeatureTable.Tree]) / snapshot.Deviation[FeatureTable.Tree];
        }).ToList();

        Assert.That((all.Average(), all.Average(one => one * one)), Is.EqualTo((0.0, 1.0)).Using<(float, float), (double, double)>((one, other) =>
            Math.Abs(one.Item1 - other.Item1) < 0.05 && Math.Abs(one.Item2 - other.Item2) < 0.08));
    }

    [Test]
    public void Each_thing_that_comes_of_an_answer_teaches_once()
    {
        var waiting = new WaitingDecisions(_options, [_ranker]);
        waiting.Add(Answer(1));
        waiting.Seen(1, []);
        var seen = _ranker.Learnt;
        waiting.Seen(1, []);
        waiting.Seen(99, []);
        Assert.That((seen, _ranker.Learnt), Is.EqualTo((3L, 3L)));

        waiting.Came(1, profileId: 4, item: 11, OutcomeKind.Clicked);
        waiting.Came(1, 4, 11, OutcomeKind.Clicked);
        waiting.Came(1, 4, item: 77, OutcomeKind.Clicked);
        Assert.That(_ranker.Learnt, Is.EqualTo(4));
    }

    [Test]
    public void What_was_clicked_and_then_bought_counts_for_the_answer_that_it_was_clicked_in()
    {
        var waiting = new WaitingDecisions(_options, [_ranker]);
        waiting.Add(Answer(1));
        waiting.Add(Answer(2));
        waiting.Came(1, 4, 11, OutcomeKind.Clicked);

        Assert.Multiple(() =>
        {
            Assert.That(waiting.Came(default, 4, 11, OutcomeKind.Ordered), Is.EqualTo((UInt128)1));
            Assert.That(waiting.Came(default, 4, 12, OutcomeKind.Ordered), Is.EqualTo(default(UInt128)), "not clicked");
            Assert.That(waiting.Came(default, 5, 11, OutcomeKind.Ordered), Is.EqualTo(default(UInt128)), "somebody else");
        });
        waiting.Merge(4, 6);
        Assert.That(waiting.Came(default, 6, 11, OutcomeKind.Added), Is.EqualTo((UInt128)1));
    }

    [Test]
    public async Task A_restart_goes_on_where_it_was_and_an_erasure_forgets_who_clicked()
    {
        var waiting = new WaitingDecisions(_options, [_ranker]);
        waiting.Add(Answer(1));
        waiting.Seen(1, [11]);
        waiting.Came(1, 4, 11, OutcomeKind.Clicked);
        var rows = new CheckpointRows();
        rows.Take(waiting);
        var ranker = new OnlineRanker("for-you", [], 1);
        var again = new WaitingDecisions(_options, [ranker]);
        rows.GiveTo(again);

        Assert.Multiple(() =>
        {
            Assert.That(ranker.Snapshot().Mean, Is.EqualTo(_ranker.Snapshot().Mean));
            Assert.That(ranker.Snapshot().Examination, Is.EqualTo(_ranker.Snapshot().Examination));
            Assert.That(again.Came(1, 4, 11, OutcomeKind.Clicked), Is.EqualTo((UInt128)1));
            Assert.That(ranker.Learnt, Is.EqualTo(2), "the click is known");
        });
        var subject = new ErasureSubject(new HashSet<int> { 4 }, [], new HashSet<UInt128>());
        Assert.That(await again.CountAsync(subject, CancellationToken.None), Is.EqualTo(1));
        Assert.That(await again.EraseAsync(subject, CancellationToken.None), Is.EqualTo(1));
        Assert.That(again.Came(default, 4, 11, OutcomeKind.Ordered), Is.EqualTo(default(UInt128)));
        rows.Take(again);
        var last = new WaitingDecisions(_options, [new OnlineRanker("for-you", [], 1)]);
        rows.GiveTo(last);
        Assert.That((last.Count, await last.CountAsync(subject, CancellationToken.None)), Is.EqualTo((1, 0L)));
    }

    [Test]
    public void Answers_are_given_up_by_age_and_by_number()
    {
        _options.MaxWaiting = 3;
        var waiting = new WaitingDecisions(_options, [_ranker]);
        for (var i = 1; i <= 5; i++)
        {
            waiting.Add(Answer((UInt128)(ulong)i));
        }

        Assert.That((waiting.Count, waiting.Came(2, 1, 11, OutcomeKind.Clicked), waiting.Came(3, 1, 11, OutcomeKind.Clicked)), Is.EqualTo((3, default(UInt128), (UInt128)3)));
        waiting.Add(Answer(9) with { AtMs = _options.WaitMinutes * 60_001L });
        Assert.That(waiting.Count, Is.EqualTo(1));
    }

    private static ShownAnswer Answer(UInt128 key) => new(key, "for-you", 0, [10, 11, 12], [.. Features(0.1), .. Features(0.9), .. Features(0.5)]);

    private static byte[] Features(double value)
    {
        var features = new byte[FeatureTable.Width];
        features[FeatureTable.CategoryAffinity] = FeatureTable.Step(value);
        features[FeatureTable.Bias] = 255;
        return features;
    }

    private static Guid Id(int number) => new(number, 7, 7, 1, 2, 3, 4, 5, 6, 7, 8);

    /// <summary>How far down shoppers look.</summary>
    private double LookedAt(int place) => _lookedAt[place];

    /// <summary>What they make of an item that they look at.</summary>
    private static double Wanted(byte[] features) => 0.05 + (0.6 * features[FeatureTable.CategoryAffinity] / 255);

    private static int[] Rank(RankerPolicy policy, byte[][] features, Guid id)
    {
        var scores = new double[features.Length];
        policy.Score(features, Chance.SeedOf(id), scores);
        return [.. Enumerable.Range(0, features.Length).OrderByDescending(row => scores[row]).Take(Places)];
    }

    private byte[][] World() => [.. Enumerable.Range(0, Candidates).Select(_ =>
    {
        var features = new byte[FeatureTable.Width];
        features[FeatureTable.Bias] = 255;
        features[FeatureTable.CategoryAffinity] = FeatureTable.Step(Math.Pow(_random.NextDouble(), 2));
        features[FeatureTable.Newness] = FeatureTable.Step(_random.NextDouble());
        return features;
    })];

    private bool Clicks(byte[] features, int place) => _random.NextDouble() < LookedAt(place) && _random.NextDouble() < Wanted(features);

    private void Live(int answers, float exploration, bool isLearning)
    {
        for (var i = 0; i < answers; i++)
        {
            var features = World();
            var rows = Rank(new RankerPolicy.Sampled(_ranker.Snapshot(), exploration), features, Id(i));
            for (var place = 0; place < rows.Length && isLearning; place++)
            {
                _ranker.LearnShown(features[rows[place]], place);
                if (Clicks(features[rows[place]], place))
                {
                    _ranker.LearnOutcome(features[rows[place]], place, 1, null, wasShown: true);
                }
            }
        }
    }
}
