using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging.Abstractions;
using NUnit.Framework;
using Personalization.Decisioning.Contracts;
using Personalization.Decisioning.Domain.Candidates;
using Personalization.Decisioning.Domain.Journal;
using Personalization.Decisioning.Domain.Life;
using Personalization.Decisioning.Domain.Models;
using Personalization.Decisioning.Domain.Models.Content;
using Personalization.Decisioning.Domain.Models.Kept;
using Personalization.Decisioning.Domain.Models.Sessions;
using Personalization.Decisioning.Storage.Models;
using Personalization.Kernel.Privacy;
using Personalization.Tests.Decisioning.Life;
using Personalization.Tests.Support;

namespace Personalization.Tests.Decisioning.Models;

/// <summary>Trained versions that answer a share of decisions, or answer unseen.</summary>
[Parallelizable]
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
internal sealed class TrainedCanaryTests : IDisposable
{
    private const string Name = SessionOrderModel.ModelName;
    private static readonly CanaryRule Half = new(Share: 0.5, Answers: 100);
    private readonly TemporaryFolder _folder = new();
    private readonly FakeShop _shop = new();
    private readonly ErasedProfiles _erased = new();
    private readonly FixedCounts _counts = new();
    private TrainedModels _serving = null!;
    private TrainedVersions _versions = null!;

    public TrainedCanaryTests() => Restart();

    public void Dispose() => _folder.Dispose();

    [Test]
    public void It_answers_its_share_until_the_rule_promotes_it_and_counts_over_a_restart()
    {
        LetOneWait();
        var refused = _versions.StartCanary(Name, Half, "the gate is too narrow", "tester");
        _counts.Next = (new(80, 8), new(40, 4));
        var first = _versions.JudgeCanary(Name, _counts, default)!.Value;
        Restart();
        var (asked, tried) = (Powers().Count, Powers().Count(power => power == 2));
        _counts.Next = (new(80, 8), new(60, 6));
        var second = _versions.JudgeCanary(Name, _counts, default)!.Value;

        using (Assert.EnterMultipleScope())
        {
            Assert.That((refused, first.Verdict, second.Verdict), Is.EqualTo(((string?)null, CanaryVerdict.GoesOn, CanaryVerdict.Promote)));
            Assert.That(tried, Is.InRange(asked / 3, asked * 2 / 3));
            Assert.That(Powers(), Is.All.EqualTo(2f));
            Assert.That((Version(), _versions.Of(Name).Before.Single().Model.Version, _versions.Of(Name).Canary), Is.EqualTo((9L, 5L, (CanaryRun?)null)));
            Assert.That(_versions.Of(Name).Live!.Note, Does.StartWith("not below what it may lose"));
            Assert.That(_versions.JudgeCanary(Name, _counts, default), Is.Null);
            Assert.That(_versions.Rollback(Name, null), Is.Null);
            Assert.That(Powers(), Is.All.EqualTo(1f));
        }
    }

    [Test]
    public void It_is_taken_back_when_it_loses_and_waits_as_before()
    {
        LetOneWait();
        _versions.StartCanary(Name, Half, "as above", "tester");
        _counts.Next = (new(100, 10), new(100, 5));
        var verdict = _versions.JudgeCanary(Name, _counts, default)!.Value;
        Restart();

        using (Assert.EnterMultipleScope())
        {
            Assert.That((verdict.Verdict, Version(), _versions.Of(Name).Candidate!.Model.Version), Is.EqualTo((CanaryVerdict.TakeBack, 5L, 9L)));
            Assert.That(_versions.Of(Name).Candidate!.Note, Does.StartWith("loses too much"));
            Assert.That(Powers(), Is.All.EqualTo(1f));
            Assert.That(_versions.StartCanary(Name, Half, "once more", "tester"), Is.Null);
            Assert.That((_versions.EndCanary(Name), _versions.EndCanary(Name)), Is.EqualTo((true, false)));
        }
    }

    [Test]
    public void What_is_trained_meanwhile_is_thrown_away_and_taken_again_afterwards()
    {
        LetOneWait();
        _versions.StartCanary(Name, Half, "as above", "tester");
        var meanwhile = _versions.Offer(Order(12, 3), new ProfileSet(), Open);
        var during = (Version(), _versions.Of(Name).Candidate!.Model.Version, _versions.Of(Name).Canary is not null);
        _versions.EndCanary(Name);

        Assert.That((meanwhile, during), Is.EqualTo((false, (5L, 9L, true))));
        Assert.That((_versions.Offer(Order(14, 3), new ProfileSet(), Open), Version(), _versions.Of(Name).Candidate), Is.EqualTo((true, 14L, (TrainedVersion?)null)));
    }

    [Test]
    public void It_is_refused_where_there_is_nothing_to_try_or_to_compare_with()
    {
        var nothing = _versions.StartCanary(Name, Half, null, "tester");
        _versions.Offer(Order(3, 1), new ProfileSet(), Shut);
        var alone = _versions.StartCanary(Name, Half, "why not", "tester");
        _versions.Promote(Name, "the first");
        _versions.Offer(Order(4, 2), new ProfileSet(), Shut);
        var closed = _versions.StartCanary(Name, Half, null, "tester");
        var wrong = _versions.StartCanary(Name, new CanaryRule(Share: 0.9, Answers: 1), "why not", "tester");
        _versions.StartCanary(Name, Half, "why not", "tester");
        var twice = _versions.StartCanary(Name, Half, "why not", "tester");

        using (Assert.EnterMultipleScope())
        {
            Assert.That((nothing, alone), Is.EqualTo(("No version waits to be tried.", "Nothing answers that it could be compared with: promote it.")));
            Assert.That(closed, Is.EqualTo("Closed: coverage. Say why it may be tried all the same."));
            Assert.That(wrong, Does.Contain("/share").And.Contain("/answers"), "every fault at once");
            Assert.That(twice, Does.StartWith("Version 4 is being tried."));
        }
    }

    [TestCase(1, TestName = "An erasure of somebody whom the live version learnt from ends it")]
    [TestCase(2, TestName = "An erasure of somebody whom the tried version learnt from ends it")]
    public async Task An_erasure_ends_it(int profile)
    {
        _versions.Offer(Order(5, 1), Of(1), Open);
        _versions.Offer(Order(9, 2), Of(2), Shut);
        _versions.StartCanary(Name, Half, "as above", "tester");
        await _versions.EraseAsync(new ErasureSubject(new HashSet<int> { profile }, [], new HashSet<UInt128>()), default);

        Assert.That((_versions.Of(Name).Canary, Powers().Distinct().Single(), _versions.Of(Name).Candidate is null), Is.EqualTo(((CanaryRun?)null, 1f, profile == 2)));
        Assert.That(_versions.Offer(Order(12, 3), new ProfileSet(), Open), Is.True, "the training that this makes due answers");
        Assert.That(Powers(), Is.All.EqualTo(3f));
    }

    [Test]
    public void Where_it_is_configured_whatever_passes_its_gates_is_tried_before_it_answers()
    {
        Restart(new CanaryRule(Share: 0.5, Answers: 100));
        var first = _versions.Offer(Order(5, 1), new ProfileSet(), Open);
        var second = _versions.Offer(Order(9, 2), new ProfileSet(), Open);

        Assert.That((first, second, Version(), _versions.Of(Name).Canary?.Version, _versions.Of(Name).Canary?.By), Is.EqualTo((true, false, 5L, 9L, "training")), "the first has nothing to be compared with");
        Assert.That(Powers().Distinct(), Is.EquivalentTo([1f, 2f]));
    }

    [TestCase("UPDATE decisioning_trained_canary SET body = '{'")]
    [TestCase("UPDATE decisioning_trained_model SET checksum = x'00' WHERE role = 'Candidate'")]
    [TestCase("UPDATE decisioning_trained_model SET checksum = x'00' WHERE role = 'Live'")]
    public void What_is_damaged_is_not_tried_after_a_restart(string damage)
    {
        LetOneWait();
        _versions.StartCanary(Name, Half, "as above", "tester");
        Execute(damage);
        Restart();
        var first = _versions.Of(Name).Canary;
        Restart();

        Assert.That((first, _versions.Of(Name).Canary, Powers().Distinct().Count()), Is.EqualTo(((CanaryRun?)null, (CanaryRun?)null, 1)));
    }

    [Test]
    public void A_decision_counts_for_the_version_that_its_draw_says_and_only_if_the_model_had_a_part_in_it()
    {
        LetOneWait();
        _versions.StartCanary(Name, Half, "as above", "tester");
        _versions.JudgeCanary(Name, _counts, default);
        var ids = Enumerable.Range(0, 200).Select(_ => Guid.CreateVersion7()).ToList();

        using (Assert.EnterMultipleScope())
        {
            Assert.That(ids.Select(id => _counts.VersionOf(Decision(id, NeighbourSource.Code, added: 3))), Is.EqualTo(ids.Select(id => (long?)_serving.SessionOrderFor(id)!.Lineage.LogOffset)));
            Assert.That(_counts.VersionOf(Decision(ids[0], NeighbourSource.Code, added: 0)), Is.Null);
            Assert.That(_counts.VersionOf(Decision(ids[0], ContentSource.Code, added: 3)), Is.Null);
        }
    }

    [Test]
    public async Task A_shadow_answers_unseen_and_ends_with_the_version_that_waits()
    {
        for (var item = 0; item < 40; item++)
        {
            _shop.Describe(item, brand: item % 2 == 0 ? "north" : "south", attributes: item % 5 == 0 ? """{"kind":"titanium"}""" : null);
        }

        var (content, other) = (ContentModel.Build(_shop, 100, 5, 7, CancellationToken.None), ContentModel.Build(_shop, 10, 9, 7, CancellationToken.None));
        var none = _versions.SetShadow(ContentModel.ModelName, isOn: true);
        _versions.Offer(content, new ProfileSet(), Open);
        _versions.Offer(other, new ProfileSet(), Shut);
        var began = _versions.SetShadow(ContentModel.ModelName, isOn: true);
        for (var i = 0; i < 64; i++)
        {
            _serving.Shadow(currentItem: i % 40);
        }

        using var stop = new CancellationTokenSource();
        var comparing = _shop.Models.Shadows.RunAsync(TimeProvider.System, stop.Token);
        for (var look = 0; look < 1_000 && _versions.ReadShadow(ContentModel.ModelName)!.Compared < 2; look++)
        {
            await Task.Delay(5);
        }

        var report = _versions.ReadShadow(ContentModel.ModelName)!;
        await stop.CancelAsync();
        Assert.That(async () => await comparing, Throws.InstanceOf<OperationCanceledException>());
        _versions.Promote(ContentModel.ModelName, "as above");

        using (Assert.EnterMultipleScope())
        {
            Assert.That((none, began, report.Version, report.Compared), Is.EqualTo((false, true, 9L, 2L)), "every 32nd");
            Assert.That(report.Overlap, Is.LessThan(1), "a version that knows ten items answers otherwise");
            Assert.That(_versions.ReadShadow(ContentModel.ModelName), Is.Null);
        }
    }

    private static TrainedCheck Open => Check(new Gate("coverage", true, 1, 0));

    private static TrainedCheck Shut => Check(new Gate("coverage", false, 0, 1));

    private static TrainedCheck Check(Gate gate) => new(0, null, gate.HasPassed, [gate], ModelMeasurement.OfNothing, null);

    private static ProfileSet Of(int profile)
    {
        var set = new ProfileSet();
        set.Add(profile);
        return set;
    }

    private static SessionOrderModel Order(long offset, float power) => new(power, 1, new ModelLineage
    {
        LogOffset = offset, AsOfMs = 7, Options = new Dictionary<string, double>(), Fingerprint = SessionOrderModel.FingerprintOf(power, 1),
    });

    private static DecisionRecord Decision(Guid id, string part, int added) => new()
    {
        Id = id, AtMs = 1, Placement = "for-you", Kind = PlacementKind.ForYou, Limit = 10, BudgetMs = 20, Micros = 1, Diversity = 0, Novelty = 0, ProfileId = 1, IsCut = false,
        Consent = default, ModelVersion = "session-knn@1:1", Session = [], Visits = [new RecordedVisit(1, part, default, added, 1)], Faults = [], Notes = [], States = [], AnswerCount = 0,
    };

    private void LetOneWait()
    {
        _versions.Offer(Order(5, 1), new ProfileSet(), Open);
        _versions.Offer(Order(9, 2), new ProfileSet(), Shut);
    }

    private long Version() => ((IModel)_serving.SessionOrder!).Version;

    private List<float> Powers() => [.. Enumerable.Range(0, 300).Select(_ => Guid.CreateVersion7()).Select(id => _serving.SessionOrderFor(id)?.Power ?? 0)];

    private void Restart(CanaryRule? rule = null)
    {
        _serving = new TrainedModels(_shop.Models.Shadows);
        _versions = new TrainedVersions(
            _serving, new TrainedModelStore(_folder.File("trained_models.db")), _erased, [1], new TrainedLife(KeptBefore: 1, CanaryWaitMs: 0, rule), _shop.Clock, NullLogger<TrainedVersions>.Instance);
        _versions.Load(logOffset: 20);
    }

    private void Execute(string sql)
    {
        using var connection = new SqliteConnection($"Data Source={_folder.File("trained_models.db")}");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        Assert.That(command.ExecuteNonQuery(), Is.EqualTo(1));
    }
}
