using NUnit.Framework;
using Personalization.Consent.Contracts;
using Personalization.Tests.Consent;

namespace Personalization.Tests.Budgets;

/// <summary>What consent may allocate and hold.</summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
internal sealed class ConsentBudgetTests
{
    /// <summary>
    /// Two states of 100 bytes, of which the first is an empty one and goes again, the reference, and the list of what changed.
    /// </summary>
    private const long StatementBudget = 260;
    private readonly ConsentWorld _world = new();

    [Test]
    public void A_question_allocates_nothing()
    {
        _world.Say(1_000, """{"purposes":{"profile":true},"expiresAt":"2090-01-01T00:00:00Z"}""");

        Assert.That(Allocated(() => _world.May(Purposes.Profile)), Is.Zero);
        Assert.That(Allocated(() => _world.May(Purposes.Train, profile: -1)), Is.Zero);
    }

    [Test]
    public void An_event_that_repeats_what_is_known_allocates_nothing()
    {
        var seen = _world.Apply(1_000, """{"location":{"country":"DE"},"consent":{"categoryPreferences":{"profile":true,"activate":false}}}""");

        Assert.That(
            Allocated(() =>
            {
                seen.TimestampMs++;
                _world.Gate.Apply(seen);
            }),
            Is.Zero);
    }

    [Test]
    public void A_first_statement_allocates_its_state()
    {
        const int Profiles = 100_000;
        _world.Say(1, """{"purposes":{"profile":true}}""");
        var said = _world.Store;
        var statement = new Personalization.Consent.Domain.Statement
        {
            Signal = new Personalization.Tracking.Contracts.ConsentSignal((byte)Purposes.All, (byte)Purposes.Profile), TimestampMs = 5,
        };

        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var profile = 0; profile < Profiles; profile++)
        {
            said.Record(profile, statement);
        }

        Assert.That((GC.GetAllocatedBytesForCurrentThread() - before) / Profiles, Is.LessThan(StatementBudget));
    }

    private static long Allocated(Action work)
    {
        work();
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 1_000; i++)
        {
            work();
        }

        return GC.GetAllocatedBytesForCurrentThread() - before;
    }
}
