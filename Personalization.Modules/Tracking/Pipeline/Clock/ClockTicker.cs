using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Personalization.Kernel.Log;
using Personalization.Kernel.Pipelines;
using Personalization.Tracking.Contracts;

namespace Personalization.Tracking.Pipeline.Clock;

/// <summary>
/// Writes the time to the log when something waits for it and no event tells it. Nothing is written when nothing is due, and no tick
/// before the last one has passed all partitions. What is due stays due in the stages' state: a tick that the log refuses, or that a crash
/// prevents, is written at the next look.
/// </summary>
internal sealed partial class ClockTicker(
    TrackedEventHandler handler,
    ILogClock clock,
    IEventLog log,
    IPipelineStatus pipeline,
    AppliedProgress progress,
    ClockMetrics metrics,
    TimeProvider time,
    IOptions<ClockOptions> options,
    ILogger<ClockTicker> logger) : BackgroundService
{
    /// <summary>Beyond this our clock was set back, or had been wrong: people should look.</summary>
    private const long AheadMs = 60_000;

    private long _appliedEnd;
    private bool _isAheadTold;

    /// <summary>
    /// Looks once: false when there was nothing to write, or the log took none. Time that the log has passed counts as come even if our clock
    /// was set back since: what is due by then waits for no other entry.
    /// </summary>
    internal async Task<bool> LookAsync()
    {
        var nowMs = Math.Max(time.GetUtcNow().ToUnixTimeMilliseconds(), clock.NowMs);
        if (!pipeline.IsCaughtUp || !progress.HasApplied(_appliedEnd) || handler.Timed.NextDueMs() > nowMs)
        {
            return false;
        }

        var tick = new ClockEntry(nowMs) { IsCritical = true };
        if (log.TryAppend(tick) != Admission.Accepted)
        {
            tick.Release();
            return false;
        }

        try
        {
            _appliedEnd = await tick.Committed + 1;
            metrics.Ticks.Add(1);
            return true;
        }
        finally
        {
            tick.Release();
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(options.Value.TickMs), time);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            try
            {
                WarnIfAhead();
                await LookAsync();
            }
            catch (Exception error) when (!stoppingToken.IsCancellationRequested) // The loop must outlive a full disk: what is due is due at the next look.
            {
                LogTickFailed(error);
            }
        }
    }

    private void WarnIfAhead()
    {
        var aheadMs = clock.NowMs - time.GetUtcNow().ToUnixTimeMilliseconds();
        if (aheadMs > AheadMs && !_isAheadTold)
        {
            LogAhead(aheadMs / 1000.0);
        }

        _isAheadTold = aheadMs > AheadMs;
    }

    [LoggerMessage(EventId = 1101, Level = LogLevel.Warning, Message = "The log refused a tick; it is tried again")]
    private partial void LogTickFailed(Exception error);

    [LoggerMessage(EventId = 1102, Level = LogLevel.Warning, Message = "The log's clock is {Seconds:F0} s ahead of ours, which was set back or had been wrong: windows end too early until ours has caught up")]
    private partial void LogAhead(double seconds);
}
