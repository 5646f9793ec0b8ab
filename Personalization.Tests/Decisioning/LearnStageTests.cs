using NUnit.Framework;
using Personalization.Decisioning.Contracts;
using Personalization.Tracking.Contracts;

namespace Personalization.Tests.Decisioning;

[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class LearnStageTests
{
    private readonly FakeShop _shop = new();

    [Test]
    public void Nothing_is_learnt_from_an_event_that_may_not_train()
    {
        var refused = _shop.Event(EventKind.ProductViewed, 1, 1, FakeShop.Start, 5);
        refused.MayTrain = false;

        _shop.Stage.Apply(refused);

        Assert.That((_shop.Models.Sessions.Learnt, _shop.Models.Popularity.Rebuild()), Is.EqualTo((0L, false)));
    }

    [TestCase(EventKind.ProductViewed)]
    [TestCase(EventKind.ProductClicked)]
    [TestCase(EventKind.ProductAdded)]
    [TestCase(EventKind.RecommendationClicked)]
    public void What_a_shopper_turns_to_joins_the_session(EventKind kind)
    {
        _shop.Send(kind, 1, 1, FakeShop.Start, 5);

        Assert.That(_shop.Models.Sessions.Learnt, Is.EqualTo(1));
    }

    [TestCase(EventKind.ProductRemoved)]
    [TestCase(EventKind.RecommendationViewed)]
    [TestCase(EventKind.ProductListViewed)]
    [TestCase(EventKind.Other)]
    public void What_says_nothing_of_a_shoppers_wish_is_not_learnt(EventKind kind)
    {
        _shop.Send(kind, 1, 1, FakeShop.Start, 5);

        Assert.That((_shop.Models.Sessions.Learnt, _shop.Models.Popularity.Rebuild()), Is.EqualTo((0L, false)));
    }

    [Test]
    public void A_click_and_the_view_it_leads_to_are_one_step()
    {
        _shop.Send(EventKind.ProductClicked, 1, 1, FakeShop.Start, 5);
        _shop.Send(EventKind.ProductViewed, 1, 1, FakeShop.Start, 5);
        _shop.Send(EventKind.ProductAdded, 1, 1, FakeShop.Start, 5);

        Assert.That(_shop.Models.Sessions.Learnt, Is.EqualTo(1));
    }

    [Test]
    public void An_event_of_no_session_counts_as_popular_only()
    {
        _shop.Send(EventKind.ProductViewed, 1, 0, FakeShop.Start, 5);

        Assert.That((_shop.Models.Sessions.Learnt, _shop.Models.Popularity.Rebuild()), Is.EqualTo((0L, true)));
    }

    [Test]
    public void Items_without_a_number_are_passed_over()
    {
        _shop.Send(EventKind.OrderCompleted, 1, 1, FakeShop.Start, -1, 5, -1);
        _shop.Send(EventKind.ProductViewed, 1, 1, FakeShop.Start, -1);

        _shop.Models.Popularity.Rebuild();

        Assert.That(_shop.Models.Popularity.Snapshot.Popular.Select(item => item.Item), Is.EqualTo((int[])[5]));
    }

    [Test]
    public void An_order_weighs_more_than_a_few_views()
    {
        _shop.Session(1, 5);
        _shop.Session(2, 5);
        _shop.Send(EventKind.OrderCompleted, 3, 1, FakeShop.Start, 6);

        _shop.Models.Popularity.Rebuild();

        Assert.That(_shop.Models.Popularity.Snapshot.Popular[0].Item, Is.EqualTo(6));
    }

    [Test]
    public void The_event_just_sent_changes_the_next_answer()
    {
        _shop.Session(10, 1, 2);
        var question = new RecommendationRequest { Placement = "similar", Items = ["i50"] };
        var before = _shop.Personalizer().Recommend(question)!;

        _shop.Session(11, 50, 2);
        var after = _shop.Personalizer().Recommend(question)!;

        Assert.Multiple(() =>
        {
            Assert.That(before.Items[0].Id, Is.Not.EqualTo("i2"));
            Assert.That(after.Items[0].Id, Is.EqualTo("i2"));
        });
    }

    [Test]
    public void A_steady_event_allocates_nothing()
    {
        var random = new Random(1);
        for (var i = 0; i < 20_000; i++)
        {
            _shop.Models.ViewedTogether.Learn(random.Next(100), random.Next(100), 1, FakeShop.Start + i);
            _shop.Models.Sessions.Learn(random.Next(3000), 1, random.Next(100), FakeShop.Start + i);
        }

        var seen = Enumerable.Range(0, 100).Select(i => _shop.Event(EventKind.ProductViewed, i, 2, FakeShop.Start + i, i)).ToList();
        Action<TrackedEvent> apply = _shop.Stage.Apply;
        seen.ForEach(apply);
        seen.ForEach(apply);

        var before = GC.GetAllocatedBytesForCurrentThread();
        seen.ForEach(apply);

        Assert.That(GC.GetAllocatedBytesForCurrentThread() - before, Is.LessThan(seen.Count), "an object for each event would be 24 bytes a piece");
    }
}
