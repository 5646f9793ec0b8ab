using NUnit.Framework;
using Personalization.Features.Domain.Conditions;
using Personalization.Features.Domain.Declared;
using Personalization.Features.Domain.Declared.Aggregates;
using static Personalization.Tests.Features.Declared.AggregateWorld;

namespace Personalization.Tests.Features.Declared;

/// <summary>Values that are forgotten when nothing has come for so long.</summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
internal sealed class ExpiringAggregateTests
{
    private const long Ttl = Hour;
    private static readonly FeatureWindow Lifetime = new(WindowKind.Lifetime, GrainMs: Minute);

    private readonly AggregateWorld _count = new(new ExpiringAggregate(new CountAggregate(Lifetime), Ttl));

    [Test]
    public void A_value_is_there_until_its_time_is_over_and_says_when_that_is()
    {
        _count.See(new(Start), new(Start + (50 * Minute)));
        var ends = Start + (50 * Minute) + Ttl;

        Assert.That((_count.Read(Start + Hour), _count.NextChange(Start + Hour)), Is.EqualTo((2, ends)));
        Assert.That((_count.Read(ends - 1), _count.NextChange(ends - 1)), Is.EqualTo((2, ends)));
        Assert.That((_count.Read(ends), _count.NextChange(ends)), Is.EqualTo((0, long.MaxValue)), "as if nothing had ever come");
    }

    [Test]
    public void What_comes_after_its_end_begins_anew()
    {
        _count.See(new(Start), new(Start + Minute), new(Start + Minute + Ttl));

        Assert.That(_count.Read(Start + Minute + Ttl), Is.EqualTo(1));
    }

    [Test]
    public void What_comes_late_joins_what_was_with_what_is()
    {
        _count.See(new(Start), new(Start + Ttl + Minute));
        Assert.That(_count.Read(Start + Ttl + Minute), Is.EqualTo(1));

        _count.See(new Observed(Start + Minute));
        Assert.That(_count.Read(Start + Ttl + Minute), Is.EqualTo(1), "it lies too far from what is");
        _count.See(new Observed(Start + (2 * Minute)));

        Assert.That(_count.Read(Start + Ttl + Minute), Is.EqualTo(4));
    }

    [Test]
    public void An_event_from_before_what_is_does_not_wake_what_was()
    {
        _count.See(new(Start), new Observed(Start - (5 * Ttl)));

        Assert.That((_count.Read(Start), _count.Read(Start - (5 * Ttl))), Is.EqualTo((1, 1)), "a reader in the past sees the newest run");
    }

    [Test]
    public void A_window_within_still_counts_only_what_it_holds()
    {
        var world = new AggregateWorld(new ExpiringAggregate(new CountAggregate(new FeatureWindow(WindowKind.Sliding, 20 * Minute, Minute)), Ttl));
        world.See(new(Start), new(Start + (50 * Minute)));

        Assert.That((world.Read(Start + (50 * Minute)), world.NextChange(Start + (50 * Minute))), Is.EqualTo((1, Start + (70 * Minute))));
    }

    [Test]
    public void A_list_is_empty_when_it_has_ended()
    {
        var world = new AggregateWorld(new ExpiringAggregate(new LastNAggregate(Lifetime, 3), Ttl));
        world.See(new(Start, Value: 7), new(Start + Minute, Value: 8, Offset: 1));

        Assert.That(world.List(Start + Hour).Select(each => each.Value), Is.EqualTo(new[] { 8d, 7d }));
        Assert.That(world.List(Start + Minute + Ttl), Is.Empty);
    }

    [Test]
    public void Nothing_that_is_no_later_than_the_time_to_live_changes_a_bit_of_what_is_read_by_coming_late()
    {
        Aggregate[] aggregates = [new CountAggregate(Lifetime), new SumAggregate(new FeatureWindow(WindowKind.Sliding, 3 * Hour, 5 * Minute)), new LastNAggregate(Lifetime, 5), new AffinityAggregate(Lifetime, Hour, isOfAmounts: true)];
        for (var seed = 0; seed < 120; seed++)
        {
            var random = new Random(seed);
            var time = Start;
            var seen = Enumerable.Range(0, random.Next(1, 40)).Select(place =>
                new Observed(time += random.Next(4) == 0 ? random.Next(3 * (int)Ttl) : random.Next((int)Ttl / 3), random.Next(1, 9), random.Next(6), place)).ToList();
            var shuffled = seen.OrderBy(each => each.TimeMs + random.NextInt64(Ttl)).ToArray();
            foreach (var inner in aggregates)
            {
                var expiring = new ExpiringAggregate(inner, Ttl);
                var state = new AggregateWorld(expiring).See(shuffled).State;

                var newestRun = new AggregateWorld(expiring).See([.. LastRun(seen)]).State;
                Assert.That(state[..newestRun.Length], Is.EqualTo(newestRun), $"seed {seed}: what is read");
                Assert.That(state, Has.Length.LessThanOrEqualTo(expiring.MaxBytes));
                Assert.That(
                    Read(expiring, state, new ReadTime(time), out _),
                    Is.EqualTo(Read(inner, new AggregateWorld(inner).See([.. LastRun(seen)]).State, new ReadTime(time), out _)),
                    $"seed {seed}: what a naive look at the last run says");
            }
        }
    }

    [Test]
    public void Two_people_have_the_last_run_of_both()
    {
        var other = new AggregateWorld(new ExpiringAggregate(new CountAggregate(Lifetime), Ttl)).See(new(Start - Ttl - Minute), new(Start + (30 * Minute)), new(Start + (80 * Minute)));
        _count.See(new(Start), new(Start + (130 * Minute)));

        _count.Take(other);

        Assert.That(_count.Read(Start + (130 * Minute)), Is.EqualTo(4), "one's fills the other's gap");
    }

    [Test]
    public void No_state_is_larger_than_the_room_for_it()
    {
        var factory = new AggregateFactory(FeatureWorld.Hasher);
        var ninetyDays = 90L * 24 * Hour;
        FeatureWindow[] windows = [Lifetime, new(WindowKind.Sliding, ninetyDays, ninetyDays / 120)];
        foreach (var kind in Enum.GetValues<AggregateKind>().Where(kind => kind != AggregateKind.Ratio))
        {
            foreach (var window in kind == AggregateKind.First ? windows : [.. windows, new(WindowKind.Sliding, 512 * Hour, Hour)])
            {
                var definition = new FeatureDefinition
                {
                    Id = "a", Aggregate = kind, Pattern = new EventPattern([], null), Window = window, N = LastNAggregate.MaxN, PerMs = 1, HalfLifeMs = Hour, TtlMs = Ttl,
                };
                Assert.That(factory.Create(definition).MaxBytes, Is.LessThanOrEqualTo(FeatureStates.MaxStateBytes).And.LessThan(ushort.MaxValue), $"{kind}");
            }
        }
    }

    private static IEnumerable<Observed> LastRun(List<Observed> seen)
    {
        var first = seen.Count - 1;
        while (first > 0 && seen[first].TimeMs - seen[first - 1].TimeMs < Ttl)
        {
            first--;
        }

        return seen[first..];
    }
}
