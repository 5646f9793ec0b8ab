using NUnit.Framework;
using Personalization.Tests.Features.Conditions;

namespace Personalization.Tests.Features.Triggers;

[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
internal sealed class PatternTriggerTests
{
    private const string Abandoned = """
        {"kind":"pattern","sequence":[{"event":"Product Added"},{"not":{"event":"Order Completed"},"within":"30m"}],"cooldown":"1h"}
        """;

    private readonly TriggerWorld _world = new();

    [Test]
    public void It_fires_when_exactly_the_time_of_the_absence_has_passed()
    {
        _world.Define(Abandoned).Arrives("Product Added", 1).Passes(30.999);
        Assert.That(_world.Fired, Is.Empty);

        _world.Passes(31);

        Assert.That(_world.FiredAt, Is.EqualTo((double[])[31]));
        Assert.That(_world.Fired[0].Anchor, Is.Zero);
    }

    [Test]
    public void It_fires_as_of_when_it_was_due_however_far_the_clock_leaps()
    {
        _world.Define(Abandoned).Arrives("Product Added", 1).Passes(70);

        Assert.That(_world.FiredAt, Is.EqualTo((double[])[31]));
    }

    [TestCase(1.001)]
    [TestCase(15)]
    [TestCase(31)]
    public void What_comes_in_time_prevents_it(double atMinute)
    {
        _world.Define(Abandoned).Arrives("Product Added", 1).Arrives("Order Completed", atMinute).Passes(200);

        Assert.That(_world.FiredAt, Is.EqualTo(atMinute < 31 ? [] : (double[])[31]), "an order of the very minute is applied after time has come to it");
    }

    [Test]
    public void A_late_order_prevents_it_as_long_as_it_has_not_fired()
    {
        _world.Define(Abandoned).Arrives("Product Added", 1).Arrives("Order Completed", 30, happenedAt: 5).Passes(200);

        Assert.That(_world.Fired, Is.Empty);
    }

    [Test]
    public void What_was_sent_cannot_be_taken_back_and_does_not_come_twice()
    {
        _world.Define(Abandoned).Arrives("Product Added", 1).Passes(31).Arrives("Order Completed", 40, happenedAt: 5).Passes(200);

        Assert.That(_world.FiredAt, Is.EqualTo((double[])[31]));
    }

    [Test]
    public void A_late_event_that_is_due_already_fires_at_once_unless_that_was_too_long_ago()
    {
        _world.Define(Abandoned).Arrives("Product Added", 60, happenedAt: 1);
        Assert.That(_world.FiredAt, Is.EqualTo((double[])[31]));

        var later = new TriggerWorld().Define(Abandoned).Arrives("Product Added", 91, happenedAt: 1).Passes(500);
        Assert.That(later.Fired, Is.Empty, "an hour after it was due it has expired");
    }

    [Test]
    public void Two_due_times_within_the_cooldown_are_one()
    {
        _world.Define(Abandoned).Arrives("Product Added", 1).Arrives("Product Added", 20).Arrives("Product Added", 62).Passes(500);

        Assert.That(_world.FiredAt, Is.EqualTo((double[])[31, 92]));
    }

    [Test]
    public void An_absence_that_names_the_event_itself_waits_for_the_last_one()
    {
        _world
            .Define("""{"kind":"pattern","sequence":[{"event":"Product Added"},{"not":{"event":["Order Completed","Product Added"]},"within":"30m"}]}""")
            .Arrives("Product Added", 1).Arrives("Product Added", 20).Passes(500);

        Assert.That(_world.FiredAt, Is.EqualTo((double[])[50]));
    }

    [Test]
    public void A_limit_holds_within_its_window()
    {
        _world
            .Define("""{"kind":"pattern","sequence":[{"event":"A"}],"cooldown":"1s","limit":{"count":2,"within":"1h"}}""")
            .Arrives("A", 1).Arrives("A", 2).Arrives("A", 3).Arrives("A", 60.999).Arrives("A", 61);

        Assert.That(_world.FiredAt, Is.EqualTo((double[])[1, 2, 61]));
    }

    [Test]
    public void Steps_follow_each_other_with_what_must_not_lie_between()
    {
        _world
            .Define("""{"kind":"pattern","sequence":[{"event":"Search"},{"not":{"event":"Product Viewed"}},{"event":"Search","within":"5m"}],"cooldown":"1s"}""")
            .Arrives("Search", 1).Arrives("Product Viewed", 2).Arrives("Search", 3).Arrives("Search", 4).Arrives("Search", 20);

        Assert.That(_world.FiredAt, Is.EqualTo((double[])[4]));
    }

    [Test]
    public void A_step_may_ask_for_several_events()
    {
        _world
            .Define("""{"kind":"pattern","sequence":[{"event":"Product Viewed","times":3}],"within":"10m","cooldown":"1h"}""")
            .Arrives("Product Viewed", 0).Arrives("Product Viewed", 8).Arrives("Product Viewed", 10).Arrives("Product Viewed", 17);

        Assert.That(_world.FiredAt, Is.EqualTo((double[])[17]), "from the first to the last less than ten minutes");
    }

    [Test]
    public void It_fires_once_over_a_restart_before_and_after()
    {
        var before = _world.Define(Abandoned).Arrives("Product Added", 1).Passes(10).Restarted();
        before.Passes(31);
        Assert.That(before.FiredAt, Is.EqualTo((double[])[31]));

        var after = before.Restarted();
        after.Passes(40).Arrives("Product Viewed", 41).Arrives("Product Added", 42, happenedAt: 2).Passes(75);
        Assert.That(after.Fired, Is.Empty, "the late add is due within the cooldown of what was fired");
    }

    [Test]
    public void The_same_firing_has_the_same_id_in_every_replay()
    {
        var first = new TriggerWorld().Define(Abandoned).Arrives("Product Added", 1).Passes(31).Fired[0];
        var again = new TriggerWorld().Define(Abandoned).Arrives("Product Added", 1).Passes(200).Fired[0];

        Assert.That(again, Is.EqualTo(first));
        Assert.That(first.Id, Is.EqualTo("t.1.7.0"));
    }

    [Test]
    public void What_happened_before_a_version_came_to_life_is_none_of_its_business()
    {
        _world.Arrives("Product Added", 1).Define(Abandoned, offset: 1).Arrives("Product Viewed", 5).Passes(200);

        Assert.That(_world.Fired, Is.Empty);
    }

    [Test]
    public void A_new_version_does_not_fire_again_for_what_the_old_one_did()
    {
        _world.Define(Abandoned).Arrives("Product Added", 1).Passes(31).Define(Abandoned).Arrives("Product Viewed", 32).Arrives("Product Added", 33).Passes(64);

        Assert.That(_world.FiredAt, Is.EqualTo((double[])[31]), "its cooldown goes on");
    }

    [Test]
    public void A_condition_may_be_asked_for_besides_as_of_the_due_time()
    {
        const string OnlyGold = """{"kind":"pattern","sequence":[{"event":"A"}],"if":{"trait":"plan","op":"eq","value":"gold"},"cooldown":"1s"}""";
        _world.Define(OnlyGold).Arrives("A", 1);
        Assert.That(_world.Fired, Is.Empty);

        _world.Shopper7.Says("plan", "gold");
        _world.Define(OnlyGold, offset: 1).Arrives("A", 2);

        Assert.That(_world.FiredAt, Is.EqualTo((double[])[2]));
    }

    [Test]
    public void Without_consent_at_the_due_time_nothing_fires()
    {
        _world.Shopper7.ConsentEndsAtMs = ConditionWorld.Start + (20 * ConditionWorld.Minute);
        _world.Define(Abandoned).Arrives("Product Added", 1).Passes(200);

        Assert.That(_world.Fired, Is.Empty);
    }

    [Test]
    public void A_merge_carries_what_was_fired_along()
    {
        _world.Define(Abandoned).Arrives("Product Added", 1).Passes(31);
        _world.Firings.Set(8, _world.Firings.Of(TriggerWorld.Shopper));
        _world.Firings.Set(TriggerWorld.Shopper, []);

        _world.Runtime.Merge(8, TriggerWorld.Shopper);
        _world.Passes(40);

        Assert.That(_world.FiredAt, Is.EqualTo((double[])[31]), "the profile that has the event now does not fire for it again");
        Assert.That(_world.Firings.Of(8).Length, Is.Zero);
    }

    [Test]
    public void A_profile_that_is_made_anew_fires_nothing_that_was_due_before_and_all_that_is_due_later()
    {
        _world.Define(Abandoned).Arrives("Product Added", 1).Passes(20);
        _world.Runtime.BeginRebuild(new HashSet<int> { TriggerWorld.Shopper });
        _world.Shopper7.Happens("Product Added", -15);
        _world.Runtime.EndRebuild();

        _world.Passes(200);

        Assert.That(_world.FiredAt, Is.EqualTo((double[])[31]), "the add of the other profile was due at minute 15");
    }

    [Test]
    public void A_profile_that_is_made_anew_remembers_what_was_fired_for_its_own_events()
    {
        _world.Define(Abandoned).Arrives("Product Added", 1).Passes(31);
        _world.Runtime.BeginRebuild(new HashSet<int> { TriggerWorld.Shopper });
        _world.Runtime.EndRebuild();

        _world.Arrives("Product Added", 60).Passes(89.9);
        Assert.That(_world.FiredAt, Is.EqualTo((double[])[31]), "due at 90, within the cooldown of nothing");
        _world.Passes(90);
        Assert.That(_world.FiredAt, Is.EqualTo((double[])[31]), "59 minutes are less than an hour");
    }

    [Test]
    public void An_event_that_nobody_waits_for_costs_no_look()
    {
        _world.Define(Abandoned).Arrives("Something", 1);
        var name = ((Personalization.Features.Domain.History.IEventNames)_world.Shopper7).Find("Something");
        var engine = _world.Runtime.Of(TriggerWorld.Shopper);
        engine.Happened(TriggerWorld.Shopper, name, _world.NowMs);

        var before = GC.GetAllocatedBytesForCurrentThread();
        engine.Happened(TriggerWorld.Shopper, name, _world.NowMs);

        Assert.That(GC.GetAllocatedBytesForCurrentThread() - before, Is.Zero);
    }
}
