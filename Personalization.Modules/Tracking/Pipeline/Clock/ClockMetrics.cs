using System.Diagnostics.Metrics;
using Personalization.Tracking.Contracts;

namespace Personalization.Tracking.Pipeline.Clock;

/// <summary>What the log's clock does.</summary>
internal sealed class ClockMetrics
{
    public ClockMetrics(IMeterFactory meters, ILogClock clock, TimeProvider time)
    {
        var meter = meters.Create(TrackingMetrics.MeterName);
        Ticks = meter.CreateCounter<long>("tracking.clock.ticks", "{tick}", "Ticks written to the log because something was due and no event came.");
        Elapsed = meter.CreateCounter<long>("tracking.clock.elapsed", "{call}", "Times that a stage was told that what it waited for is due.");
        Failed = meter.CreateCounter<long>("tracking.clock.failed", "{call}", "Times that a stage failed on that; what was due is treated later.");
        meter.CreateObservableGauge(
            "tracking.clock.behind",
            () => clock.NowMs == 0 ? 0 : (time.GetUtcNow().ToUnixTimeMilliseconds() - clock.NowMs) / 1000.0,
            "s",
            "By how much the log's clock is behind ours. It stands still while nothing comes and nothing is due; negative when our clock was set back.");
    }

    public Counter<long> Ticks { get; }

    public Counter<long> Elapsed { get; }

    public Counter<long> Failed { get; }
}
