using NUnit.Framework;
using Personalization.Features.Domain.Funnels;
using Personalization.Features.Domain.History;
using Personalization.Tests.Features.Conditions;
using static Personalization.Tests.Features.Conditions.ConditionWorld;

namespace Personalization.Tests.Features.Funnels;

[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
internal sealed class SessionFactsTests
{
    private readonly ConditionWorld _world = new();

    [Test]
    public void The_session_of_the_latest_event_is_told_until_it_is_over()
    {
        _world.Happens("A", 0, session: 1).Happens("A", 100, session: 2).Happens("B", 110, session: 2);

        var session = At(139.9);

        Assert.That((session.Number, session.Events, session.DurationMs, session.IsNew), Is.EqualTo((2L, 2, 10 * Minute, false)));
        Assert.That(session.EndsAtMs, Is.EqualTo(Start + (140 * Minute)));
        Assert.That(At(140).Number, Is.Zero);
    }

    [Test]
    public void The_first_session_is_new_and_a_late_event_of_an_earlier_one_makes_it_not()
    {
        _world.Happens("A", 100, session: 2);
        Assert.That(At(101).IsNew);

        _world.Happens("A", 10, session: 1);
        Assert.That(At(101).IsNew, Is.False);
    }

    [Test]
    public void A_late_event_of_the_session_takes_its_place()
    {
        _world.Happens("A", 100, [("context.page.path", "/cart")], session: 2).Happens("A", 95, [("context.page.path", "/sale")], session: 2);
        var facts = _world.Facts();
        var session = At(101);

        Assert.That((session.StartMs, session.Events), Is.EqualTo((Start + (95 * Minute), 2)));
        Assert.That(session.FirstOf(facts, ((IKeptProperties)_world).Find("context.page.path")).ToString(facts.Text), Is.EqualTo("/sale"));
        Assert.That(session.FirstOf(facts, -1).ToString(facts.Text), Is.Empty);
    }

    [Test]
    public void Nobody_who_did_nothing_is_in_a_session() =>
        Assert.That((At(1).Number, At(1).EndsAtMs), Is.EqualTo((0L, long.MaxValue)));

    private SessionFacts At(double minute) => SessionFacts.Of(_world.Facts(), (long)(Start + (minute * Minute)), 30 * Minute);
}
