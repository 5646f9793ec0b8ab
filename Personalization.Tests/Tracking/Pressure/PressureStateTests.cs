using NUnit.Framework;
using Personalization.Tracking;
using Personalization.Tracking.Domain.Pressure;

namespace Personalization.Tests.Tracking.Pressure;

public class PressureStateTests
{
    private const int RiseMs = 300;
    private const int FallMs = 5_000;
    private const int LookMs = 100;
    private PressureState _state;
    private long _now;

    [SetUp]
    public void Begin()
    {
        _now = 0;
        _state = new PressureState(RiseMs, FallMs, _now);
    }

    [Test]
    public void Pressure_without_a_break_raises_the_level()
    {
        Look(PressureVerdict.Over, seconds: 0.3);
        Assert.That(_state.Level, Is.EqualTo(PressureLevel.Normal), "not yet");

        Look(PressureVerdict.Over, seconds: 0.1);

        Assert.That((_state.Level, _state.SinceMs), Is.EqualTo((PressureLevel.ShedBulk, 400L)));
    }

    [Test]
    public void A_sawtooth_changes_nothing_whatever_its_tooth()
    {
        for (var i = 0; i < 3_000; i++)
        {
            Look(i % 4 < 3 ? PressureVerdict.Over : PressureVerdict.Calm, seconds: 0.1);
        }

        Assert.That((_state.Level, _state.Changes), Is.EqualTo((PressureLevel.Normal, 0L)));
    }

    [Test]
    public void A_sawtooth_under_pressure_keeps_the_level_it_has()
    {
        Look(PressureVerdict.Over, seconds: 0.5);
        for (var i = 0; i < 100; i++)
        {
            Look(PressureVerdict.Calm, seconds: 4.8);
            Look(PressureVerdict.Over, seconds: 0.2);
        }

        Assert.That((_state.Level, _state.Changes), Is.EqualTo((PressureLevel.ShedBulk, 1L)));
    }

    [Test]
    public void Between_the_thresholds_nothing_moves()
    {
        Look(PressureVerdict.Over, seconds: 0.5);
        Look(PressureVerdict.Between, seconds: 600);

        Assert.That(_state.Level, Is.EqualTo(PressureLevel.ShedBulk));
    }

    [Test]
    public void A_calm_that_the_level_makes_itself_does_not_end_it()
    {
        Look(PressureVerdict.Over, seconds: 0.5);
        Look(PressureVerdict.Calm, seconds: 600, isRefusing: true);
        Assert.That(_state.Level, Is.EqualTo(PressureLevel.ShedBulk));

        Look(PressureVerdict.Calm, seconds: 5.1);

        Assert.That(_state.Level, Is.EqualTo(PressureLevel.Normal));
    }

    [Test]
    public void Others_are_refused_only_when_no_more_bulk_can_be_shed()
    {
        Look(PressureVerdict.Over, seconds: 60, isBulkExhausted: false);
        Assert.That(_state.Level, Is.EqualTo(PressureLevel.ShedBulk));

        Look(PressureVerdict.Over, seconds: 0.1, isBulkExhausted: true);

        Assert.That(_state.Level, Is.EqualTo(PressureLevel.FairShare));
    }

    [Test]
    public void Levels_are_left_one_at_a_time_each_after_its_own_calm()
    {
        Look(PressureVerdict.Over, seconds: 60, isBulkExhausted: true);
        Assert.That(_state.Level, Is.EqualTo(PressureLevel.FairShare));

        Look(PressureVerdict.Calm, seconds: 5.1);
        Assert.That(_state.Level, Is.EqualTo(PressureLevel.ShedBulk));

        Look(PressureVerdict.Calm, seconds: 5.1);
        Assert.That((_state.Level, _state.Changes), Is.EqualTo((PressureLevel.Normal, 4L)));
    }

    [TestCase(20, 0, 0, 0, PressureVerdict.Over)]
    [TestCase(0, 500, 0, 0, PressureVerdict.Over)]
    [TestCase(0, 0, 4, 0, PressureVerdict.Over)]
    [TestCase(0, 0, 0, 1_000, PressureVerdict.Over)]
    [TestCase(19, 0, 0, 0, PressureVerdict.Between)]
    [TestCase(8, 200, 1.5, 300, PressureVerdict.Calm)]
    [TestCase(8, 200, 1.6, 300, PressureVerdict.Between)]
    public void Each_signal_alone_is_pressure_and_only_all_together_are_calm(
        double critical, double bulk, double threads, double lag, object verdict) =>
        Assert.That(
            new PressurePolicy(PressureWorld.Sensitive).Judge(new PressureSignals(critical, bulk, threads, lag), default, isShedding: false), Is.EqualTo(verdict));

    [TestCase(0.6, false, PressureVerdict.Calm)]
    [TestCase(0.6, true, PressureVerdict.Over)]
    [TestCase(0.4, true, PressureVerdict.Between)]
    [TestCase(0.2, true, PressureVerdict.Calm)]
    public void Where_load_is_shed_threads_are_to_wait_less_than_brought_it_about(double threads, bool isShedding, object verdict) =>
        Assert.That(new PressurePolicy(new PressureOptions()).Judge(new PressureSignals(0, 0, threads, 0), default, isShedding), Is.EqualTo(verdict));

    [Test]
    public void A_queue_that_shrinks_is_no_reason_to_shed_more()
    {
        var policy = new PressurePolicy(PressureWorld.Sensitive);
        var before = new PressureSignals(100, 0, 0, 0);

        Assert.That(policy.Judge(new PressureSignals(90, 0, 0, 0), before, isShedding: false), Is.EqualTo(PressureVerdict.Draining));
        Assert.That(policy.Judge(new PressureSignals(99, 0, 0, 0), before, isShedding: false), Is.EqualTo(PressureVerdict.Over), "it would last for minutes");
        Assert.That(policy.Judge(new PressureSignals(90, 0, 80, 0), before, isShedding: false), Is.EqualTo(PressureVerdict.Over), "another one grows");
    }

    [Test]
    public void Draining_neither_raises_a_level_nor_ends_one()
    {
        Look(PressureVerdict.Over, seconds: 0.5);
        Look(PressureVerdict.Draining, seconds: 60, isBulkExhausted: true);

        Assert.That(_state.Level, Is.EqualTo(PressureLevel.ShedBulk));
    }

    [Test]
    public void One_look_at_which_a_signal_happens_to_shrink_does_not_end_the_pressure()
    {
        for (var i = 0; i < 10; i++)
        {
            Look(PressureVerdict.Over, seconds: 0.1);
            Look(PressureVerdict.Draining, seconds: 0.1);
        }

        Assert.That(_state.Level, Is.EqualTo(PressureLevel.ShedBulk));
    }

    private void Look(PressureVerdict verdict, double seconds, bool isBulkExhausted = false, bool isRefusing = false)
    {
        for (var until = _now + (long)(seconds * 1_000); _now < until;)
        {
            _now += LookMs;
            _state.Advance(_now, verdict, isBulkExhausted, isRefusing);
        }
    }
}
