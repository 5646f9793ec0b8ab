namespace Personalization.Tracking.Domain.Pressure;

/// <summary>What was measured within one look, in ms.</summary>
/// <param name="CriticalDelayMs">Standing delay of critical entries until their commit.</param>
/// <param name="BulkDelayMs">Standing delay of bulk, its turn at the door included.</param>
/// <param name="ThreadDelayMs">Standing delay of work that waits for a thread of the pool.</param>
/// <param name="LagMs">What the stages are behind the log, at their present rate.</param>
internal readonly record struct PressureSignals(double CriticalDelayMs, double BulkDelayMs, double ThreadDelayMs, double LagMs);

/// <summary>A signal with its thresholds: pressure from <paramref name="StopMs"/> on, over from <paramref name="RestartMs"/> down.</summary>
internal readonly record struct SignalReading(string Name, double ValueMs, double StopMs, double RestartMs)
{
    public bool IsOver => ValueMs >= StopMs;

    public bool IsCalm => ValueMs <= RestartMs;
}

/// <summary>What all signals say together.</summary>
internal enum PressureVerdict : byte
{
    /// <summary>All signals are at or below their lower threshold.</summary>
    Calm,

    /// <summary>Neither calm nor over: what is, stays.</summary>
    Between,

    /// <summary>At least one signal is at or above its upper threshold.</summary>
    Over,
}

/// <summary>Reads signals against thresholds.</summary>
internal sealed class PressurePolicy(PressureOptions options)
{
    public IReadOnlyList<SignalReading> Read(PressureSignals signals) =>
    [
        new("criticalDelay", signals.CriticalDelayMs, options.CriticalDelayStopMs, options.CriticalDelayRestartMs),
        new("bulkDelay", signals.BulkDelayMs, options.BulkDelayStopMs, options.BulkDelayRestartMs),
        new("threadDelay", signals.ThreadDelayMs, options.ThreadDelayStopMs, options.ThreadDelayRestartMs),
        new("pipelineLag", signals.LagMs, options.LagStopMs, options.LagRestartMs),
    ];

    public PressureVerdict Judge(PressureSignals signals)
    {
        if (signals.CriticalDelayMs >= options.CriticalDelayStopMs ||
            signals.BulkDelayMs >= options.BulkDelayStopMs ||
            signals.ThreadDelayMs >= options.ThreadDelayStopMs ||
            signals.LagMs >= options.LagStopMs)
        {
            return PressureVerdict.Over;
        }

        return signals.CriticalDelayMs <= options.CriticalDelayRestartMs &&
            signals.BulkDelayMs <= options.BulkDelayRestartMs &&
            signals.ThreadDelayMs <= options.ThreadDelayRestartMs &&
            signals.LagMs <= options.LagRestartMs
            ? PressureVerdict.Calm
            : PressureVerdict.Between;
    }
}
