using System.Text.Json;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging.Abstractions;
using NUnit.Framework;
using Personalization.Decisioning;
using Personalization.Decisioning.Domain;
using Personalization.Decisioning.Domain.Life;
using Personalization.Decisioning.Domain.Models;
using Personalization.Decisioning.Domain.Models.Content;
using Personalization.Decisioning.Domain.Models.Factors;
using Personalization.Decisioning.Domain.Models.Kept;
using Personalization.Decisioning.Domain.Models.Purchases;
using Personalization.Decisioning.Domain.Models.Sessions;
using Personalization.Decisioning.Storage.Models;
using Personalization.Kernel.Privacy;
using Personalization.Tests.Support;

namespace Personalization.Tests.Decisioning.Models;

/// <summary>Trained models on their way into service, over a restart, and out of it.</summary>
[Parallelizable]
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
internal sealed class TrainedVersionsTests : IDisposable
{
    private const string Name = NextPurchaseModel.ModelName;
    private static readonly NextPurchaseBounds Bounds = new(MinBuyers: 2, MaxItems: 100, WeightsPerItem: 8, MaxFactorCustomers: 1_000);
    private readonly TemporaryFolder _folder = new();
    private readonly FakeShop _shop = new();
    private readonly ErasedProfiles _erased = new();
    private readonly byte[] _logKey = [1, 2, 3];
    private TrainedModels _serving = null!;
    private TrainedVersions _versions = null!;

    public TrainedVersionsTests()
    {
        var chance = new Random(4);
        for (var profile = 0; profile < 120; profile++)
        {
            var kind = profile % 3 * 10;
            for (var order = 0; order < 12; order++)
            {
                _shop.Models.Purchases.Add(profile, new Purchase(kind + chance.Next(10), FakeShop.Start + (order * 8 * 86_400_000L) + profile, PurchaseUse.Serve | PurchaseUse.Train));
            }
        }

        Restart();
    }

    public void Dispose() => _folder.Dispose();

    [Test]
    public void What_was_trained_answers_after_a_restart_as_it_did_before()
    {
        var (trained, members) = Train(5);
        var model = WithFactors(trained);
        var before = Answers(model);
        _versions.Offer(model, members, Open);
        _versions.Offer(Content(5), new ProfileSet(), Open);
        _versions.Offer(Order(5, 0.5f), new ProfileSet(), Open);
        Restart();

        using (Assert.EnterMultipleScope())
        {
            Assert.That(Answers(_serving.NextPurchases!), Is.EqualTo(before).And.Not.Empty);
            Assert.That(_serving.NextPurchases!.Lineage.Fingerprint, Is.EqualTo(model.Lineage.Fingerprint));
            Assert.That(JsonSerializer.Serialize(_serving.NextPurchases.Lineage), Is.EqualTo(JsonSerializer.Serialize(model.Lineage)));
            Assert.That(before, Is.Not.EqualTo(Answers(trained)), "else the factors were not tried");
            Assert.That(Similar(_serving.Content!), Is.EqualTo(Similar(Content(5))).And.Not.Empty);
            Assert.That((_serving.SessionOrder!.Power, _serving.SessionOrder.PowerWithCurrent), Is.EqualTo((0.5f, 1f)));
            Assert.That(_versions.Of(Name).Live!.Members.All(), Is.EqualTo(Enumerable.Range(0, 120)));
        }
    }

    [TestCase("UPDATE decisioning_trained_model SET body = substr(body, 1, length(body) - 4)", TestName = "Cut short")]
    [TestCase("UPDATE decisioning_trained_model SET body = zeroblob(length(body))", TestName = "Overwritten")]
    [TestCase("UPDATE decisioning_trained_model SET format = 99", TestName = "Of another version of the code")]
    [TestCase("UPDATE decisioning_trained_model SET log_key = x'00'", TestName = "Of another log")]
    [TestCase("UPDATE decisioning_trained_model SET version = 11", TestName = "Of a longer log")]
    [TestCase("UPDATE decisioning_trained_model SET checked = '{'", TestName = "Without gates")]
    [TestCase("UPDATE decisioning_trained_model SET members = x'010203'", TestName = "Without members")]
    public void What_is_damaged_or_of_something_else_is_refused_and_gone(string damage)
    {
        var (model, members) = Train(5);
        _versions.Offer(model, members, Open);
        Execute(damage);
        Restart();

        Assert.That((_serving.NextPurchases, _versions.Of(Name).Live, Count()), Is.EqualTo(((NextPurchaseModel?)null, (TrainedVersion?)null, 0L)));
    }

    [Test]
    public void Bytes_that_their_checksum_fits_but_their_lineage_does_not_are_refused()
    {
        var (model, _) = Train(5);
        var bytes = TrainedModelCodec.Write(model);
        bytes[^1] ^= 0x40;

        Assert.That(() => TrainedModelCodec.Read(Name, bytes), Throws.InstanceOf<InvalidDataException>());
        for (var length = 0; length < bytes.Length; length += 97)
        {
            Assert.That(() => TrainedModelCodec.Read(Name, bytes.AsSpan(0, length)), Throws.InstanceOf<InvalidDataException>(), $"{length}");
        }
    }

    [Test]
    public void A_version_whose_gate_is_closed_waits_and_what_answered_goes_on()
    {
        var (first, members) = Train(5);
        _versions.Offer(first, members, Open);
        var (second, _) = Train(9, minBuyers: 30);
        var isServed = _versions.Offer(second, members, Shut);
        Restart();
        var waiting = _versions.Of(Name);
        var refused = _versions.Promote(Name, null);
        var promoted = _versions.Promote(Name, "the shop sells less now");

        using (Assert.EnterMultipleScope())
        {
            Assert.That((isServed, waiting.Live!.Model.Version, waiting.Candidate!.Model.Version, waiting.Candidate.Note), Is.EqualTo((false, 5L, 9L, "Closed: coverage")));
            Assert.That((refused, promoted), Is.EqualTo(("Closed: coverage. Say why it may serve all the same.", (string?)null)));
            Assert.That(((IModel)_serving.NextPurchases!).Version, Is.EqualTo(9));
            Assert.That(_versions.Of(Name).Before.Single().Model.Version, Is.EqualTo(5));
        }
    }

    [Test]
    public void A_rollback_holds_until_somebody_promotes_and_over_a_restart()
    {
        var (first, members) = Train(5);
        var (second, _) = Train(9, minBuyers: 30);
        Assert.That(_versions.Rollback(Name, null), Is.Not.Null, "nothing answered before");
        _versions.Offer(first, members, Open);
        _versions.Offer(second, members, Open);
        var refused = _versions.Rollback(Name, "it failed");
        Restart();
        var back = ((IModel)_serving.NextPurchases!).Version;
        var isServed = _versions.Offer(Train(10).Model, members, Open);
        _versions.Promote(Name, null);

        using (Assert.EnterMultipleScope())
        {
            Assert.That((refused, back, isServed), Is.EqualTo(((string?)null, 5L, false)));
            Assert.That((((IModel)_serving.NextPurchases!).Version, _versions.Of(Name).IsHeld, _versions.Promote(Name, null)), Is.EqualTo((10L, false, "No version waits to be promoted.")));
            Assert.That(_versions.Offer(Train(10).Model, members, Open), Is.True, "training goes on");
        }
    }

    [Test]
    public void Of_those_before_as_many_are_kept_as_configured()
    {
        for (var version = 1; version <= 5; version++)
        {
            _versions.Offer(Order(version, version), new ProfileSet(), Open);
        }

        _versions.Offer(Order(6, 5), new ProfileSet(), Open); // The same numbers: nothing to go back to.
        Assert.That((Count(), _versions.Of(SessionOrderModel.ModelName).Before.Single().Model.Version, _versions.Of(SessionOrderModel.ModelName).Live!.Model.Version), Is.EqualTo((2L, 4L, 6L)));
    }

    [Test]
    public async Task An_erasure_drops_what_learnt_from_the_person_from_disk_and_makes_a_training_due()
    {
        var (model, members) = Train(5);
        _versions.Offer(model, members, Open);
        _versions.Offer(Order(5, 1), new ProfileSet(), Open);
        var due = _versions.WaitForErasureAsync(Timeout.InfiniteTimeSpan, CancellationToken.None);
        var stranger = await _versions.EraseAsync(Subject(500), default);
        var (counted, wasDue) = (await _versions.CountAsync(Subject(17), default), due.IsCompleted);
        var erased = await _versions.EraseAsync(Subject(17), default);
        await due;

        using (Assert.EnterMultipleScope())
        {
            Assert.That((stranger, counted, wasDue, erased), Is.EqualTo((0L, 1L, false, 1L)));
            Assert.That(await _versions.CountAsync(Subject(17), default), Is.Zero);
            Assert.That(Count(), Is.EqualTo(1), "only the order of sessions is left");
            Assert.That((_versions.HoldsErasedPeople, _versions.Of(Name).Live!.OfErasedPeople, _serving.NextPurchases), Is.EqualTo((true, 1, model)));
        }

        _versions.DropOfErasedPeople();
        Assert.That((_versions.HoldsErasedPeople, _serving.NextPurchases), Is.EqualTo((false, (NextPurchaseModel?)null)));
    }

    [Test]
    public async Task An_erasure_before_anything_was_loaded_drops_it_too()
    {
        var (model, members) = Train(5);
        _versions.Offer(model, members, Open);
        Restart(isLoaded: false);

        Assert.That((await _versions.CountAsync(Subject(17), default), await _versions.EraseAsync(Subject(17), default), Count()), Is.EqualTo((1L, 1L, 0L)));
    }

    [Test]
    public void Nothing_to_learn_drops_what_there_was()
    {
        var (model, members) = Train(5);
        _versions.Offer(model, members, Open);
        _versions.Drop(Name);

        Assert.That((_serving.NextPurchases, Count(), _versions.Names), Is.EqualTo(((NextPurchaseModel?)null, 0L, Array.Empty<string>())));
    }

    [Test]
    public void Gates_are_asked_against_the_version_that_answers()
    {
        var gates = new TrainedGates(_shop.Models, _shop, _erased, _versions, new ModelLifeOptions { MaxMeanMicroseconds = 1_000_000 }, TimeProvider.System);
        var histories = _shop.Models.Purchases.Snapshot();
        var (first, members) = Train(5);
        var alone = gates.Check(first, members, null, histories);
        _versions.Offer(first, members, alone);
        var (twin, against) = NextPurchaseTrainer.Train(Data(), Bounds, 6, first, CancellationToken.None);
        var same = gates.Check(twin!, members, against, histories);
        var poor = gates.Check(twin!, members, against! with { Candidate = default }, histories);
        var narrow = gates.Check(Train(9, minBuyers: 30).Model, members, against, histories);

        using (Assert.EnterMultipleScope())
        {
            Assert.That((alone.HasPassed, alone.AgainstVersion, string.Join(' ', alone.Gates.Select(gate => gate.Name))), Is.EqualTo((true, (long?)null, "latency erased_people")));
            Assert.That((same.HasPassed, same.AgainstVersion, same.Measured.Questions >= 30, same.Measured.Mrr > 0.1), Is.EqualTo((true, 5L, true, true)));
            Assert.That(same.Measured.Mrr, Is.EqualTo(same.Live!.Mrr), "the same purchases find the same weights");
            Assert.That(Gates.Closed(poor.Gates), Is.EqualTo("quality"));
            Assert.That(Gates.Closed(narrow.Gates), Does.Contain("coverage"), $"{narrow.Measured.Coverage} of {narrow.Live!.Coverage}");
        }
    }

    [Test]
    public async Task A_version_that_learnt_from_somebody_erased_does_not_serve_and_is_no_measure()
    {
        var gates = new TrainedGates(_shop.Models, _shop, _erased, _versions, new ModelLifeOptions { MaxMeanMicroseconds = 1_000_000 }, TimeProvider.System);
        var histories = _shop.Models.Purchases.Snapshot();
        var (model, members) = Train(5);
        _versions.Offer(model, members, Open);
        await _erased.EraseAsync(Subject(17), default);
        var late = gates.Check(model, members, null, histories);
        await _versions.EraseAsync(Subject(17), default);
        members.Remove(17);
        var narrow = gates.Check(Train(9, minBuyers: 30).Model, members, null, histories);

        Assert.That((_versions.Offer(model, Train(5).Members, Open), Count()), Is.EqualTo((false, 0L)), "erased between the gates and the disk");
        Assert.That((Gates.Closed(late.Gates), narrow.HasPassed, narrow.Live), Is.EqualTo(("erased_people", true, (ModelMeasurement?)null)));
    }

    private static TrainedCheck Open => Check(new Gate("coverage", true, 1, 0));

    private static TrainedCheck Shut => Check(new Gate("coverage", false, 0, 1));

    private static TrainedCheck Check(Gate gate) => new(0, null, gate.HasPassed, [gate], new ModelMeasurement(0, 0, 0, 0, 0, 0, []), null);

    private NextPurchaseModel WithFactors(NextPurchaseModel trained)
    {
        var (data, matrix) = (Data(), trained.Views.Matrix);
        var views = new PurchaseViews(matrix, data, trained.Views.Linear, ImplicitFactors.Fit(PurchaseMatrix.Build(data, data.LastMinute + 1, 2, 100), new FactorFit { Factors = 8 }, CancellationToken.None));
        return new NextPurchaseModel(views, trained.Weights with { Factors = 1 }, trained.ForNew with { Factors = 1 }, fingerprint => trained.Lineage with { Fingerprint = fingerprint });
    }

    private static ErasureSubject Subject(int profile) => new(new HashSet<int> { profile }, [], new HashSet<UInt128>());

    private static SessionOrderModel Order(long offset, float power) => new(power, 1, new ModelLineage
    {
        LogOffset = offset, AsOfMs = 7, Options = new Dictionary<string, double>(), Fingerprint = SessionOrderModel.FingerprintOf(power, 1),
    });

    private ContentModel Content(long offset)
    {
        for (var item = 0; item < 20; item++)
        {
            _shop.Describe(item, brand: item % 2 == 0 ? "north" : "south", attributes: item % 5 == 0 ? """{"kind":"titanium"}""" : null);
        }

        return ContentModel.Build(_shop, 100, offset, 7, CancellationToken.None);
    }

    private static List<(int, float)> Similar(ContentModel model)
    {
        var room = new ScoredItem[10];
        return [.. room.Take(model.Find(4, new NeighbourScratch(), new ItemFilter(), room)).Select(found => (found.Item, found.Score))];
    }

    private List<(int, float)> Answers(NextPurchaseModel model)
    {
        var (room, all) = (new ScoredItem[10], new List<(int, float)>());
        for (var profile = 0; profile < 20; profile++)
        {
            all.AddRange(room.Take(model.Find(_shop.Models.Purchases.Of(profile), profile % 2 == 0, new PurchaseScratch(), new ItemFilter(), room)).Select(found => (found.Item, found.Score)));
        }

        return all;
    }

    private PurchaseData Data() => PurchaseData.From(_shop.Models.Purchases.Snapshot(), _ => true, 1_000_000);

    private (NextPurchaseModel Model, ProfileSet Members) Train(long offset, int minBuyers = 2)
    {
        var data = Data();
        var trained = NextPurchaseTrainer.Train(data, Bounds with { MinBuyers = minBuyers }, offset, CancellationToken.None);
        Assert.That(trained, Is.Not.Null);
        return (trained!, data.Members);
    }

    private void Restart(bool isLoaded = true)
    {
        _serving = new TrainedModels(_shop.Models.Shadows);
        _versions = new TrainedVersions(
            _serving, new TrainedModelStore(_folder.File("trained_models.db")), _erased, _logKey, new TrainedLife(KeptBefore: 1), TimeProvider.System, NullLogger<TrainedVersions>.Instance);
        if (isLoaded)
        {
            _versions.Load(logOffset: 10);
        }
    }

    private void Execute(string sql)
    {
        using var connection = new SqliteConnection($"Data Source={_folder.File("trained_models.db")}");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }

    private long Count()
    {
        using var connection = new SqliteConnection($"Data Source={_folder.File("trained_models.db")}");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = "SELECT count(*) FROM decisioning_trained_model";
        return (long)command.ExecuteScalar()!;
    }
}
