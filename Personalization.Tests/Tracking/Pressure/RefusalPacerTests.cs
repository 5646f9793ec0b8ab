using NUnit.Framework;
using Personalization.Tracking.Pipeline.Pressure;

namespace Personalization.Tests.Tracking.Pressure;

internal sealed class RefusalPacerTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    [Test]
    public async Task A_refusal_waits_and_one_more_than_may_wait_is_answered_at_once()
    {
        using var gone = new CancellationTokenSource();
        var pacer = new RefusalPacer(holdMs: 600_000, mostHeld: 2, TimeProvider.System);
        var held = new[] { pacer.HoldAsync(gone.Token), pacer.HoldAsync(gone.Token) };

        await pacer.HoldAsync(gone.Token).WaitAsync(Patience);

        Assert.That(held.Select(wait => wait.IsCompleted), Is.All.False);
        Assert.That(pacer.Held, Is.EqualTo(2));
        await gone.CancelAsync();
        await Task.WhenAll(held).WaitAsync(Patience);
        Assert.That(pacer.Held, Is.Zero, "a client that leaves makes room");
    }

    [Test]
    public async Task It_waits_half_its_time_at_least()
    {
        var pacer = new RefusalPacer(holdMs: 20, mostHeld: 2, TimeProvider.System);
        var since = TimeProvider.System.GetTimestamp();

        await pacer.HoldAsync(CancellationToken.None).WaitAsync(Patience);

        Assert.That(TimeProvider.System.GetElapsedTime(since).TotalMilliseconds, Is.GreaterThanOrEqualTo(9));
        Assert.That(pacer.Held, Is.Zero);
    }

    [Test]
    public async Task Those_who_were_refused_together_are_not_answered_together()
    {
        using var gone = new CancellationTokenSource();
        var clock = new TimerClock();
        var pacer = new RefusalPacer(holdMs: 200, mostHeld: 100, clock);

        var held = Enumerable.Range(0, 50).Select(_ => pacer.HoldAsync(gone.Token)).ToArray();

        Assert.That(clock.DueMs, Is.All.InRange(100, 300));
        Assert.That(clock.DueMs, Is.Unique);
        Assert.That(clock.DueMs.Order().Zip(clock.DueMs.Order().Skip(1)).Max(pair => pair.Second - pair.First), Is.LessThan(20), "spread evenly");
        await gone.CancelAsync();
        await Task.WhenAll(held).WaitAsync(Patience);
    }

    [Test]
    public void It_can_be_turned_off() =>
        Assert.That(new RefusalPacer(holdMs: 0, mostHeld: 1, TimeProvider.System).HoldAsync(CancellationToken.None).IsCompleted, Is.True);

    /// <summary>Notes when timers are due, and lets none of them elapse.</summary>
    private sealed class TimerClock : TimeProvider
    {
        public List<double> DueMs { get; } = [];

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            DueMs.Add(dueTime.TotalMilliseconds);
            return base.CreateTimer(callback, state, Timeout.InfiniteTimeSpan, period);
        }
    }
}
