using System.Diagnostics;
using NUnit.Framework;
using Personalization.Features;
using Personalization.Features.Contracts;
using Personalization.Kernel.Privacy;
using Personalization.Tests.Support;
using Personalization.Tracking.Contracts;
using static Personalization.Tests.Features.FeatureWorld;

namespace Personalization.Tests.Features;

[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class ProfileFeatureStoreTests
{
    private static readonly EventKind[] Kinds =
    [
        EventKind.ProductViewed, EventKind.ProductViewed, EventKind.ProductClicked, EventKind.ProductAdded, EventKind.ProductRemoved,
        EventKind.OrderCompleted, EventKind.ProductsSearched, EventKind.Other,
    ];

    private readonly FeatureWorld _world = new();

    [Test]
    public void Nothing_is_kept_of_who_may_not_be_profiled()
    {
        var refused = _world.Event(EventKind.ProductViewed, Start, 1);
        refused.MayProfile = false;

        _world.Stage.Apply(refused);

        Assert.That(refused.SessionNumber, Is.Zero);
        Assert.That(_world.Store.TryRead(1, new ProfileView()), Is.False);
        Assert.That(_world.Store.Digest(1), Is.Empty);
    }

    [Test]
    public void An_unknown_profile_clears_the_view()
    {
        _world.Send(EventKind.ProductViewed, Start, 1);
        var view = _world.Read();

        Assert.That(_world.Store.TryRead(2_000_000, view), Is.False);
        Assert.That(_world.Store.TryRead(-1, view), Is.False);
        Assert.That((view.Recent(RecentKind.Viewed).Length, view.Counters.Events, view.SessionNumber), Is.EqualTo((0, 0, 0L)));
    }

    [Test]
    public void Each_kind_of_event_counts()
    {
        foreach (var kind in Kinds)
        {
            _world.Send(kind, Start, 1);
        }

        var counters = _world.Read().Counters;
        Assert.That((counters.Events, counters.Views, counters.Adds, counters.Orders, counters.Searches, counters.Sessions),
            Is.EqualTo((8, 2, 1, 1, 1, 1)));
    }

    [TestCase(25.5f, 25.5)]
    [TestCase(float.NaN, 30)]
    [TestCase(-3f, 30)]
    [TestCase(float.PositiveInfinity, 30)]
    public void Revenue_is_what_the_order_says_or_else_the_sum_of_its_lines(float stated, double counted)
    {
        var order = _world.Event(EventKind.OrderCompleted, Start, 1, 2, 3);
        order.Revenue = stated;
        order.Lines[0].Price = 10;
        order.Lines[1].Price = 5;
        order.Lines[1].Quantity = 4;

        _world.Stage.Apply(order);

        Assert.That(_world.Read().Counters.Revenue, Is.EqualTo(counted));
    }

    [Test]
    public void Affinities_are_heaviest_first_and_halve_in_a_half_life()
    {
        _world.Send(EventKind.ProductViewed, Start - (30 * Day), 0);
        _world.Send(EventKind.ProductAdded, Start - (60 * Day), 1);
        _world.Send(EventKind.OrderCompleted, Start, 2);

        var view = _world.Read();

        Assert.That(view.Categories.ToArray().Select(affinity => affinity.Term), Is.EqualTo(new[] { 102, 101, 100 }));
        Assert.That(view.Categories.ToArray().Select(affinity => affinity.Weight), Is.EqualTo(new[] { 5f, 0.75f, 0.5f }).Within(1e-6));
        Assert.That(view.Brands.Length, Is.EqualTo(3));
    }

    [TestCase(7, -4_000)]
    [TestCase(7, 8_300)]
    [TestCase(3_650, -4_000)]
    public void Affinities_stay_finite_over_the_whole_range_of_time_and_half_life(double halfLifeDays, int day)
    {
        var world = new FeatureWorld(new FeaturesOptions { AffinityHalfLifeDays = halfLifeDays });
        for (var i = 0; i < 100; i++)
        {
            world.Send(EventKind.OrderCompleted, Start + (day * Day), 1);
        }

        var weight = world.Read().Categories[0].Weight;

        Assert.That(weight, Is.Not.NaN.And.GreaterThanOrEqualTo(0));
        Assert.That(world.Store.Digest(1), Is.Not.Empty);
    }

    [Test]
    public void A_ninth_category_takes_the_place_of_the_lightest()
    {
        for (var term = 0; term < 9; term++)
        {
            var view = _world.Event(EventKind.ProductViewed, Start + (term * Day), 1);
            view.Lines[0].CategoryTerm = term;
            _world.Stage.Apply(view);
        }

        Assert.That(_world.Read().Categories.ToArray().Select(affinity => affinity.Term), Is.EqualTo(Enumerable.Range(1, 8).Reverse()));
    }

    [Test]
    public void Any_order_of_arrival_gives_the_same_features([Range(1, 20)] int seed)
    {
        // No more than the lists hold, and sessions that are near: what is bounded forgets in order of arrival.
        var random = new Random(seed);
        var events = Enumerable.Range(0, 60)
            .Select(i => (Kind: Kinds[random.Next(Kinds.Length)], Time: Start + (i * Minute), Item: random.Next(8)))
            .ToArray();
        var inOrder = Features(events);
        random.Shuffle(events);
        var shuffled = Features(events);

        Assert.Multiple(() =>
        {
            foreach (var kind in Enum.GetValues<RecentKind>())
            {
                Assert.That(shuffled.Recent(kind).ToArray(), Is.EqualTo(inOrder.Recent(kind).ToArray()), kind.ToString());
            }

            Assert.That(shuffled.Counters with { Sessions = 0 }, Is.EqualTo(inOrder.Counters with { Sessions = 0 }));
            AssertSame(shuffled.Categories, inOrder.Categories);
            AssertSame(shuffled.Brands, inOrder.Brands);
        });
    }

    [Test]
    public void The_same_events_give_the_same_bytes()
    {
        var other = new FeatureWorld();
        Play(_world, seed: 4, events: 500);
        Play(other, seed: 4, events: 500);

        Assert.That(other.Store.Digest(1), Is.EqualTo(_world.Store.Digest(1)).And.Not.Empty);
    }

    [Test]
    public void A_merge_moves_everything_and_empties_the_former_profile()
    {
        _world.Send(EventKind.ProductViewed, Start, 1);
        _world.Send(EventKind.ProductAdded, Start + 1, 2);
        SendAs(2, EventKind.ProductViewed, Start + 2, 3);
        SendAs(2, EventKind.OrderCompleted, Start + 3, 2);
        var current = _world.Read(2).SessionNumber;

        _world.Stage.Merge(2, 1);

        var view = _world.Read();
        Assert.Multiple(() =>
        {
            Assert.That(_world.Items(RecentKind.Viewed), Is.EqualTo(new[] { 3, 1 }));
            Assert.That(_world.Items(RecentKind.Added), Is.Empty, "bought on the other device");
            Assert.That(_world.Items(RecentKind.Purchased), Is.EqualTo(new[] { 2 }));
            Assert.That((view.Counters.Events, view.Counters.Views, view.Counters.Sessions), Is.EqualTo((4, 2, 2)));
            Assert.That(view.Categories[0].Term, Is.EqualTo(102));
            Assert.That(view.Categories[0].Weight, Is.EqualTo(8).Within(1e-4));
            Assert.That(view.SessionNumber, Is.EqualTo(current));
            Assert.That(_world.Store.TryRead(2, new ProfileView()), Is.False);
        });
    }

    [Test]
    public void A_merge_into_a_new_profile_and_one_of_nothing_are_no_matter()
    {
        _world.Send(EventKind.ProductViewed, Start, 1);
        var before = _world.Store.Digest(1);

        _world.Stage.Merge(1, 5);
        _world.Stage.Merge(9, 5);
        _world.Stage.Merge(5, 5);

        Assert.That(_world.Store.Digest(5), Is.EqualTo(before));
        Assert.That(_world.Store.Digest(1), Is.Empty);
    }

    [Test]
    public void A_session_that_both_profiles_know_by_name_becomes_one()
    {
        _world.SendIn(7, Start);
        var late = _world.Event(EventKind.ProductViewed, Start + Minute, 1);
        late.ProfileId = 2;
        late.SessionKey = 7;
        _world.Stage.Apply(late);

        _world.Stage.Merge(2, 1);

        var view = _world.Read();
        Assert.That((view.Counters.Sessions, view.SessionEvents, view.SessionStartMs, view.LastEventMs), Is.EqualTo((1, 2, Start, Start + Minute)));
    }

    [Test]
    public void A_checkpoint_gives_back_the_same_bytes()
    {
        var rows = new CheckpointRows();
        for (var profile = 0; profile < 50; profile++)
        {
            Play(_world, seed: profile, events: profile * 7, profile);
            rows.Take(_world.Store);
        }

        var reloaded = new FeatureWorld();
        rows.GiveTo(reloaded.Store);

        for (var profile = 0; profile < 50; profile++)
        {
            Assert.That(reloaded.Store.Digest(profile), Is.EqualTo(_world.Store.Digest(profile)), $"profile {profile}");
        }

        Play(_world, seed: 99, events: 50, profile: 40);
        Play(reloaded, seed: 99, events: 50, profile: 40);
        Assert.That(reloaded.Read(40).Recent(RecentKind.Viewed).ToArray(), Is.EqualTo(_world.Read(40).Recent(RecentKind.Viewed).ToArray()));
    }

    [Test]
    public void Only_what_changed_is_collected()
    {
        _world.Send(EventKind.ProductViewed, Start, 1);
        SendAs(2, EventKind.ProductViewed, Start, 1);
        new CheckpointRows().Take(_world.Store);
        _world.Send(EventKind.ProductViewed, Start, 2);
        _world.Send(EventKind.ProductViewed, Start, 3);
        var rows = new CheckpointRows();

        rows.Take(_world.Store);

        Assert.That(rows.Count, Is.EqualTo(1));
    }

    [Test]
    public async Task An_erased_profile_is_gone_from_memory_and_from_the_next_checkpoint()
    {
        var rows = new CheckpointRows();
        _world.Send(EventKind.ProductViewed, Start, 1);
        SendAs(2, EventKind.ProductViewed, Start, 1);
        rows.Take(_world.Store);
        var subject = new ErasureSubject(new HashSet<int> { 1, 3 }, [], new HashSet<UInt128>());

        Assert.That(await _world.Store.EraseAsync(subject, CancellationToken.None), Is.EqualTo(1));
        Assert.That(await _world.Store.EraseAsync(subject, CancellationToken.None), Is.Zero);

        rows.Take(_world.Store);
        Assert.That(_world.Store.TryRead(1, new ProfileView()), Is.False);
        Assert.That(rows.Count, Is.EqualTo(1));
    }

    [Test]
    public async Task A_reader_sees_only_whole_versions()
    {
        // Every event is a view of a new item a millisecond later, so all fields follow from one of them.
        using var stop = new CancellationTokenSource();
        var writer = Task.Run(() =>
        {
            for (var i = 0; !stop.IsCancellationRequested; i++)
            {
                _world.Send(EventKind.ProductViewed, Start + i, i % 1_000);
            }
        });
        var view = new ProfileView();
        var torn = 0;
        var distinct = new HashSet<int>();
        var patience = Stopwatch.StartNew();
        for (var i = 0; i < 200_000 || (distinct.Count <= 10 && patience.Elapsed < TimeSpan.FromSeconds(30)); i++)
        {
            if (_world.Store.TryRead(1, view))
            {
                distinct.Add(view.Counters.Events);
                torn += IsWhole(view) ? 0 : 1;
            }
        }

        await stop.CancelAsync();
        await writer;
        Assert.That(torn, Is.Zero);
        Assert.That(distinct, Has.Count.GreaterThan(10), "the writer hardly ran");
    }

    private static bool IsWhole(ProfileView view)
    {
        var events = view.Counters.Events;
        var viewed = view.Recent(RecentKind.Viewed);
        var isWhole = view.Counters.Views == events && view.SessionEvents == Math.Min(events, ushort.MaxValue) && view.LastEventMs == Start + events - 1 &&
            viewed.Length == Math.Min(events, 32);
        for (var i = 0; i < viewed.Length; i++)
        {
            isWhole &= viewed[i] == new RecentItem((events - 1 - i) % 1_000, Start + events - 1 - i);
        }

        return isWhole;
    }

    private static ProfileView Features((EventKind Kind, long Time, int Item)[] events)
    {
        var world = new FeatureWorld();
        foreach (var (kind, time, item) in events)
        {
            world.Send(kind, time, item);
        }

        return world.Read();
    }

    private static void AssertSame(ReadOnlySpan<Affinity> actual, ReadOnlySpan<Affinity> expected)
    {
        Assert.That(actual.Length, Is.EqualTo(expected.Length));
        var weights = expected.ToArray().ToDictionary(affinity => affinity.Term, affinity => affinity.Weight);
        foreach (var (term, weight) in actual)
        {
            Assert.That(weight, Is.EqualTo(weights[term]).Within(1e-6 * weights[term]));
        }
    }

    private static void Play(FeatureWorld world, int seed, int events, int profile = 1)
    {
        var random = new Random(seed);
        for (var i = 0; i < events; i++)
        {
            var played = world.Event(Kinds[random.Next(Kinds.Length)], Start + random.NextInt64(100 * Day), random.Next(100), random.Next(100));
            played.ProfileId = profile;
            played.SessionKey = (ulong)random.Next(3);
            world.Stage.Apply(played);
        }
    }

    private void SendAs(int profile, EventKind kind, long timestampMs, int item)
    {
        var sent = _world.Event(kind, timestampMs, item);
        sent.ProfileId = profile;
        _world.Stage.Apply(sent);
    }
}
