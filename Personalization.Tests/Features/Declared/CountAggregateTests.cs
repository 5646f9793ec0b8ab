using NUnit.Framework;
using Personalization.Features.Domain.Declared;
using Personalization.Features.Domain.Declared.Aggregates;
using static Personalization.Tests.Features.Declared.AggregateWorld;

namespace Personalization.Tests.Features.Declared;

public sealed class CountAggregateTests
{
    [Test]
    public void An_event_leaves_when_its_pane_began_a_window_ago()
    {
        var hours = new AggregateWorld(new CountAggregate(new FeatureWindow(WindowKind.Sliding, Hour, Minute)))
            .See(new Observed(Start), new Observed(Start + (10 * Minute) + 59_999));

        Assert.That(hours.Read(Start + Hour - 1), Is.EqualTo(2));
        Assert.That(hours.Read(Start + Hour), Is.EqualTo(1));
        Assert.That(hours.NextChange(Start + Hour), Is.EqualTo(Start + Hour + (10 * Minute)), "the second one's pane began at 10:00");
        Assert.That(hours.Read(Start + Hour + (10 * Minute)), Is.Zero);
        Assert.That(hours.NextChange(Start + Hour + (10 * Minute)), Is.EqualTo(long.MaxValue));
    }

    [Test]
    public void What_has_left_by_the_newest_event_takes_no_memory()
    {
        var count = new CountAggregate(new FeatureWindow(WindowKind.Sliding, Hour, Minute));
        var world = new AggregateWorld(count);
        for (var i = 0; i < 10_000; i++)
        {
            world.See(new Observed(Start + (i * Minute)));
            Assert.That(world.State, Has.Length.LessThanOrEqualTo(count.MaxBytes));
        }

        Assert.That(world.Read(Start + (9_999 * Minute)), Is.EqualTo(60));
        Assert.That(world.State, Has.Length.LessThan(130), "two bytes a pane");
    }

    [Test]
    public void A_late_event_goes_to_its_own_pane_and_one_from_before_the_window_nowhere()
    {
        var world = new AggregateWorld(new CountAggregate(new FeatureWindow(WindowKind.Sliding, Hour, Minute))).See(new Observed(Start + Hour));
        var before = world.State;

        world.See(new Observed(Start));
        Assert.That(world.State, Is.EqualTo(before));

        world.See(new Observed(Start + (30 * Minute)));
        Assert.That(world.Read(Start + Hour), Is.EqualTo(2));
        Assert.That(world.Read(Start + Hour + (30 * Minute)), Is.EqualTo(1));
    }

    [Test]
    public void A_session_counts_while_it_is_the_current_one()
    {
        var world = new AggregateWorld(new CountAggregate(new FeatureWindow(WindowKind.Session)))
            .See(new Observed(Start, Session: 7), new Observed(Start + 1, Session: 7), new Observed(Start - Day, Session: 9), new Observed(Start, Session: 0));

        Assert.That(world.Read(Start + 2, session: 7), Is.EqualTo(2));
        Assert.That(world.NextChange(Start + 2, session: 7, sessionEndsAtMs: Start + Hour), Is.EqualTo(Start + Hour));
        Assert.That(world.Read(Start + 2, session: 9), Is.EqualTo(1));
        Assert.That(world.Read(Start + 2, session: 0), Is.Zero);
    }

    [Test]
    public void A_rate_is_per_its_unit()
    {
        var world = new AggregateWorld(new RateAggregate(new FeatureWindow(WindowKind.Sliding, 10 * Day, Day), perMs: Day))
            .See(new Observed(Start), new Observed(Start), new Observed(Start + Day), new Observed(Start + Day), new Observed(Start + Day));

        Assert.That(world.Read(Start + Day), Is.EqualTo(0.5));
    }
}
