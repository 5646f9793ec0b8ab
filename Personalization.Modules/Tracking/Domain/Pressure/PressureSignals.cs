namespace Personalization.Tracking.Domain.Pressure;

/// <summary>What was measured within one look, in ms.</summary>
/// <param name="CriticalDelayMs">Standing delay of critical entries until their commit.</param>
/// <param name="BulkDelayMs">Standing delay of bulk, its turn at the door included.</param>
/// <param name="ThreadDelayMs">Delay, the middle one, of work that waits for a thread of the pool.</param>
/// <param name="LagMs">What the stages are behind the log, at their present rate.</param>
/// <param name="ThreadTailMs">What one piece of work in ten waits for a thread, or longer.</param>
internal readonly record struct PressureSignals(double CriticalDelayMs, double BulkDelayMs, double ThreadDelayMs, double LagMs, double ThreadTailMs = 0);

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

    /// <summary>At least one signal is at or above its upper threshold, but what waits is being worked off: what is, is enough.</summary>
    Draining,

    /// <summary>At least one signal is at or above its upper threshold, and does not get better.</summary>
    Over,
}

/// <summary>Reads signals against thresholds.</summary>
internal sealed class PressurePolicy(PressureOptions options)
{
    /// <summary>A queue that loses three parts in a hundred from one look to the next is gone within seconds: shedding more would only idle.</summary>
    private const double Shrinks = 0.97;

    public IReadOnlyList<SignalReading> Read(PressureSignals signals) =>
    [
        new("criticalDelay", signals.CriticalDelayMs, options.CriticalDelayStopMs, options.CriticalDelayRestartMs),
        new("bulkDelay", signals.BulkDelayMs, options.BulkDelayStopMs, options.BulkDelayRestartMs),
        new("threadDelay", signals.ThreadDelayMs, options.ThreadDelayStopMs, options.ThreadDelayRestartMs),
        new("threadTail", signals.ThreadTailMs, options.ThreadTailStopMs, options.ThreadTailRestartMs),
        new("pipelineLag", signals.LagMs, options.LagStopMs, options.LagRestartMs),
    ];

    /// <param name="signals">Of this look.</param>
    /// <param name="before">Of the look before.</param>
    /// <param name="withTail">Whether the slowest count too.</param>
    public PressureVerdict Judge(PressureSignals signals, PressureSignals before, bool withTail = false)
    {
        if (Severity(signals, withTail) is >= 1 and var severity)
        {
            return severity < Shrinks * Severity(before, withTail) ? PressureVerdict.Draining : PressureVerdict.Over;
        }

        return signals.CriticalDelayMs <= options.CriticalDelayRestartMs &&
            signals.BulkDelayMs <= options.BulkDelayRestartMs &&
            signals.ThreadDelayMs <= options.ThreadDelayRestartMs &&
            signals.LagMs <= options.LagRestartMs &&
            (!withTail || signals.ThreadTailMs <= options.ThreadTailRestartMs)
            ? PressureVerdict.Calm
            : PressureVerdict.Between;
    }

    /// <summary>The worst signal in terms of its upper threshold.</summary>
    public double Severity(PressureSignals signals, bool withTail)
    {
        var standing = Math.Max(
            Math.Max(signals.CriticalDelayMs / options.CriticalDelayStopMs, signals.BulkDelayMs / options.BulkDelayStopMs),
            Math.Max(signals.ThreadDelayMs / options.ThreadDelayStopMs, signals.LagMs / options.LagStopMs));
        return withTail ? Math.Max(standing, signals.ThreadTailMs / options.ThreadTailStopMs) : standing;
    }
}
