using NUnit.Framework;
using Personalization.Features.Domain.History;
using Personalization.Features.Domain.Traits;
using Personalization.Tests.Features.History;
using Personalization.Tests.Features.Traits;
using Personalization.Tracking.Contracts;

namespace Personalization.Tests.Budgets;

/// <summary>What a history and traits may allocate and hold.</summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
internal sealed class HistoryBudgetTests
{
    /// <summary>
    /// Bytes an event that are allocated over a profile's life. Not zero: what is kept must lie somewhere, and readers, who never wait, keep an
    /// array while a profile outgrows it or drops what is too old. A full profile of 500 events is copied once in 125.
    /// </summary>
    private const long BytesPerEvent = 350;

    /// <summary>Of an event of one product, with device and campaign of its visit, a header and a third for growing included.</summary>
    private const long HeldPerEvent = 45;
    private const string Context = """{"device":{"type":"mobile"},"campaign":{"source":"newsletter","medium":"email","name":"autumn"},"locale":"de-DE","userAgent":"Mozilla/5.0","page":{"path":"/p/1","title":"A page"}}""";
    private readonly HistoryWorld _world = new();

    [Test]
    public void An_event_that_has_room_allocates_nothing()
    {
        var events = Events(300);
        events[..260].ToList().ForEach(_world.Send);
        var room = _world.History.BytesOf(1);

        var allocated = Allocated(events[260..264]);

        Assert.That(_world.History.BytesOf(1), Is.EqualTo(room), "the array was not outgrown");
        Assert.That(allocated, Is.Zero);
    }

    [Test]
    public void A_full_profile_stays_within_its_budgets()
    {
        var events = Events(5_000);
        events[..1_000].ToList().ForEach(_world.Send);

        var allocated = Allocated(events[1_000..]);

        TestContext.Out.WriteLine($"{allocated / 4_000} bytes allocated an event, {_world.History.BytesOf(1)} bytes held for {_world.Read().Events.Length}");
        Assert.That(allocated / 4_000, Is.LessThanOrEqualTo(BytesPerEvent));
        Assert.That(_world.History.BytesOf(1), Is.LessThanOrEqualTo(625 * HeldPerEvent));
    }

    [Test]
    public void A_late_event_costs_one_copy_of_the_profile_and_one_that_is_too_late_nothing()
    {
        var events = Events(700);
        events[..500].ToList().ForEach(_world.Send);
        foreach (var late in events[500..600])
        {
            late.TimestampMs = events[400].TimestampMs + 1;
        }

        foreach (var tooLate in events[600..])
        {
            tooLate.TimestampMs = events[0].TimestampMs;
        }

        _world.Send(events[500]);
        var allocated = Allocated(events[501..600]) / 99;
        TestContext.Out.WriteLine($"{allocated} bytes a late event");

        Assert.That(allocated, Is.LessThanOrEqualTo(2 * 625 * HeldPerEvent));
        Assert.That(Allocated(events[600..]), Is.Zero);
        Assert.That(_world.Read().Events.ToArray().Count(fact => fact.TimeMs == events[400].TimestampMs + 1), Is.EqualTo(100));
    }

    [Test]
    public void A_read_allocates_nothing()
    {
        Events(500).ToList().ForEach(_world.Send);
        var facts = new ProfileFacts();
        _world.History.TryRead(1, facts);

        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 1_000; i++)
        {
            _world.History.TryRead(1, facts);
        }

        Assert.That(GC.GetAllocatedBytesForCurrentThread() - before, Is.Zero);
        Assert.That(facts.Events.Length, Is.EqualTo(500));
    }

    [Test]
    public void A_profile_of_a_few_views_is_small()
    {
        foreach (var count in new[] { 1, 10, 32 })
        {
            var world = new HistoryWorld();
            Events(count, world).ToList().ForEach(world.Send);
            TestContext.Out.WriteLine($"{world.History.BytesOf(1)} bytes for {count} events");
            Assert.That(world.History.BytesOf(1), Is.LessThanOrEqualTo(200 + (count * HeldPerEvent)));
        }
    }

    [Test]
    public void Traits_that_are_said_again_and_are_read_allocate_nothing()
    {
        const string traits = """{"plan":"gold","age":42,"company":{"size":10},"email":"a@b.example"}""";
        var world = new TraitWorld();
        world.Identify(traits);
        var again = Enumerable.Range(1, 100).Select(i => world.Call(EventType.Identify, traits, timeMs: HistoryWorld.Start + i)).ToArray();
        var set = new TraitSet();
        world.Apply(again[0]);
        world.Traits.TryRead(1, set);

        var before = GC.GetAllocatedBytesForCurrentThread();
        foreach (var call in again)
        {
            world.Apply(call);
            world.Traits.TryRead(1, set);
        }

        Assert.That(GC.GetAllocatedBytesForCurrentThread() - before, Is.Zero);
        Assert.That(set.All[0].TimeMs, Is.EqualTo(HistoryWorld.Start + 100));
    }

    private TrackedEvent[] Events(int count, HistoryWorld? world = null) =>
        [.. Enumerable.Range(0, count).Select(i => (world ?? _world).Event("Product Viewed", """{"product_id":"tent","price":12.5,"title":"A tent for two"}""", Context, null, i % 50))];

    private long Allocated(TrackedEvent[] events)
    {
        var before = GC.GetAllocatedBytesForCurrentThread();
        foreach (var each in events)
        {
            _world.Send(each);
        }

        return GC.GetAllocatedBytesForCurrentThread() - before;
    }
}
