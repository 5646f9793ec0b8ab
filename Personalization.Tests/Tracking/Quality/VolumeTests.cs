using NUnit.Framework;
using Personalization.Tracking.Contracts;
using Personalization.Tracking.Domain.Quality;

namespace Personalization.Tests.Tracking.Quality;

internal sealed class VolumeTests
{
    private const string Views = "Product Viewed";
    private readonly Random _chance = new(7);

    [Test]
    public void Nothing_is_flagged_while_a_series_is_learned()
    {
        var world = new QualityWorld();

        world.Minutes(10, Views, _ => 100);
        world.Minutes(2, Views, _ => 0);

        Assert.That(world.Open, Is.Empty);
        Assert.That(world.Judge.States.Single().Baseline, Is.EqualTo(BaselineKind.Learning));
    }

    [Test]
    public void Silence_of_a_busy_series_is_flagged_within_a_minute()
    {
        var world = new QualityWorld();
        world.Minutes(40, Views, _ => Noisy(100));
        var silentSince = world.NowMs;

        world.Minutes(1, Views, _ => 0);

        var flag = world.Open.Single();
        Assert.That((flag.Kind, flag.Severity, flag.Source, flag.Event), Is.EqualTo((QualityFlagKind.VolumeDrop, QualitySeverity.Critical, "shop", Views)));
        Assert.That(flag.RaisedAtMs - silentSince, Is.LessThanOrEqualTo(60_000));
        Assert.That(flag.Expected, Is.GreaterThan(100));
    }

    [Test]
    public void A_flag_closes_when_the_events_come_back_and_not_before_they_stay()
    {
        var world = new QualityWorld();
        world.Minutes(40, Views, _ => Noisy(100));
        world.Minutes(3, Views, _ => 0);

        world.Slot(Views, 100);
        Assert.That(world.Open, Has.Count.EqualTo(1));
        world.Minutes(4, Views, _ => Noisy(100));

        Assert.That(world.Open, Is.Empty);
        Assert.That(world.Watch.Flags.List(_ => true, 10).Single().ClearedAtMs, Is.Not.Null);
    }

    [Test]
    public void Many_times_the_usual_volume_is_a_spike()
    {
        var world = new QualityWorld();
        world.Minutes(40, Views, _ => Noisy(20));

        world.Minutes(1, Views, _ => 200);

        Assert.That(world.Open.Single().Kind, Is.EqualTo(QualityFlagKind.VolumeSpike));
    }

    [Test]
    public void The_scatter_of_chance_raises_no_flag_in_a_day()
    {
        var world = new QualityWorld();

        world.Minutes(24 * 60, Views, _ => Noisy(15));

        Assert.That(world.Watch.Flags.List(_ => true, 10), Is.Empty);
    }

    [Test]
    public void What_is_usual_by_day_is_a_spike_at_night_and_night_itself_is_no_drop()
    {
        var world = new QualityWorld();
        world.Minutes(9 * 24 * 60, Views, now => Noisy(Daily(now)));
        Assert.That(world.Watch.Flags.List(_ => true, 10), Is.Empty, "the rhythm of the day is no news");
        Assert.That(world.Judge.States.Single().Baseline, Is.EqualTo(BaselineKind.Weekly));

        world.Minutes(6 * 60, Views, now => Noisy(Daily(now)));
        world.Minutes(2, Views, _ => 100);

        Assert.That(world.Open.Single().Kind, Is.EqualTo(QualityFlagKind.VolumeSpike));
    }

    [Test]
    public void Rare_events_are_judged_by_a_longer_window()
    {
        var world = new QualityWorld();
        world.Minutes(120, Views, now => now / SlotCounts.SlotMs % 12 == 0 ? 1 : 0);
        Assert.That(world.Open, Is.Empty);

        world.Minutes(70, Views, _ => 0);

        Assert.That(world.Open.Single().Kind, Is.EqualTo(QualityFlagKind.VolumeDrop));
    }

    [Test]
    public void A_pipeline_that_is_behind_does_not_look_like_silence()
    {
        var world = new QualityWorld();
        world.Minutes(40, Views, _ => Noisy(100));
        world.Commit(1_000_000);

        world.Minutes(2, Views, _ => 0);

        Assert.That(world.Open, Is.Empty);
    }

    [Test]
    public void A_gap_in_which_nobody_watched_is_not_silence()
    {
        var world = new QualityWorld();
        world.Minutes(40, Views, _ => Noisy(100));
        world.Watch.Counts.Of(world.Series(Views), world.NowMs + 3_600_000).Accepted = 100;

        world.Judge.Look(world.NowMs + 3_612_500);

        Assert.That(world.Open, Is.Empty);
    }

    [Test]
    public void A_baseline_survives_on_disk_and_a_damaged_one_is_learned_anew()
    {
        var world = new QualityWorld();
        world.Minutes(90, Views, _ => 30);
        var saved = world.Judge.TakeChanged().Single();
        var again = new QualityWorld();
        var damaged = new QualityWorld();

        again.Watch.Restore(saved);
        damaged.Watch.Restore(saved with { State = [1, 2, 3] });

        var restored = again.Watch.Volumes[again.Series(Views)]!.Baseline;
        Assert.That(restored.RateAt(QualityWorld.Start / 60_000, out var kind), Is.EqualTo(180).Within(1));
        Assert.That(kind, Is.EqualTo(BaselineKind.Weekly));
        Assert.That(damaged.Watch.Volumes[damaged.Series(Views)]!.Baseline.Weeks, Is.All.Zero);
        Assert.That(world.Judge.TakeChanged(), Is.Empty, "nothing changed since");
    }

    private int Noisy(int mean) => mean + (int)Math.Round(((_chance.NextDouble() + _chance.NextDouble() + _chance.NextDouble()) - 1.5) * 2 * Math.Sqrt(mean));

    /// <summary>Between 2 at night and 100 at the height of the day.</summary>
    private static int Daily(long now) => (int)(51 + (49 * Math.Sin(2 * Math.PI * (now % 86_400_000) / 86_400_000.0)));
}
