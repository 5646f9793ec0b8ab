using System.Text.Json;
using NUnit.Framework;
using Personalization.Decisioning;
using Personalization.Decisioning.Contracts;
using Personalization.Decisioning.Domain;
using Personalization.Decisioning.Domain.Candidates;
using Personalization.Decisioning.Domain.Journal;
using Personalization.Decisioning.Domain.Life;
using Personalization.Decisioning.Pipeline.Life;
using Personalization.Decisioning.Storage.Journal;
using Personalization.Decisioning.Storage.Life;
using Personalization.Tests.Support;

namespace Personalization.Tests.Decisioning.Life;

/// <summary>Versions that answer a share of decisions, and the rule that judges them.</summary>
[Parallelizable]
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
internal sealed class CanaryTests : IDisposable
{
    private const string Model = "session-neighbours";
    private static readonly CanaryRule Half = new(Share: 0.5, Answers: 100);
    private readonly TemporaryFolder _folder = new();
    private readonly FakeShop _shop = new();
    private readonly FixedCounts _counts = new();
    private NeighbourVersions _versions = null!;
    private ModelRegistry _registry = null!;

    public CanaryTests()
    {
        Restart();
        var chance = new Random(3);
        for (var profile = 1; profile <= 100; profile++)
        {
            _shop.Session(profile, [.. Enumerable.Range(0, 6).Select(_ => chance.Next(100))]);
        }

        _shop.Models.Popularity.Rebuild();
        _registry.Register(Model, JsonElement.Parse("""{ "neighbours": 1, "queryItems": 1 }"""), null, "tester");
    }

    public void Dispose() => _folder.Dispose();

    [TestCase(0.05, 0.05, CanaryVerdict.Promote)]
    [TestCase(0.048, 0.05, CanaryVerdict.Promote, TestName = "A little worse may be chance")]
    [TestCase(0.047, 0.05, CanaryVerdict.TakeBack, TestName = "More than a twentieth worse is taken back")]
    [TestCase(0, 0, CanaryVerdict.Promote, TestName = "Nobody clicks anything")]
    public void When_the_answers_are_in_the_estimate_decides(double tried, double live, CanaryVerdict expected)
    {
        Assert.That(Run(new(10_000, (long)(10_000 * tried)), new(190_000, (long)(190_000 * live))).Judge(0).Verdict, Is.EqualTo(expected));
    }

    [Test]
    public void Before_that_it_ends_only_when_it_surely_fails_or_the_time_is_over()
    {
        var (unlucky, failing) = (Run(new(300, 9), new(5_700, 285)), Run(new(2_000, 20), new(38_000, 1_900)));

        using (Assert.EnterMultipleScope())
        {
            Assert.That(unlucky.Judge(0).Verdict, Is.EqualTo(CanaryVerdict.GoesOn));
            Assert.That(failing.Judge(0).Verdict, Is.EqualTo(CanaryVerdict.TakeBack));
            Assert.That(unlucky.Judge(15L * 86_400_000).Reason, Does.StartWith("too few answers to tell"));
            Assert.That(Run(default, default).Judge(1).Verdict, Is.EqualTo(CanaryVerdict.GoesOn));
        }
    }

    [Test]
    public void One_that_is_as_good_is_seldom_taken_back_early_however_often_it_is_looked_at()
    {
        var (chance, takenBack) = (new Random(11), 0);
        for (var world = 0; world < 300; world++)
        {
            var run = Run(default, default) with { Rule = new CanaryRule() };
            for (var look = 0; look < 60; look++)
            {
                run = run with { Tried = run.Tried.Plus(Draw(chance, 100, 0.1)), Live = run.Live.Plus(Draw(chance, 1_000, 0.1)) };
                if (run.Judge(0).Verdict == CanaryVerdict.TakeBack)
                {
                    takenBack++;
                    break;
                }
            }
        }

        Assert.That(takenBack, Is.LessThanOrEqualTo(3), "of 300");
    }

    [Test]
    public void A_share_of_decisions_is_answered_by_it_and_says_so()
    {
        Start(new CanaryRule(Share: 0.3));

        var named = Enumerable.Range(0, 600).Select(_ => Ask()).ToList();

        using (Assert.EnterMultipleScope())
        {
            Assert.That(named.Count(answer => answer.ModelVersion.StartsWith("session-knn@2:", StringComparison.Ordinal)), Is.InRange(130, 230));
            Assert.That(named.Count(answer => answer.ModelVersion.StartsWith("session-knn@1:", StringComparison.Ordinal)), Is.GreaterThan(300));
            Assert.That(named.Where(answer => answer.ModelVersion.StartsWith("session-knn@2:", StringComparison.Ordinal)).Select(Ids).Distinct().Count(), Is.EqualTo(1));
            Assert.That(named.Select(Ids).Distinct().Count(), Is.EqualTo(2));
        }
    }

    [Test]
    public void A_placement_that_names_a_version_takes_no_part()
    {
        Start(new CanaryRule(Share: 0.5));
        _shop.Options.Placements["for-you"].ModelVersion = 1;

        Assert.That(Enumerable.Range(0, 50).Select(_ => Ids(Ask())).Distinct().Count(), Is.EqualTo(1));
    }

    [Test]
    public void It_is_promoted_by_the_rule_and_taken_back_by_the_rule()
    {
        Start(Half);
        _counts.Next = (new(80, 8), new(40, 4));
        var first = _registry.JudgeCanary(Model, _counts, default)!.Value;
        var early = _registry.Rollout(Model)!;
        Restart(); // What was counted is kept.
        _counts.Next = (new(80, 8), new(60, 6));
        var second = _registry.JudgeCanary(Model, _counts, default)!.Value;
        var promoted = _registry.Rollout(Model)!;
        _registry.Register(Model, JsonElement.Parse("{}"), null, "tester");
        Start(Half, version: 3);
        _counts.Next = (new(100, 10), new(100, 5));
        var third = _registry.JudgeCanary(Model, _counts, default)!.Value;

        using (Assert.EnterMultipleScope())
        {
            Assert.That((first.Verdict, early.Live, early.Canary!.Tried), Is.EqualTo((CanaryVerdict.GoesOn, 1, new CanaryTally(40, 4))));
            Assert.That((second.Verdict, promoted.Live, promoted.Canary), Is.EqualTo((CanaryVerdict.Promote, 2, (CanaryRun?)null)));
            Assert.That((third.Verdict, _registry.Rollout(Model)!.Live, _registry.Rollout(Model)!.Canary), Is.EqualTo((CanaryVerdict.TakeBack, 2, (CanaryRun?)null)));
            Assert.That(_registry.Changes(Model, 10).Select(change => (change.Actor, change.What)).Take(2), Is.EqualTo([("rule", "canary-back"), ("tester", "canary")]));
            Assert.That(_registry.JudgeCanary(Model, _counts, default), Is.Null);
            Assert.That(Enumerable.Range(0, 50).Select(_ => Ids(Ask())).Distinct().Count(), Is.EqualTo(1));
        }
    }

    [Test]
    public void Answers_count_once_and_only_after_what_comes_of_them_had_time_to()
    {
        Start(Half);
        _registry.JudgeCanary(Model, _counts, default);
        _shop.Clock.Advance(TimeSpan.FromHours(1));
        _registry.JudgeCanary(Model, _counts, default);
        _registry.JudgeCanary(Model, _counts, default);

        Assert.That(_counts.Asked, Is.EqualTo([(FakeShop.Start, FakeShop.Start), (FakeShop.Start, FakeShop.Start + 1_800_000), (FakeShop.Start + 1_800_000, FakeShop.Start + 1_800_000)]));
    }

    [Test]
    public void It_needs_open_gates_a_version_that_does_not_serve_and_a_rule_within_bounds()
    {
        var faults = _registry.StartCanary(Model, 2, new CanaryRule(0.9, 1, 0, 2), null, "tester")!.Faults;

        using (Assert.EnterMultipleScope())
        {
            Assert.That(faults.Select(fault => fault.Pointer), Is.EqualTo(["/share", "/answers", "/maxDays", "/maxHitRateLoss"]));
            Assert.That(_registry.StartCanary(Model, 2, Half, null, "tester")!.Faults.Single().Pointer, Is.EqualTo("/despite"), "its gates were never asked");
            Assert.That(_registry.StartCanary(Model, 1, Half, "why", "tester")!.Faults.Single().Pointer, Is.EqualTo("/version"));
            Assert.That(_registry.StartCanary(Model, 9, Half, "why", "tester"), Is.Null);
            Assert.That(_registry.EndCanary(Model, null, "tester"), Is.False);
        }

        Start(Half);
        Assert.That(_registry.StartCanary(Model, 2, Half, "why", "tester")!.Version, Is.Null, "one at a time");
        Assert.That(_registry.EndCanary(Model, null, "tester"), Is.True);
        Assert.That(Enumerable.Range(0, 50).Select(_ => Ids(Ask())).Distinct().Count(), Is.EqualTo(1));
    }

    [Test]
    public void What_came_of_answers_is_counted_in_the_decision_log()
    {
        Start(Half);
        using var store = new DecisionStore(_folder.File("decisions.db"), () => _shop);
        var plan = Plan();
        var journal = new StoredJournal(plan, store);
        var personalizer = _shop.Personalizer(plan, journal, []);
        var answers = Enumerable.Range(0, 60).Select(_ => personalizer.Recommend(Question)!).ToList();
        foreach (var (i, answer) in answers.Index().Where(pair => pair.Index < 50))
        {
            journal.Came(answer, OutcomeKind.Seen);
            if (i % 2 == 0)
            {
                journal.Came(answer, OutcomeKind.Clicked);
            }
        }

        var run = _registry.Rollout(Model)!.Canary!;
        var (live, tried) = new CanaryCounts(store).Count(_versions.VersionOf, 1, run, FakeShop.Start + 1, default);
        var ofTried = answers.Take(50).Where(answer => run.Rule.Holds(answer.DecisionId, 2)).ToList();

        using (Assert.EnterMultipleScope())
        {
            Assert.That(tried, Is.EqualTo(new CanaryTally(ofTried.Count, answers.Index().Count(pair => pair.Index < 50 && pair.Index % 2 == 0 && ofTried.Contains(pair.Item)))));
            Assert.That(live.Plus(tried), Is.EqualTo(new CanaryTally(50, 25)), "ten were not seen");
            Assert.That(tried.Answers, Is.InRange(10, 40));
            Assert.That(new CanaryCounts(store).Count(_versions.VersionOf, 1, run, FakeShop.Start, default), Is.EqualTo((default(CanaryTally), default(CanaryTally))), "before that time");
        }
    }

    private static RecommendationRequest Question => new() { Placement = "for-you", Items = ["i21", "i22", "i23"] };

    private static CanaryRun Run(CanaryTally tried, CanaryTally live) => new(2, new CanaryRule(), 0, 0, live, tried, "tester");

    private static CanaryTally Draw(Random chance, int answers, double rate) => new(answers, Enumerable.Range(0, answers).Count(_ => chance.NextDouble() < rate));

    private static string Ids(Recommendations answer) => string.Join(' ', answer.Items.Select(item => item.Id));

    private void Start(CanaryRule rule, int version = 2) => Assert.That(_registry.StartCanary(Model, version, rule, "to try it", "tester")!.Faults, Is.Empty);

    private CandidatePlan Plan() => CandidatePlan.Create(_shop.Models, _shop.Options, _shop, _versions);

    private Recommendations Ask() => _shop.Personalizer(Plan()).Recommend(Question)!;

    private void Restart()
    {
        _versions = new NeighbourVersions(_shop.Models, new NeighbourWeights(), _shop, new ErasedProfiles(), TimeProvider.System);
        _registry = new ModelRegistry([_versions], new ModelVersionStore(_folder.File("model_versions.db")), new ModelLifeOptions(), _shop.Clock);
    }

    private sealed class StoredJournal(CandidatePlan plan, DecisionStore store) : IDecisionJournal
    {
        public bool Wants(long nowMs) => true;

        public void Write(DecisionContext context, Recommendations answer)
        {
            var buffer = new RecordBuffer();
            DecisionRecord.Write(context, answer, plan, [], buffer);
            store.Add([buffer], []);
        }

        public void Came(Recommendations answer, OutcomeKind kind) => store.Add([], [new Outcome(answer.DecisionId, 0, kind, FakeShop.Start)]);
    }
}
