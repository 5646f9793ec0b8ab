using NUnit.Framework;
using Personalization.Features.Domain.Declared;
using Personalization.Features.Domain.Declared.Aggregates;
using static Personalization.Tests.Features.Declared.AggregateWorld;

namespace Personalization.Tests.Features.Declared;

/// <summary>Decayed sums and affinities.</summary>
public sealed class DecayedAggregateTests
{
    private static readonly FeatureWindow Hourly = new(WindowKind.Lifetime, GrainMs: Hour);

    [Test]
    public void An_amount_counts_half_after_a_half_life()
    {
        var world = new AggregateWorld(new DecayedSumAggregate(Hourly, 7 * Day, isOfAmounts: true)).See(new Observed(Start, 100));

        Assert.That(world.Read(Start), Is.EqualTo(100).Within(1e-6));
        Assert.That(world.Read(Start + (7 * Day)), Is.EqualTo(50).Within(1e-6));
        Assert.That(world.Read(Start + (70 * Day)), Is.EqualTo(100 / 1024d).Within(1e-8));
    }

    [Test]
    public void It_changes_once_a_grain_and_not_in_between()
    {
        var world = new AggregateWorld(new DecayedSumAggregate(Hourly, Day, isOfAmounts: false)).See(new Observed(Start), new Observed(Start + 5 * Minute));

        Assert.That(world.Read(Start + Hour), Is.EqualTo(world.Read(Start + (2 * Hour) - 1)));
        Assert.That(world.NextChange(Start + Hour), Is.EqualTo(Start + (2 * Hour)));
        Assert.That(world.Read(Start + (2 * Hour)), Is.LessThan(world.Read(Start + Hour)));
        Assert.That(new AggregateWorld(new DecayedSumAggregate(Hourly, Day, isOfAmounts: false)).NextChange(Start), Is.EqualTo(long.MaxValue));
    }

    [Test]
    public void The_favourite_is_what_was_liked_most_lately()
    {
        var world = new AggregateWorld(new AffinityAggregate(Hourly, Day, isOfAmounts: false)).See(
            new Observed(Start, Value: 1), new Observed(Start, Value: 1), new Observed(Start, Value: 1), new Observed(Start + (2 * Day), Value: 2));

        Assert.That(world.Read(Start + (2 * Day)), Is.EqualTo(2), "three views two half-lives ago weigh three quarters of one");
        var listed = world.List(Start + (2 * Day));
        Assert.That(listed.Select(each => each.Value), Is.EqualTo(new[] { 2d, 1 }));
        Assert.That(listed[1].Weight, Is.EqualTo(0.75).Within(1e-6));
    }

    [Test]
    public void Of_too_many_values_the_one_seen_longest_ago_is_dropped()
    {
        var affinity = new AffinityAggregate(Hourly, Day, isOfAmounts: false);
        var world = new AggregateWorld(affinity);
        for (var i = 0; i < AffinityAggregate.MaxValues + 10; i++)
        {
            world.See(new Observed(Start + (i * Day), Value: i));
            Assert.That(world.State, Has.Length.LessThanOrEqualTo(affinity.MaxBytes));
        }

        var values = world.List(Start + (100 * Day)).Select(each => each.Value).ToHashSet();
        Assert.That(values, Has.Count.EqualTo(AffinityAggregate.MaxValues));
        Assert.That(values.Contains(9), Is.False);
        Assert.That(values.Contains(10), Is.True);
    }
}
