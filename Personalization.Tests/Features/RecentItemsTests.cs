using NUnit.Framework;
using Personalization.Features.Contracts;
using Personalization.Tracking.Contracts;
using static Personalization.Tests.Features.FeatureWorld;

namespace Personalization.Tests.Features;

[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class RecentItemsTests
{
    private readonly FeatureWorld _world = new();

    [Test]
    public void The_newest_item_comes_first()
    {
        _world.Send(EventKind.ProductViewed, Start, 5);
        _world.Send(EventKind.ProductViewed, Start + 1, 7);

        Assert.That(_world.Items(RecentKind.Viewed), Is.EqualTo(new[] { 7, 5 }));
        Assert.That(_world.Read().Recent(RecentKind.Viewed)[0], Is.EqualTo(new RecentItem(7, Start + 1)));
    }

    [Test]
    public void An_item_seen_again_moves_to_its_newest_time()
    {
        _world.Send(EventKind.ProductViewed, Start, 5);
        _world.Send(EventKind.ProductViewed, Start + 1, 7);
        _world.Send(EventKind.ProductViewed, Start + 2, 5);

        Assert.That(_world.Items(RecentKind.Viewed), Is.EqualTo(new[] { 5, 7 }));
    }

    [Test]
    public void A_late_event_falls_where_it_belongs()
    {
        _world.Send(EventKind.ProductViewed, Start, 1);
        _world.Send(EventKind.ProductViewed, Start + 20, 3);
        _world.Send(EventKind.ProductViewed, Start + 10, 2);
        _world.Send(EventKind.ProductViewed, Start + 5, 3);

        Assert.That(_world.Items(RecentKind.Viewed), Is.EqualTo(new[] { 3, 2, 1 }));
    }

    [Test]
    public void A_full_list_keeps_the_newest_and_ignores_what_is_older()
    {
        for (var i = 0; i < 40; i++)
        {
            _world.Send(EventKind.ProductViewed, Start + i, i);
        }

        _world.Send(EventKind.ProductViewed, Start - 1, 99);

        Assert.That(_world.Items(RecentKind.Viewed), Is.EqualTo(Enumerable.Range(8, 32).Reverse()));
    }

    [Test]
    public void A_removed_product_leaves_the_cart()
    {
        _world.Send(EventKind.ProductAdded, Start, 1);
        _world.Send(EventKind.ProductAdded, Start + 1, 2);
        _world.Send(EventKind.ProductRemoved, Start + 2, 1);

        Assert.That(_world.Items(RecentKind.Added), Is.EqualTo(new[] { 2 }));
    }

    [Test]
    public void An_add_that_arrives_after_the_removal_that_followed_it_does_not_fill_the_cart_again()
    {
        _world.Send(EventKind.ProductRemoved, Start + 2, 1);
        _world.Send(EventKind.ProductAdded, Start, 1);
        Assert.That(_world.Items(RecentKind.Added), Is.Empty);

        _world.Send(EventKind.ProductAdded, Start + 3, 1);
        Assert.That(_world.Items(RecentKind.Added), Is.EqualTo(new[] { 1 }));
    }

    [Test]
    public void An_order_moves_its_lines_from_the_cart_to_what_was_bought()
    {
        _world.Send(EventKind.ProductAdded, Start, 1);
        _world.Send(EventKind.ProductAdded, Start + 1, 2);
        _world.Send(EventKind.OrderCompleted, Start + 2, 2, 3);
        _world.Send(EventKind.ProductAdded, Start + 1, 3);

        Assert.That(_world.Items(RecentKind.Added), Is.EqualTo(new[] { 1 }));
        Assert.That(_world.Items(RecentKind.Purchased), Is.EquivalentTo(new[] { 2, 3 }));
    }

    [Test]
    public void A_removal_from_before_the_add_takes_nothing_out()
    {
        _world.Send(EventKind.ProductAdded, Start + 5, 1);
        _world.Send(EventKind.ProductRemoved, Start, 1);

        Assert.That(_world.Items(RecentKind.Added), Is.EqualTo(new[] { 1 }));
    }

    [Test]
    public void Lines_without_a_number_are_left_out()
    {
        _world.Send(EventKind.ProductViewed, Start, -1);
        _world.Send(EventKind.OrderCompleted, Start, -1, 4);

        Assert.That(_world.Items(RecentKind.Viewed), Is.Empty);
        Assert.That(_world.Items(RecentKind.Purchased), Is.EqualTo(new[] { 4 }));
    }

    [TestCase(long.MinValue, 1_420_070_400_000)]
    [TestCase(0, 1_420_070_400_000)]
    [TestCase(long.MaxValue, 1_420_070_400_000 + (1L << 40) - 1)]
    public void Absurd_times_are_clamped(long timestampMs, long kept)
    {
        _world.Send(EventKind.ProductViewed, timestampMs, 1);

        Assert.That(_world.Read().Recent(RecentKind.Viewed)[0].TimestampMs, Is.EqualTo(kept));
    }

    [Test]
    public void The_highest_item_number_fits()
    {
        _world.Send(EventKind.ProductViewed, Start, 16_777_215);

        Assert.That(_world.Read().Recent(RecentKind.Viewed)[0], Is.EqualTo(new RecentItem(16_777_215, Start)));
    }

    [Test]
    public void All_lists_full_stay_apart()
    {
        for (var i = 0; i < 100; i++)
        {
            _world.Send(EventKind.ProductViewed, Start + (i * 5), 1_000 + i);
            _world.Send(EventKind.ProductAdded, Start + (i * 5) + 1, 2_000 + i);
            _world.Send(EventKind.OrderCompleted, Start + (i * 5) + 2, 3_000 + i);
            _world.Send(EventKind.ProductRemoved, Start + (i * 5) + 3, 4_000 + i);
        }

        Assert.That(_world.Items(RecentKind.Viewed), Is.EqualTo(Enumerable.Range(1_068, 32).Reverse()));
        Assert.That(_world.Items(RecentKind.Added), Is.EqualTo(Enumerable.Range(2_084, 16).Reverse()));
        Assert.That(_world.Items(RecentKind.Purchased), Is.EqualTo(Enumerable.Range(3_068, 32).Reverse()));
    }
}
