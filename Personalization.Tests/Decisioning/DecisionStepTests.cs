using NUnit.Framework;
using Personalization.Decisioning.Contracts;
using Personalization.Decisioning.Domain.Candidates;
using Personalization.Decisioning.Domain.Steps;

namespace Personalization.Tests.Decisioning;

/// <summary>What happens in a decision besides proposing.</summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
internal sealed class DecisionStepTests
{
    private readonly FakeShop _shop = new();
    private readonly List<string> _ran = [];

    [Test]
    public void Steps_run_by_phase_whatever_their_order()
    {
        Ask(
            Step(DecisionPhase.Remember, "remember", _ => { }),
            Step(DecisionPhase.Seal, "seal", _ => { }),
            Step(DecisionPhase.Arrange, "arrange", _ => { }),
            Step(DecisionPhase.Rank, "rank", _ => { }),
            Step(DecisionPhase.Prepare, "prepare", _ => { }));

        Assert.That(_ran, Is.EqualTo(["prepare", "rank", "arrange", "seal", "remember"]));
    }

    [Test]
    public void A_step_chooses_from_the_pool_it_wished_for_and_the_answer_is_cut_to_its_limit()
    {
        var seen = 0;
        var answer = Ask(Step(DecisionPhase.Rank, "reverse", context => (seen, _) = (context.Slate.Count, Reverse(context)), pool: 30));

        Assert.Multiple(() =>
        {
            Assert.That(seen, Is.EqualTo(30));
            Assert.That(answer.Items, Has.Count.EqualTo(20));
            Assert.That(answer.Items.Select(item => item.Id), Is.EqualTo(Ask(Step(DecisionPhase.Rank, "none", _ => { }, pool: 30), limit: 30).Items.Select(item => item.Id).Reverse().Take(20)));
        });
    }

    [TestCase(DecisionPhase.Prepare)]
    [TestCase(DecisionPhase.Rank)]
    [TestCase(DecisionPhase.Arrange)]
    [TestCase(DecisionPhase.Remember)]
    public void A_step_that_throws_is_left_out_alone(DecisionPhase phase)
    {
        var answer = Ask(Throws(phase), Step(phase, "other", _ => { }));

        Assert.Multiple(() =>
        {
            Assert.That(_ran, Is.EqualTo(["other"]));
            Assert.That(answer.Items, Has.Count.EqualTo(20));
            Assert.That(answer.FallbackReason, Is.EqualTo(phase == DecisionPhase.Remember ? null : "model_failed"));
        });
    }

    [Test]
    public void When_a_seal_breaks_the_baseline_answers()
    {
        _shop.Session(10, 1, 2);
        _shop.HasViewed(0, 1);
        var answer = Ask(user: "u0", steps: [Throws(DecisionPhase.Seal)]);

        Assert.Multiple(() =>
        {
            Assert.That(answer.FallbackReason, Is.EqualTo("model_failed"));
            Assert.That(answer.Items.Select(item => item.Reason), Is.All.AnyOf(ReasonCode.Popular, ReasonCode.NewArrival));
            Assert.That(answer.Items.Select(item => item.Id), Is.Unique.And.Not.Empty);
        });
    }

    [Test]
    public void Each_context_has_its_own_scratch()
    {
        var scratches = new List<object?>();
        var step = new FakeStep(DecisionPhase.Rank, "one", (_, scratch) => scratches.Add(scratch), 0);
        var personalizer = _shop.Personalizer(null, step);
        personalizer.Recommend(new RecommendationRequest { Placement = "new" });
        personalizer.Recommend(new RecommendationRequest { Placement = "new" });

        Assert.That(scratches, Has.Count.EqualTo(2).And.All.SameAs(scratches[0]).And.All.Not.Null);
    }

    private static bool Reverse(DecisionContext context)
    {
        context.Slate.Entries.Reverse();
        return true;
    }

    private static FakeStep Throws(DecisionPhase phase) => new(phase, "throws", (_, _) => throw new InvalidOperationException("broken"), 0);

    private FakeStep Step(DecisionPhase phase, string name, Action<DecisionContext> act, int pool = 0) => new(
        phase,
        name,
        (context, _) =>
        {
            _ran.Add(name);
            act(context);
        },
        pool);

    private Recommendations Ask(params IDecisionStep[] steps) => Ask(null, null, steps);

    private Recommendations Ask(IDecisionStep step, int limit) => Ask(null, limit, step);

    private Recommendations Ask(string? user, int? limit = null, params IDecisionStep[] steps) =>
        _shop.Personalizer(null, steps).Recommend(new RecommendationRequest { Placement = "for-you", UserId = user, Limit = limit })!;

    private sealed class FakeStep(DecisionPhase phase, string name, Action<DecisionContext, object?> act, int pool) : IDecisionStep
    {
        public DecisionPhase Phase => phase;

        public string Name => name;

        public object CreateScratch() => new();

        public int PoolFor(Personalization.Decisioning.Domain.Placement placement, int limit) => Math.Max(pool, limit);

        public void Apply(DecisionContext context, object? scratch) => act(context, scratch);
    }
}
