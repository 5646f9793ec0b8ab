using NUnit.Framework;
using Personalization.Tests.Decisioning;
using Personalization.Tracking;
using Personalization.Tracking.Domain.Pressure;

namespace Personalization.Tests.Tracking.Pressure;

/// <summary>The arithmetic of rates, shares and waits.</summary>
public class SharingTests
{
    [Test]
    public void When_there_is_enough_everybody_may_do_what_they_like() =>
        Assert.That(FairShares.Level(1_000, [300, 400], [1, 1]), Is.EqualTo(double.PositiveInfinity));

    [Test]
    public void What_one_does_not_need_goes_to_the_others()
    {
        var level = FairShares.Level(1_000, [100, 5_000, 9_000], [1, 1, 1]);

        Assert.That(level, Is.EqualTo(450));
    }

    [Test]
    public void Twice_the_weight_is_twice_the_share()
    {
        var level = FairShares.Level(900, [5_000, 5_000], [2, 1]);

        Assert.That((2 * level, level), Is.EqualTo((600.0, 300.0)));
    }

    [Test]
    public void Nobody_asks_and_nobody_is_limited() =>
        Assert.That(FairShares.Level(900, [], []), Is.EqualTo(double.PositiveInfinity));

    [Test]
    public void A_bucket_gives_what_its_rate_gives_evenly()
    {
        var clock = new FakeClock();
        var bucket = new TokenBucket(100, clock);
        bucket.SetRate(1_000);
        var given = new List<double>();
        for (var ms = 0; ms < 1_000; ms++, clock.Advance(TimeSpan.FromMilliseconds(1)))
        {
            if (bucket.TryTake(50))
            {
                given.Add(clock.Elapsed.TotalMilliseconds);
            }
        }

        Assert.That(given.Count(at => at == 0), Is.EqualTo(1));
        Assert.That(given.Count(at => at <= 5), Is.EqualTo(3), "what a tenth of a second saved, and the last may take more than there is");
        Assert.That(given.Skip(3).Zip(given.Skip(2)).Select(pair => pair.First - pair.Second), Is.All.EqualTo(50).Within(2));
    }

    [Test]
    public void A_bucket_does_not_save_up_for_longer_than_its_depth()
    {
        var clock = new FakeClock();
        var bucket = new TokenBucket(1_000, clock);
        bucket.SetRate(100);
        clock.Advance(TimeSpan.FromHours(1));

        Assert.That(Enumerable.Range(0, 500).Count(_ => bucket.TryTake(10)), Is.EqualTo(10));
        Assert.That(bucket.HasTokens, Is.False);
    }

    [Test]
    public void However_much_is_taken_at_once_it_is_owed_for_no_longer_than_a_second()
    {
        var clock = new FakeClock();
        var bucket = new TokenBucket(1_000, clock);
        bucket.SetRate(100);
        Assert.That(bucket.TryTake(1_000_000));
        bucket.Take(1_000_000);

        clock.Advance(TimeSpan.FromMilliseconds(999));
        Assert.That(bucket.TryTake(1), Is.False);
        clock.Advance(TimeSpan.FromMilliseconds(2));
        Assert.That(bucket.TryTake(1), Is.True);
    }

    [Test]
    public void A_bucket_without_a_limit_gives_to_all()
    {
        var bucket = new TokenBucket(1_000, new FakeClock());
        Assert.That(Enumerable.Range(0, 100_000).All(_ => bucket.TryTake(1_000)));
        bucket.SetRate(double.PositiveInfinity);

        Assert.That(Enumerable.Range(0, 100_000).All(_ => bucket.TryTake(1_000)));
    }

    [Test]
    public void An_adaptive_rate_halves_within_looks_and_comes_back_within_seconds()
    {
        var rate = new AdaptiveRate(floor: 100, fall: 0.8, leastPart: 0.1);
        rate.Limit(10_000);
        for (var i = 0; i < 100; i++)
        {
            rate.Follow(PressureVerdict.Over, rate.PerSecond);
        }

        Assert.That((rate.PerSecond, rate.IsAtFloor), Is.EqualTo((1_000.0, true)), "a tenth of what was admitted when it began");
        for (var i = 0; i < 200; i++)
        {
            rate.Follow(PressureVerdict.Calm, rate.PerSecond);
        }

        Assert.That(rate.PerSecond, Is.GreaterThan(10_000));
    }

    [Test]
    public void A_rate_does_not_fall_below_what_is_reserved_unless_that_is_too_much_itself()
    {
        double After(double reserved)
        {
            var rate = new AdaptiveRate(floor: 100, fall: 0.8, leastPart: 0.1);
            rate.Limit(10_000);
            for (var i = 0; i < 100; i++)
            {
                rate.Reserve(reserved);
                rate.Follow(PressureVerdict.Over, rate.PerSecond);
            }

            return rate.PerSecond;
        }

        Assert.That((After(0), After(5_000), After(50_000)), Is.EqualTo((1_000.0, 5_000.0, 8_000.0)));
    }

    [Test]
    public void The_further_over_its_threshold_the_pressure_is_the_more_a_rate_falls()
    {
        double After(double severity)
        {
            var rate = new AdaptiveRate(floor: 100, fall: 0.8, leastPart: 0.1);
            rate.Limit(10_000);
            rate.Follow(PressureVerdict.Over, rate.PerSecond, severity);
            return rate.PerSecond;
        }

        Assert.That(After(1), Is.EqualTo(6_400).Within(1));
        Assert.That(After(2), Is.EqualTo(5_120).Within(1));
        Assert.That(After(1_000), Is.EqualTo(4_096).Within(1), "a single stall does not close the door");
    }

    [Test]
    public void A_rate_that_nobody_uses_up_does_not_grow()
    {
        var rate = new AdaptiveRate(floor: 100, fall: 0.8, leastPart: 0.1);
        rate.Limit(10_000);
        for (var i = 0; i < 1_000; i++)
        {
            rate.Follow(PressureVerdict.Calm, 500);
        }

        Assert.That(rate.PerSecond, Is.EqualTo(8_000));
    }

    [Test]
    public void A_wait_grows_with_what_was_refused_and_stays_within_its_bounds()
    {
        var waits = new[] { 0.0, 1_000, 10_000, 1e12 }.Select(refused => RetryPolicy.Seconds(refused, 1_000, 60, ticket: 1)).ToArray();

        Assert.That(waits, Is.Ordered);
        Assert.That(waits[0], Is.InRange(1, 2));
        Assert.That(waits[3], Is.EqualTo(60));
        Assert.That(RetryPolicy.Seconds(double.PositiveInfinity, 0, 300, 7), Is.InRange(1, 300));
    }

    [Test]
    public void Clients_that_were_refused_together_do_not_come_back_together()
    {
        var waits = Enumerable.Range(0, 1_000).Select(ticket => RetryPolicy.Seconds(4_000, 1_000, 60, (uint)ticket)).ToArray();

        Assert.That(waits.Distinct().Count(), Is.GreaterThan(15));
        Assert.That(waits.GroupBy(wait => wait).Max(group => group.Count()), Is.LessThan(100));
        Assert.That(waits.Average(), Is.EqualTo(20).Within(1));
    }

    [Test]
    public void Thresholds_that_meet_and_weights_that_are_none_are_named()
    {
        var options = new PressureOptions { ThreadDelayStopMs = 3, ThreadDelayRestartMs = 3 };
        options.Weights["app"] = 0;

        var result = new PressureOptionsValidator().Validate(null, options);

        Assert.That(result.Failures!.ToArray(), Has.Length.EqualTo(2));
        Assert.That(result.FailureMessage, Does.Contain("ThreadDelayRestartMs").And.Contain("weight"));
        Assert.That(new PressureOptionsValidator().Validate(null, new PressureOptions()).Succeeded);
    }
}
