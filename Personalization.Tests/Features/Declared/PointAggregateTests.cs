using NUnit.Framework;
using Personalization.Features.Domain.Declared;
using Personalization.Features.Domain.Declared.Aggregates;
using static Personalization.Tests.Features.Declared.AggregateWorld;

namespace Personalization.Tests.Features.Declared;

/// <summary>First, last and the last few.</summary>
public sealed class PointAggregateTests
{
    private static readonly FeatureWindow Lifetime = new(WindowKind.Lifetime);
    private static readonly FeatureWindow OneHour = new(WindowKind.Sliding, Hour, Minute);

    [Test]
    public void The_last_few_are_newest_first_whatever_came_first()
    {
        var world = new AggregateWorld(new LastNAggregate(Lifetime, 3)).See(
            new Observed(Start + 30, Value: 30), new Observed(Start + 10, Value: 10), new Observed(Start + 40, Value: 40), new Observed(Start + 20, Value: 20));

        Assert.That(world.List(Start + 50).Select(each => each.Value), Is.EqualTo(new[] { 40d, 30, 20 }));
        Assert.That(world.Read(Start + 50), Is.EqualTo(40));
    }

    [Test]
    public void Of_one_time_the_later_place_in_the_log_is_the_newer()
    {
        var world = new AggregateWorld(new LastAggregate(Lifetime)).See(
            new Observed(Start, Value: 2, Offset: 12), new Observed(Start, Value: 1, Offset: 11));

        Assert.That(world.Read(Start), Is.EqualTo(2));
    }

    [Test]
    public void The_last_value_leaves_with_its_window()
    {
        var world = new AggregateWorld(new LastAggregate(OneHour)).See(new Observed(Start, Value: 5));

        Assert.That(world.NextChange(Start), Is.EqualTo(Start + Hour));
        Assert.That((world.Read(Start + Hour - 1), world.Read(Start + Hour)), Is.EqualTo(((double?)5, (double?)null)));
    }

    [Test]
    public void Another_first_value_is_known_when_the_first_one_leaves()
    {
        var world = new AggregateWorld(new FirstAggregate(OneHour)).See(
            new Observed(Start + (30 * Minute), Value: 2), new Observed(Start + 5, Value: 9), new Observed(Start, Value: 1));

        Assert.That(world.Read(Start + (30 * Minute)), Is.EqualTo(1));
        Assert.That(world.Read(Start + Hour), Is.EqualTo(2));
        Assert.That(world.Read(Start + (90 * Minute)), Is.Null);
    }

    [Test]
    public void The_first_of_a_session_is_of_that_session_though_sessions_take_turns()
    {
        var world = new AggregateWorld(new FirstAggregate(new FeatureWindow(WindowKind.Session))).See(
            new Observed(Start + 100, Value: 1, Session: 9), new Observed(Start + 50, Value: 2, Session: 8),
            new Observed(Start + 95, Value: 3, Session: 8), new Observed(Start + 60, Value: 4, Session: 9));

        Assert.That((world.Read(Start + 200, session: 9), world.Read(Start + 200, session: 8)), Is.EqualTo(((double?)4, (double?)2)));
    }

    [Test]
    public void Recency_grows_once_a_grain()
    {
        var world = new AggregateWorld(new RecencyAggregate(new FeatureWindow(WindowKind.Lifetime, GrainMs: Hour)))
            .See(new Observed(Start + 5), new Observed(Start));

        Assert.That((world.Read(Start + 6), world.NextChange(Start + 6)), Is.EqualTo(((double?)0, Start + 5 + Hour)));
        Assert.That((world.Read(Start + 5 + Hour), world.NextChange(Start + 5 + Hour)), Is.EqualTo(((double?)3_600, Start + 5 + (2 * Hour))));
        Assert.That(new AggregateWorld(new RecencyAggregate(OneHour)).Read(Start), Is.Null);
    }
}
