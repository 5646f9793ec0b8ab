using NUnit.Framework;
using Personalization.Features.Domain.Declared;
using Personalization.Features.Domain.Declared.Aggregates;
using static Personalization.Tests.Features.Declared.AggregateWorld;

namespace Personalization.Tests.Features.Declared;

public sealed class SumAggregateTests
{
    private static readonly FeatureWindow Lifetime = new(WindowKind.Lifetime);

    [Test]
    public void A_sum_is_exact_where_doubles_are_not()
    {
        var world = new AggregateWorld(new SumAggregate(Lifetime));
        for (var i = 0; i < 1_000; i++)
        {
            world.See(new Observed(Start, 0.1));
        }

        Assert.That(world.Read(Start), Is.EqualTo(100), "the double sum of 0.1, a thousand times, is 99.9999999999986");
    }

    [Test]
    public void A_sum_of_the_largest_amounts_neither_overflows_nor_forgets_the_smallest()
    {
        var world = new AggregateWorld(new SumAggregate(Lifetime));
        for (var i = 0; i < 100; i++)
        {
            world.See(new Observed(Start, Millionths.Max));
        }

        world.See(new Observed(Start, -Millionths.Max), new Observed(Start, 0.000001));

        Assert.That(world.Read(Start), Is.EqualTo((99 * 1e12) + 0.000001));
        Assert.That(Millionths.TryOf(1.1e12, out _), Is.False);
        Assert.That(Millionths.TryOf(double.NaN, out _), Is.False);
    }

    [Test]
    public void The_average_is_of_the_window_and_nothing_without_events()
    {
        var world = new AggregateWorld(new AverageAggregate(new FeatureWindow(WindowKind.Sliding, Hour, Minute)))
            .See(new Observed(Start, 10), new Observed(Start + (30 * Minute), 20), new Observed(Start + (31 * Minute), 40));

        Assert.That(world.Read(Start + (31 * Minute)), Is.EqualTo(70d / 3));
        Assert.That(world.Read(Start + Hour), Is.EqualTo(30));
        Assert.That(world.Read(Start + (2 * Hour)), Is.Null);
    }

    [Test]
    public void The_smallest_and_the_largest_are_known_again_when_a_smaller_or_larger_one_leaves()
    {
        var window = new FeatureWindow(WindowKind.Sliding, Hour, Minute);
        Observed[] seen = [new(Start, -5), new(Start, 99), new(Start + (20 * Minute), 3), new(Start + (40 * Minute), 7)];
        var min = new AggregateWorld(new MinAggregate(window)).See(seen);
        var max = new AggregateWorld(new MaxAggregate(window)).See(seen);

        Assert.That((min.Read(Start + (40 * Minute)), max.Read(Start + (40 * Minute))), Is.EqualTo((-5, 99)));
        Assert.That((min.Read(Start + Hour), max.Read(Start + Hour)), Is.EqualTo((3, 7)));
        Assert.That(min.Read(Start + (80 * Minute)), Is.EqualTo(7));
        Assert.That(max.Read(Start + (100 * Minute)), Is.Null);
    }
}
