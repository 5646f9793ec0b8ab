using Personalization.Kernel.Log;
using Personalization.Kernel.Pipelines;
using Personalization.Tracking.Domain.Pressure;

namespace Personalization.Tracking.Pipeline.Pressure;

/// <summary>Reads the signals: what stood during a look, not what came and went within it.</summary>
internal sealed class PressureSensors(LogLoad log, LargeBodyTurns turns, ThreadProbe threads, PipelinePosition position, ForegroundWork work)
{
    /// <summary>Events a second that the stages do at least: at rest nobody knows, and a handful of new events is no second's work.</summary>
    private const double LeastApplied = 1_000;

    /// <summary>A single look at the threads is noisy: what stands shows over several.</summary>
    private const double SmoothSeconds = 0.5;

    /// <summary>Who asked within so many seconds will ask again.</summary>
    private const double ForegroundSeconds = 5;

    private readonly Rate _applied = new();
    private double _threadMs;
    private double _sinceForeground = double.MaxValue;
    private long _foreground;
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
        return new PressureSignals(delays.CriticalMs, Math.Max(delays.BulkMs, turns.TakeWaitMs()), ThreadMs(seconds), LagMs(seconds));
    }

    /// <summary>0 while nobody waits but senders of bulk, for whom the work of the threads is what they came for.</summary>
    private double ThreadMs(double seconds)
    {
        _threadMs += (1 - Math.Exp(-seconds / SmoothSeconds)) * (threads.TakeMs() - _threadMs);
        var foreground = work.Count;
        _sinceForeground = foreground == _foreground ? _sinceForeground + seconds : 0;
        _foreground = foreground;
        return _sinceForeground < ForegroundSeconds ? _threadMs : 0;
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
