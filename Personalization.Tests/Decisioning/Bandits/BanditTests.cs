using System.Text.Json;
using NUnit.Framework;
using Personalization.Decisioning;
using Personalization.Decisioning.Contracts;
using Personalization.Decisioning.Domain.Bandits;

namespace Personalization.Tests.Decisioning.Bandits;

public class BanditTests
{
    private static readonly string[] Times = ["morning", "noon", "evening"];
    private readonly BanditOptions _options = new() { RewardWaitSeconds = 10, MaxWaiting = 100 };
    private RewardModel _model;
    private WaitingEvents _events;

    [SetUp]
    public void Begin()
    {
        _model = new RewardModel(_options.LearningRate);
        _events = new WaitingEvents(_model, _options);
    }

    [Test]
    public void It_learns_what_goes_with_what_while_it_explores()
    {
        var chance = new Random(7);
        var (late, sum) = (0, 0.0);
        for (var i = 0; i < 6_000; i++)
        {
            var context = Context(i % 3);
            var actions = Enumerable.Range(0, 3).Select(Action).ToList();
            var ranking = Rank(context, actions, 0.2, chance.NextDouble());

            // Each time of day has its own best: 80 % against 20 %.
            var reward = chance.NextDouble() < (ranking.Chosen == i % 3 ? 0.8 : 0.2) ? 1f : 0;
            var key = (UInt128)(ulong)(i + 1);
            _events.Rank(key, new Example(context, actions[ranking.Chosen].Features), (float)ranking.Probabilities[ranking.Chosen], false, i);
            _events.Reward(key, reward, i);
            if (i >= 4_000)
            {
                late++;
                sum += reward;
            }
        }

        for (var time = 0; time < 3; time++)
        {
            Assert.That(Rank(Context(time), [Action(0), Action(1), Action(2)], 0, 0.5).Chosen, Is.EqualTo(time), Times[time]);
        }

        // At best 0.8 × (1 - 0.2 × 2/3) + 0.2 × 0.2 × 2/3 = 0.72; by chance 0.4.
        Assert.That(sum / late, Is.GreaterThan(0.67));
    }

    [Test]
    public void Probabilities_are_those_that_chance_keeps_to()
    {
        var chance = new Random(3);
        List<RankedAction> actions = [Action(0), Action(1) with { IsExcluded = true }, Action(2), Action(3)];
        var counts = new int[4];
        Ranking ranking = null!;
        for (var i = 0; i < 30_000; i++)
        {
            ranking = Ranking.Of(actions, [0, 9, 0.5f, 0.1f], 0.3, chance.NextDouble());
            counts[ranking.Chosen]++;
        }

        Assert.That(ranking.Probabilities, Is.EqualTo(new[] { 0.1, 0, 0.8, 0.1 }).Within(1e-12));
        Assert.That(counts.Select(count => count / 30_000.0), Is.EqualTo(ranking.Probabilities).Within(0.01));
        Assert.That(ranking.Order[1], Is.EqualTo(1), "an excluded action keeps its place");
        Assert.That(ranking.Order.Order(), Is.EqualTo(new[] { 0, 1, 2, 3 }));
        Assert.That(ranking.Order[0], Is.EqualTo(ranking.Chosen));
    }

    [Test]
    public void With_everything_excluded_nothing_is_chosen()
    {
        Assert.That(Ranking.Of([Action(0) with { IsExcluded = true }], [1], 0.2, 0.5).Chosen, Is.EqualTo(-1));
    }

    [Test]
    public void What_nobody_rewards_in_time_gets_the_default_reward_and_what_was_never_shown_teaches_nothing()
    {
        _options.DefaultReward = -1;
        var (shown, hidden) = (new Example(Context(0), Action(0).Features), new Example(Context(1), Action(1).Features));
        _events.Rank(1, shown, 0.5f, isDeferred: false, 1_000);
        _events.Rank(2, hidden, 0.5f, isDeferred: true, 1_000);
        _events.Reward(2, 1, 2_000); // Rewarded, and never activated.
        _events.Activate(3, 10_999);
        Assert.That((_events.Count, _model.Expect(shown)), Is.EqualTo((2, 0f)));

        _events.Activate(3, 11_000);

        Assert.That(_events.Count, Is.Zero);
        Assert.That(_model.Expect(shown), Is.LessThan(-0.3f));
        _events.Reward(1, 1, 11_001);
        Assert.That(_model.Expect(shown), Is.LessThan(-0.3f), "a late reward counts no more");
    }

    [Test]
    public void A_reward_before_the_activation_counts_when_it_comes()
    {
        var example = new Example(Context(0), Action(0).Features);
        _events.Rank(1, example, 0.5f, isDeferred: true, 0);
        _events.Reward(1, 1, 1);
        Assert.That(_model.Expect(example), Is.Zero);

        _events.Activate(1, 2);

        Assert.That(_model.Expect(example), Is.GreaterThan(0.3f));
    }

    [Test]
    public void The_first_reward_counts_or_their_sum([Values] RewardAggregation aggregation)
    {
        _options.RewardAggregation = aggregation;
        var example = new Example(Context(0), Action(0).Features);
        for (var i = 0; i < 400; i++)
        {
            _events.Rank((UInt128)(ulong)(i + 1), example, 1, isDeferred: false, i * 20_000L);
            _events.Reward((UInt128)(ulong)(i + 1), 1, i * 20_000L);
            _events.Reward((UInt128)(ulong)(i + 1), 2, i * 20_000L);
        }

        Assert.That(_model.Expect(example), Is.EqualTo(aggregation == RewardAggregation.Earliest ? 1f : 3f).Within(0.1f));
    }

    [Test]
    public void Those_that_wait_are_bounded()
    {
        for (var i = 1; i <= 1_000; i++)
        {
            _events.Rank((UInt128)(ulong)i, new Example(Context(0), Action(0).Features), 0.5f, false, 0);
        }

        Assert.That(_events.Count, Is.EqualTo(100));
    }

    [Test]
    public void A_feature_is_its_name_and_value()
    {
        using (Assert.EnterMultipleScope())
        {
            Assert.That(Read("""[{"a":"x"}]"""), Is.EqualTo(Read("""[{"b":"y"},{"a":"x"}]""").Skip(1)));
            Assert.That(Read("""[{"a":"x"}]"""), Is.Not.EqualTo(Read("""[{"a":"y"}]""")));
            Assert.That(Read("""[{"a":{"b":"x"}}]"""), Is.Not.EqualTo(Read("""[{"ab":"x"}]""")));
            Assert.That(Read("""[{"a":5}]""").Single().Hash, Is.EqualTo(Read("""[{"a":7}]""").Single().Hash));
            Assert.That(Read("""[{"a":["x","y"],"b":true}]"""), Has.Count.EqualTo(3));
            Assert.That(Read("""[{"a":false,"b":null,"c":"","d":0}]"""), Is.Empty);
            Assert.That(Read("""[{"a":1e30}]""").Single().Value, Is.EqualTo(1e6f));
        }
    }

    private static List<HashedFeature> Read(string json)
    {
        var read = new List<HashedFeature>();
        Assert.That(FeatureHashes.TryRead(JsonElement.Parse(json), 100, read));
        return read;
    }

    private static HashedFeature[] Context(int time) => [.. Read($$"""[{"time":"{{Times[time]}}"}]""")];

    private static RankedAction Action(int action) => new($"a{action}", [.. Read($$"""[{"kind":"k{{action}}"}]""")], IsExcluded: false);

    private Ranking Rank(HashedFeature[] context, List<RankedAction> actions, double exploration, double chance) =>
        Ranking.Of(actions, [.. actions.Select(action => _model.Expect(new Example(context, action.Features)))], exploration, chance);
}
