using Personalization.Kernel.Log;
using Personalization.Kernel.Pipelines;
using Personalization.Tracking.Domain.Pressure;

namespace Personalization.Tracking.Pipeline.Pressure;

/// <summary>Reads the signals: what stood during a look, not what came and went within it.</summary>
internal sealed class PressureSensors(LogLoad log, LargeBodyTurns turns, ThreadProbe threads, PipelinePosition position)
{
    /// <summary>Events a second that the stages do at least: at rest nobody knows, and a handful of new events is no second's work.</summary>
    private const double LeastApplied = 1_000;

    private readonly Rate _applied = new();
    private long _appliedOffset = -1;
    private long _lastLag;

    public double AppliedPerSecond => _applied.PerSecond;

    /// <summary>The longest commit of the last look, in ms.</summary>
    public double WorstCommitMs { get; private set; }

    /// <summary>Measures since the last call.</summary>
    public PressureSignals Read(double seconds)
    {
        var delays = log.Take();
        WorstCommitMs = delays.WorstCommitMs;
        return new PressureSignals(delays.CriticalMs, Math.Max(delays.BulkMs, turns.TakeWaitMs()), threads.TakeMs(), LagMs(seconds));
    }

    private double LagMs(double seconds)
    {
        var applied = position.AppliedOffset;
        _applied.Add(_appliedOffset < 0 ? 0 : applied - _appliedOffset);
        _applied.Measure(seconds);
        _appliedOffset = applied;

        // While the log is replayed at the start, being behind is not the senders' doing; the hard bound holds.
        var lag = position.IsCaughtUp ? position.Lag : 0;
        var standing = Math.Min(lag, _lastLag);
        _lastLag = lag;
        return standing * 1_000 / Math.Max(LeastApplied, _applied.PerSecond);
    }
}
