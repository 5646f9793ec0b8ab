using NUnit.Framework;
using Personalization.Features.Domain.Declared;
using Personalization.Features.Domain.Declared.Aggregates;
using static Personalization.Tests.Features.Declared.AggregateWorld;

namespace Personalization.Tests.Features.Declared;

public sealed class DistinctAggregateTests
{
    [Test]
    public void A_value_counts_once_and_leaves_with_the_last_time_that_it_was_seen()
    {
        var world = new AggregateWorld(new DistinctAggregate(new FeatureWindow(WindowKind.Sliding, Hour, Minute), FeatureWorld.Hasher)).See(
            new Observed(Start + (30 * Minute), Value: 1), new Observed(Start, Value: 1), new Observed(Start, Value: 2));

        Assert.That(world.Read(Start + (30 * Minute)), Is.EqualTo(2));
        Assert.That(world.NextChange(Start + (30 * Minute)), Is.EqualTo(Start + Hour));
        Assert.That(world.Read(Start + Hour), Is.EqualTo(1));
        Assert.That(world.Read(Start + (90 * Minute)), Is.Zero);
    }

    [Test]
    public void Beyond_its_bound_the_count_stays_at_the_bound_and_is_exact_again_below_it()
    {
        var distinct = new DistinctAggregate(new FeatureWindow(WindowKind.Sliding, Hour, Minute), FeatureWorld.Hasher);
        var world = new AggregateWorld(distinct);
        for (var i = 0; i < 1_500; i++)
        {
            world.See(new Observed(Start + (i / 50 * Minute), Value: i));
        }

        Assert.That(world.State, Has.Length.LessThanOrEqualTo(distinct.MaxBytes));
        Assert.That(world.Read(Start + (29 * Minute)), Is.EqualTo(DistinctAggregate.MaxValues));

        // Values 500 and up came from the tenth minute on.
        Assert.That(world.Read(Start + Hour + (9 * Minute)), Is.EqualTo(1_000));
    }

    [Test]
    public void A_value_of_a_session_before_does_not_hide_the_same_one_in_this()
    {
        var world = new AggregateWorld(new DistinctAggregate(new FeatureWindow(WindowKind.Session), FeatureWorld.Hasher)).See(
            new Observed(Start, Value: 1, Session: 5), new Observed(Start, Value: 1, Session: 9), new Observed(Start, Value: 2, Session: 5));

        Assert.That((world.Read(Start, session: 5), world.Read(Start, session: 9)), Is.EqualTo(((double?)2, (double?)1)));
    }
}
