using Microsoft.Extensions.Options;
using NUnit.Framework;
using Personalization.Consent;
using Personalization.Consent.Contracts;
using Personalization.Consent.Domain;
using Personalization.Consent.Pipeline;
using Personalization.Kernel.Privacy;
using Personalization.Tests.Support;
using Personalization.Tracking.Contracts;

namespace Personalization.Tests.Consent;

public class ConsentGateTests
{
    private const int Shopper = 3;
    private ConsentStore _store;
    private ConsentGateStage _gate;

    [SetUp]
    public void CreateGate() => Create();

    [Test]
    public void Nothing_known_and_nothing_configured_means_no()
    {
        var seen = Apply(1_000);

        Assert.That((seen.MayProfile, seen.MayTrain), Is.EqualTo((false, false)));
        Assert.That(_store.May(-1, Purposes.Personalise), Is.EqualTo(new ConsentVerdict(false, ConsentReason.NotStated)));
    }

    [Test]
    public void The_configured_default_counts_until_the_shopper_says_something()
    {
        Create(Purposes.Profile, Purposes.Train);
        Assert.That(Apply(1_000).MayProfile);

        var refused = Apply(2_000, stated: Purposes.Profile, granted: Purposes.None);

        Assert.That((refused.MayProfile, refused.MayTrain), Is.EqualTo((false, false)), "training needs profiling");
        Assert.That(_store.May(Shopper, Purposes.Profile).Reason, Is.EqualTo(ConsentReason.Denied));
        Assert.That(_store.May(Shopper, Purposes.Train), Is.EqualTo(new ConsentVerdict(true, ConsentReason.JurisdictionDefault)));
    }

    [Test]
    public void An_event_is_judged_by_the_consent_that_it_carries_itself()
    {
        Assert.That(Apply(1_000, Purposes.All, Purposes.Profile | Purposes.Train).MayTrain);
        Assert.That(Apply(1_001).MayTrain, "and so is the next one");
        Assert.That(Apply(1_002, Purposes.All, Purposes.None).MayProfile, Is.False);
    }

    [Test]
    public void An_imported_statement_changes_nothing_that_was_said_since()
    {
        Apply(2_000, Purposes.Profile, Purposes.Profile);
        _store.Record(Shopper, new Statement { Signal = new ConsentSignal((byte)Purposes.All, (byte)Purposes.Train), TimestampMs = 1_000, IsHistorical = true });

        Assert.That(_store.May(Shopper, Purposes.Profile).Reason, Is.EqualTo(ConsentReason.Granted));
        Assert.That(_store.May(Shopper, Purposes.Train).Reason, Is.EqualTo(ConsentReason.Granted), "nobody had spoken of it");
        Assert.That(_store.May(Shopper, Purposes.Personalise).Reason, Is.EqualTo(ConsentReason.Denied));
    }

    [Test]
    public void A_late_grant_does_not_undo_a_newer_withdrawal()
    {
        Apply(2_000, Purposes.All, Purposes.None);

        Assert.That(Apply(1_000, Purposes.All, Purposes.All).MayProfile, Is.False);
    }

    [Test]
    public void A_late_denial_counts_though_something_newer_was_said_of_another_purpose()
    {
        Create(Purposes.Profile);
        Apply(2_000, Purposes.Measure, Purposes.Measure);

        Assert.That(Apply(1_000, Purposes.Profile, Purposes.None).MayProfile, Is.False);
        Assert.That(_store.May(Shopper, Purposes.Measure).IsAllowed, "and takes nothing else away");
    }

    [Test]
    public void A_merge_keeps_the_persons_newest_statement()
    {
        Apply(1_000, Purposes.Profile, Purposes.Profile);
        _store.Record(7, new Statement { Signal = new ConsentSignal((byte)Purposes.Profile, 0), TimestampMs = 2_000 });

        _gate.Merge(7, Shopper);

        Assert.That(_store.May(Shopper, Purposes.Profile).Reason, Is.EqualTo(ConsentReason.Denied));
        Assert.That(_store.May(7, Purposes.Profile).Reason, Is.EqualTo(ConsentReason.NotStated));
    }

    [Test]
    public async Task A_checkpoint_gives_the_statements_back_and_erasure_takes_them_away()
    {
        Apply(1_000, Purposes.Profile, Purposes.Profile);
        var rows = new CheckpointRows();
        rows.Take(_store);
        var saved = _store;

        Create();
        rows.GiveTo(_store);
        Assert.That(_store.May(Shopper, Purposes.Profile).Reason, Is.EqualTo(ConsentReason.Granted));

        await saved.EraseAsync(new ErasureSubject(new HashSet<int> { Shopper }, [], new HashSet<UInt128>()), CancellationToken.None);
        rows.Take(saved);
        Assert.That(rows.Count, Is.Zero);
    }

    private void Create(params Purposes[] granted)
    {
        var jurisdictions = new JurisdictionDirectory(Options.Create(new ConsentOptions { DefaultGranted = granted }));
        _store = new ConsentStore(jurisdictions, TimeProvider.System);
        _gate = new ConsentGateStage(_store, new ConsentLedger(), jurisdictions, ConsentWorld.Strings());
    }

    private TrackedEvent Apply(long timestampMs, Purposes stated = Purposes.None, Purposes granted = Purposes.None)
    {
        var seen = new EventBatch(static _ => { }).AddEvent();
        seen.ProfileId = Shopper;
        seen.TimestampMs = timestampMs;
        seen.Consent = new ConsentSignal((byte)stated, (byte)granted);
        _gate.Apply(seen);
        return seen;
    }
}
