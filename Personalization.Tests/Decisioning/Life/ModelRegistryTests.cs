using System.Text.Json;
using NUnit.Framework;
using Personalization.Consent.Contracts;
using Personalization.Decisioning;
using Personalization.Decisioning.Contracts;
using Personalization.Decisioning.Domain;
using Personalization.Decisioning.Domain.Candidates;
using Personalization.Decisioning.Domain.Life;
using Personalization.Decisioning.Storage.Life;
using Personalization.Kernel.Privacy;
using Personalization.Tests.Support;
using Personalization.Tracking.Contracts;

namespace Personalization.Tests.Decisioning.Life;

/// <summary>Versions of a model from their making to their rollback, without a host.</summary>
[Parallelizable]
internal sealed class ModelRegistryTests
{
    private const string Model = "session-neighbours";

    // Whoever looks at one neighbour by what they saw first of all foresees little.
    private const string Worse = """{ "neighbours": 1, "queryItems": 1, "distanceDecay": 0, "backward": 10, "similarityPower": 0 }""";

    private TemporaryFolder _folder = null!;
    private FakeShop _shop = null!;
    private ErasedProfiles _erased = null!;
    private NeighbourVersions _versions = null!;
    private ModelRegistry _registry = null!;

    [SetUp]
    public void Open()
    {
        (_folder, _shop, _erased) = (new TemporaryFolder(), new FakeShop(), new ErasedProfiles());
        Restart();

        // People go round in circles of ten items, with a step to the side now and then: what comes next can be learnt.
        var chance = new Random(3);
        for (var profile = 1; profile <= 300; profile++)
        {
            var start = chance.Next(10) * 10;
            var at = chance.Next(10);
            _shop.Session(profile, [.. Enumerable.Range(0, 6).Select(i => chance.Next(8) == 0 ? chance.Next(100) : start + ((at + i) % 10))]);
        }

        _shop.Models.Popularity.Rebuild();
    }

    [TearDown]
    public void Close() => _folder.Dispose();

    [Test]
    public void What_is_configured_is_the_first_version_and_serves()
    {
        using (Assert.EnterMultipleScope())
        {
            Assert.That(_registry.Rollout(Model)!.Live, Is.EqualTo(1));
            Assert.That(_registry.Find(Model, 1)!.Parameters.GetProperty("queryItems").GetInt32(), Is.EqualTo(4));
            Assert.That(_registry.Check(Model, 1, "tester", default)!.Version!.Check!.Gates.Where(gate => gate.Name != "latency").Select(gate => gate.HasPassed), Is.All.True, "against itself");
        }
    }

    [Test]
    public void A_worse_version_does_not_serve_unless_somebody_says_why()
    {
        Register(Worse);
        var early = _registry.Promote(Model, 2, null, "tester")!;
        var report = _registry.Check(Model, 2, "tester", default)!.Version!.Check!;
        var refused = _registry.Promote(Model, 2, null, "tester")!;
        var promoted = _registry.Promote(Model, 2, "to see it fail", "tester")!;

        using (Assert.EnterMultipleScope())
        {
            Assert.That(early.Version, Is.Null);
            Assert.That(report.Live!.Questions, Is.GreaterThan(1_000));
            Assert.That(report.Live.HitRate, Is.GreaterThan(0.5));
            Assert.That(report.Measured.Mrr, Is.LessThan(report.Live.Mrr * 0.9));
            Assert.That(report.Gates.Single(gate => gate.Name == "quality").HasPassed, Is.False);
            Assert.That(refused.Faults.Single().Detail, Does.StartWith("Closed: quality"));
            Assert.That(promoted.Version, Is.Not.Null);
            Assert.That(_registry.Rollout(Model)!.Live, Is.EqualTo(2));
        }
    }

    [Test]
    public void A_promoted_version_answers_survives_a_restart_and_is_taken_back_with_one_call()
    {
        Register(Worse);
        var before = Answer();
        _registry.Promote(Model, 2, "to see it", "tester");
        var promoted = Answer();
        Restart();
        var restarted = Answer();
        _registry.Rollback(Model, "it failed", "tester");

        using (Assert.EnterMultipleScope())
        {
            Assert.That(promoted, Is.Not.EqualTo(before));
            Assert.That(restarted, Is.EqualTo(promoted));
            Assert.That(Answer(), Is.EqualTo(before));
            Assert.That(_registry.Rollout(Model)!.Live, Is.EqualTo(1));
            Assert.That(_registry.Rollback(Model, null, "tester")!.Faults, Has.Count.EqualTo(1), "nothing served before the first");
            Assert.That(_registry.Changes(Model, 10).Select(change => change.What), Is.EqualTo(["rollback", "promote", "register"]));
        }
    }

    [Test]
    public void A_version_that_the_configuration_does_not_allow_any_more_gives_way_to_the_configured_one()
    {
        Register("""{ "sessionsPerItem": 400 }""");
        _registry.Promote(Model, 2, "to see it", "tester");
        Restart(new NeighbourWeights { SessionsPerItem = 300 });

        using (Assert.EnterMultipleScope())
        {
            Assert.That(_registry.Rollout(Model)!.Live, Is.EqualTo(1));
            Assert.That(_registry.Changes(Model, 1)[0].Detail, Does.Contain("version 2 cannot be served any more: /parameters/sessionsPerItem"));
            Assert.That(_registry.Rollback(Model, null, "tester")!.Version, Is.Null);
            Assert.That(_registry.Promote(Model, 2, "again", "tester")!.Version, Is.Null);
            Assert.That(_registry.Shadow(Model, 2), Is.False);
            Assert.That(Answer(), Has.Count.EqualTo(20));
        }
    }

    [Test]
    public void A_check_against_what_is_not_live_any_more_opens_nothing()
    {
        Register("{}");
        Register(Worse);
        _registry.Check(Model, 2, "tester", default);
        _registry.Promote(Model, 3, "to see it", "tester");

        Assert.That(_registry.Promote(Model, 2, null, "tester")!.Version, Is.Null);
    }

    [Test]
    public async Task A_session_of_somebody_who_was_erased_closes_the_gate()
    {
        Register("{}");
        await _erased.EraseAsync(new ErasureSubject(new HashSet<int> { 17 }, [], new HashSet<UInt128>()), default);
        var closed = Gate(_registry.Check(Model, 2, "tester", default)!, "erased_people");
        _shop.Models.Sessions.Erase(17);
        var open = Gate(_registry.Check(Model, 2, "tester", default)!, "erased_people");

        Assert.That((closed.HasPassed, closed.Value, open.HasPassed), Is.EqualTo((false, 1d, true)));
    }

    [Test]
    public void Nobody_is_measured_on_who_does_not_let_models_be_taught()
    {
        _shop.Verdict = new ConsentVerdict(IsAllowed: false, ConsentReason.Denied);
        Register("{}");
        var check = _registry.Check(Model, 2, "tester", default)!.Version!.Check!;

        Assert.That((check.Measured.Questions, check.HasPassed, _versions.Describe().OfRefusers), Is.EqualTo((0, false, 300)));
    }

    [Test]
    public void A_placement_may_name_a_version()
    {
        Register(Worse);
        _shop.Options.Placements["trial"] = new PlacementOptions { Kind = PlacementKind.ForYou, ModelVersion = 2 };
        var (live, trial) = (Answer(), Answer("trial"));
        _registry.Promote(Model, 2, "to see it", "tester");

        using (Assert.EnterMultipleScope())
        {
            Assert.That(trial, Is.Not.EqualTo(live));
            Assert.That(Answer(), Is.EqualTo(trial));
        }
    }

    [Test]
    public void An_alarm_is_raised_when_people_do_something_else_and_not_before()
    {
        var first = _registry.Look(Model, default);
        var second = _registry.Look(Model, default)!;
        var chance = new Random(9);
        for (var profile = 1_000; profile < 1_500; profile++)
        {
            _shop.Session(profile, [.. Enumerable.Range(0, 6).Select(_ => chance.Next(100))]);
        }

        var third = _registry.Look(Model, default)!;

        using (Assert.EnterMultipleScope())
        {
            Assert.That(first, Is.Null, "nothing to compare with");
            Assert.That((second.HasDrifted, second.ScoreShift), Is.EqualTo((false, 0d)));
            Assert.That(third.HasDrifted);
            Assert.That(third.HitRate, Is.LessThan(third.HitRateBefore * 0.8));
            Assert.That(_registry.Rollout(Model)!.Drift, Is.EqualTo(third));
        }
    }

    [Test]
    public void Drift_looks_for_better_parameters_once_a_day_and_lets_a_canary_prove_them()
    {
        Register(Worse);
        _registry.Promote(Model, 2, "to see it fail", "tester");
        var found = _registry.Retune(Model, default)!;
        var canary = _registry.Rollout(Model)!.Canary!;
        _registry.EndCanary(Model, null, "tester");
        var again = _registry.Retune(Model, default);
        _shop.Clock.Advance(TimeSpan.FromHours(25));
        Restart();
        var nextDay = _registry.Retune(Model, default);

        using (Assert.EnterMultipleScope())
        {
            Assert.That((found.CreatedBy, found.Check!.HasPassed, canary.Version, canary.By), Is.EqualTo(("drift", true, found.Version, "drift")));
            Assert.That(found.Check.Measured.Mrr, Is.GreaterThan(found.Check.Live!.Mrr * 1.02));
            Assert.That((again, nextDay is not null, _registry.Rollout(Model)!.Live), Is.EqualTo(((ModelVersion?)null, true, 2)), "nothing is promoted by the search");
        }
    }

    [Test]
    public async Task A_shadow_is_compared_and_changes_no_answer()
    {
        Register("{}");
        Register(Worse);
        var before = Answer();
        using var stop = new CancellationTokenSource();
        var comparing = _shop.Models.Shadows.RunAsync(TimeProvider.System, stop.Token);
        _registry.Shadow(Model, 2);
        var twin = await CompareAsync();
        _registry.Shadow(Model, 3);
        var other = await CompareAsync();
        var during = Answer();
        _registry.Shadow(Model, null);
        await stop.CancelAsync();

        using (Assert.EnterMultipleScope())
        {
            Assert.That((twin.Version, twin.Overlap, twin.SameFirst), Is.EqualTo((2, 1d, 1d)));
            Assert.That(other.Version, Is.EqualTo(3));
            Assert.That(other.Overlap, Is.LessThan(0.9));
            Assert.That(during, Is.EqualTo(before));
            Assert.That(_versions.ReadShadow(), Is.Null);
            Assert.That(async () => await comparing, Throws.InstanceOf<OperationCanceledException>());
        }
    }

    [Test]
    public void All_that_is_wrong_with_parameters_is_told_at_once()
    {
        var parameters = JsonElement.Parse("""{ "speed": 1, "queryItems": 9, "neighbours": "many", "repeat": -1, "sessionsPerItem": 501 }""");

        Assert.That(_registry.Register(Model, parameters, null, "tester")!.Faults.Select(fault => fault.Pointer), Is.EquivalentTo(
            ["/parameters/speed", "/parameters/queryItems", "/parameters/neighbours", "/parameters/repeat", "/parameters/sessionsPerItem"]));
    }

    private static Gate Gate(ModelOutcome outcome, string name) => outcome.Version!.Check!.Gates.Single(gate => gate.Name == name);

    private async Task<ShadowReport> CompareAsync()
    {
        for (var i = 0; _versions.ReadShadow()!.Compared < 10; i++)
        {
            Assert.That(i, Is.LessThan(2_000), "the comparison hangs");
            for (var asked = 0; asked < 64; asked++)
            {
                Answer();
            }

            await Task.Yield();
        }

        return _versions.ReadShadow()!;
    }

    private void Register(string parameters) => Assert.That(_registry.Register(Model, JsonElement.Parse(parameters), "a try", "tester")!.Version, Is.Not.Null);

    private void Restart(NeighbourWeights? configured = null)
    {
        _versions = new NeighbourVersions(_shop.Models, configured ?? new NeighbourWeights(), _shop, _erased, TimeProvider.System);
        _registry = new ModelRegistry(
            [_versions], new ModelVersionStore(Path.Combine(_folder.Path, "model_versions.db")), new ModelLifeOptions { MaxMeanMicroseconds = 1_000_000 }, _shop.Clock);
    }

    private List<string> Answer(string placement = "for-you")
    {
        var plan = CandidatePlan.Create(_shop.Models, _shop.Options, _shop, _versions);
        var answer = _shop.Personalizer(plan).Recommend(new RecommendationRequest { Placement = placement, Items = ["i21", "i22", "i23"] })!;
        return [.. answer.Items.Select(item => item.Id)];
    }
}
