using NUnit.Framework;
using Personalization.Consent.Contracts;
using Personalization.Consent.Domain;
using Personalization.Tests.Consent.Tcf;
using Personalization.Tests.Support;
using Personalization.Tracking.Contracts;
using static Personalization.Tests.Consent.ConsentWorld;

namespace Personalization.Tests.Consent;

/// <summary>Consent strings on the events that carry them.</summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
internal sealed class StringStatementsTests
{
    private const long At = 1_795_176_000_000;
    private readonly ConsentWorld _world = new();
    private static readonly string Grants = new TcText { PublisherConsents = [1, 5, 6, 8, 10] }.ToString();
    private static readonly string Denies = new TcText { PublisherConsents = [1] }.ToString();

    [TestCase("{\"consent\":{\"tcString\":\"TC\"}}")]
    [TestCase("{\"tcString\":\"TC\"}")]
    [TestCase("{\"tc_string\":\"TC\"}")]
    [TestCase("{\"gdpr_consent\":\"TC\"}")]
    public void A_TC_string_states_the_purposes_it_speaks_of(string context)
    {
        var seen = _world.Apply(At, context.Replace("TC", Grants, StringComparison.Ordinal));

        Assert.That((seen.MayProfile, seen.MayTrain, seen.MayMeasure, seen.MayActivate), Is.EqualTo((true, true, true, false)));
        Assert.That(seen.GateReason, Is.EqualTo(ConsentReason.TcString));
        var entry = _world.History().Single();
        Assert.That((entry.Form, entry.Stated), Is.EqualTo((StatementForm.TcString, Purposes.All)));
    }

    [Test]
    public void The_same_string_again_neither_adds_a_row_nor_undoes_what_was_said_since()
    {
        _world.Apply(At, Context(Grants));
        _world.Say(At + 1, """{"purposes":{"profile":false}}""");

        var seen = _world.Apply(At + 2, Context(Grants));

        Assert.That(seen.MayProfile, Is.False);
        Assert.That(_world.History(), Has.Count.EqualTo(2));
    }

    [Test]
    public void Another_string_is_a_new_statement()
    {
        _world.Apply(At, Context(Grants));

        Assert.That(_world.Apply(At + 1, Context(Denies)).MayProfile, Is.False);
        Assert.That(_world.Apply(At + 2, Context(Grants)).MayProfile);
        Assert.That(_world.History(), Has.Count.EqualTo(3));
    }

    [Test]
    public void What_an_event_says_in_so_many_words_wins_over_its_string()
    {
        var seen = _world.Apply(At, $$$"""{"consent":{"purposes":{"profile":false},"tcString":"{{{Grants}}}"}}""");

        Assert.That((seen.MayProfile, seen.GateReason, seen.MayMeasure), Is.EqualTo((false, ConsentReason.Denied, true)));
    }

    [Test]
    public void A_string_that_cannot_be_read_denies()
    {
        _world.Apply(At, Context(Grants));

        Assert.That(_world.Apply(At + 1, Context("garbage")).MayProfile, Is.False);
    }

    [Test]
    public void What_a_string_grants_ends_thirteen_months_after_its_last_change()
    {
        _world.Apply(At, Context(Grants));

        Assert.That(_world.Apply(At + (400L * 24 * 3600 * 1000), "{}").GateReason, Is.EqualTo(ConsentReason.Expired));
    }

    [Test]
    public void A_restart_knows_the_string_that_it_has_seen()
    {
        _world.Apply(At, Context(Grants));
        _world.Say(At + 1, """{"purposes":{"profile":false}}""");
        var rows = new CheckpointRows();
        rows.Take(_world.Store);
        var restored = new ConsentWorld();
        rows.GiveTo(restored.Store);

        Assert.That(restored.Apply(At + 2, Context(Grants), profile: Shopper).MayProfile, Is.False);
    }

    private static string Context(string tcString) => $$$"""{"consent":{"tcString":"{{{tcString}}}"}}""";
}
