using NUnit.Framework;
using Personalization.Features.Contracts;
using static Personalization.Tests.Features.Conditions.ConditionWorld;

namespace Personalization.Tests.Features.Triggers;

[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
internal sealed class ItemAndEngagementTriggerTests
{
    private const string Drop = """{"kind":"price_drop","within":"30d","minShare":0.1,"cooldown":"1s"}""";
    private const string Falling = """{"kind":"engagement_fall","event":"Visit","window":"7d","baseline":"28d","share":0.5,"minimum":8,"cooldown":"30d"}""";
    private readonly TriggerWorld _world = new();

    [Test]
    public void A_price_that_falls_is_told_to_who_looked_at_the_item()
    {
        _world.Define(Drop).Arrives("Product Viewed", 1, lines: [("p1", "c", 100)]).Changes(TriggerKind.PriceDrop, "p1", 100, 80).Passes(1.001);

        Assert.That(_world.FiredAt, Is.EqualTo((double[])[1]));
        Assert.That((_world.Fired[0].Item, _world.Fired[0].Anchor), Is.EqualTo((((ICatalog)_world.Shopper7).Find("p1"), 1_000)));
    }

    [TestCase("p2", 100, 80, "another item")]
    [TestCase("p1", 100, 91, "less than a tenth")]
    public void Other_changes_are_not_told(string item, int before, int after, string why)
    {
        _world.Define(Drop).Arrives("Product Viewed", 1, lines: [("p1", "c", 100)]).Arrives("Other", 2, lines: [("p2", "c", 100)])
            .Changes(TriggerKind.PriceDrop, item, before, after).Changes(TriggerKind.BackInStock, "p1").Passes(10);

        Assert.That(_world.Fired, Is.Empty, why);
    }

    [Test]
    public void Who_has_bought_it_since_is_not_told_and_who_looked_again_afterwards_is()
    {
        _world.Define(Drop).Arrives("Product Viewed", 1, lines: [("p1", "c", 100)]).Arrives("Order Completed", 2, lines: [("p1", "c", 100)])
            .Changes(TriggerKind.PriceDrop, "p1", 100, 50).Passes(3);
        Assert.That(_world.Fired, Is.Empty);

        _world.Arrives("Product Viewed", 4, lines: [("p1", "c", 100)]).Changes(TriggerKind.PriceDrop, "p1", 50, 40, offset: 1_001).Passes(5);
        Assert.That(_world.FiredAt, Is.EqualTo((double[])[4]));
    }

    [Test]
    public void Interest_of_long_ago_has_passed()
    {
        _world.Define(Drop).Arrives("Product Viewed", 0, lines: [("p1", "c", 100)]).Passes(30 * 24 * 60).Changes(TriggerKind.PriceDrop, "p1", 100, 50).Passes((30 * 24 * 60) + 1);

        Assert.That(_world.Fired, Is.Empty);
    }

    [Test]
    public void Who_looks_after_the_change_sees_the_new_price_anyway()
    {
        _world.Define(Drop).Arrives("Other", 1, lines: [("p1", "c", 100)]).Changes(TriggerKind.PriceDrop, "p1", 100, 50, offset: 1);
        _world.Shopper7.Happens("Product Viewed", 1, lines: [("p1", "c", 50)]);

        _world.Passes(2);

        Assert.That(_world.Fired, Is.Empty, "the view stands behind the change in the log, although the clock was the same");
    }

    [Test]
    public void An_item_that_is_back_is_told_once_a_change_over_a_restart()
    {
        _world.Define("""{"kind":"back_in_stock","cooldown":"1s"}""").Arrives("Product Viewed", 1, lines: [("p1", "c", 100)]).Changes(TriggerKind.BackInStock, "p1");
        var restarted = _world.Restarted();
        restarted.Passes(2);
        Assert.That(restarted.FiredAt, Is.EqualTo((double[])[1]), "what waited was kept");

        var again = restarted.Restarted();
        again.Passes(3);
        Assert.That(again.Fired, Is.Empty);
    }

    [Test]
    public void Engagement_falls_when_an_event_leaves_the_window_and_the_rest_is_less_than_the_share()
    {
        Visits(28, everyDays: 2);
        _world.Define(Falling, offset: 14).Passes(40 * 24 * 60);

        // 14 visits on days 0, 2, … 26. The last window of 7 days holds 4 of them at most, the baseline's rate is 3.5 a week.
        Assert.That(_world.Fired, Has.Count.EqualTo(1));
        var due = _world.FiredAt[0] / (24 * 60);
        Assert.That(due, Is.EqualTo(31), "the visit of day 24 leaves on day 31, and one is left");
    }

    [Test]
    public void Who_never_came_much_is_left_alone()
    {
        Visits(14, everyDays: 2);
        _world.Define(Falling, offset: 14).Passes(40 * 24 * 60);

        Assert.That(_world.Fired, Is.Empty);
    }

    [Test]
    public void Who_goes_on_coming_is_left_alone()
    {
        Visits(60, everyDays: 2);
        _world.Define(Falling, offset: 60).Passes((60 * 24 * 60) + 1);

        Assert.That(_world.Fired, Is.Empty);
    }

    [Test]
    public void Engagement_that_fell_before_the_trigger_came_to_life_is_not_told_of()
    {
        Visits(28, everyDays: 2);
        _world.Passes(32 * 24 * 60).Define(Falling, offset: 14).Passes(60 * 24 * 60);

        Assert.That(_world.Fired, Is.Empty);
    }

    [Test]
    public void A_segment_that_is_entered_fires_for_the_causes_that_shoppers_make()
    {
        _world.Define("""{"kind":"segment","segment":"vip","on":"entered","cooldown":"1s"}""");
        var engine = _world.Runtime.Of(TriggerWorld.Shopper);
        var at = Start;
        foreach (var cause in Enum.GetValues<MembershipCause>())
        {
            engine.Moved(new MembershipChange("m", "vip", 1, TriggerWorld.Shopper, IsMember: true, at += Minute, cause), at);
        }

        engine.Moved(new MembershipChange("m", "vip", 1, TriggerWorld.Shopper, IsMember: false, at += Minute, MembershipCause.Event), at);
        engine.Moved(new MembershipChange("m", "other", 1, TriggerWorld.Shopper, IsMember: true, at += Minute, MembershipCause.Event), at);

        Assert.That(_world.FiredAt, Is.EqualTo((double[])[1, 2]), "an event and time; not definitions, imports, consent, merges");
    }

    private void Visits(int days, int everyDays)
    {
        for (var day = 0; day < days; day += everyDays)
        {
            _world.Arrives("Visit", day * 24 * 60);
        }
    }
}
