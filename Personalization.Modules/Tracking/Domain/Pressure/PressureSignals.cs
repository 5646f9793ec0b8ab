namespace Personalization.Tracking.Domain.Pressure;

/// <summary>What was measured within one look, in ms.</summary>
/// <param name="CriticalDelayMs">Standing delay of critical entries until their commit.</param>
/// <param name="BulkDelayMs">Standing delay of bulk, its turn at the door included.</param>
/// <param name="ThreadDelayMs">Delay, the middle one, of work that waits for a thread of the pool.</param>
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

    /// <summary>Of the thread's target: less than half, or what is let in would bring it back at once.</summary>
    private const double TargetRestart = 0.4;

    /// <param name="signals">Of a look.</param>
    /// <param name="isShedding">Whether a level is entered: thresholds are those that count then.</param>
    public IReadOnlyList<SignalReading> Read(PressureSignals signals, bool isShedding) =>
    [
        new("criticalDelay", signals.CriticalDelayMs, options.CriticalDelayStopMs, options.CriticalDelayRestartMs),
        new("bulkDelay", signals.BulkDelayMs, options.BulkDelayStopMs, options.BulkDelayRestartMs),
        new("threadDelay", signals.ThreadDelayMs, ThreadStopMs(isShedding), ThreadRestartMs(isShedding)),
        new("pipelineLag", signals.LagMs, options.LagStopMs, options.LagRestartMs),
    ];

    /// <param name="signals">Of this look.</param>
    /// <param name="before">Of the look before.</param>
    /// <param name="isShedding">Whether a level is entered.</param>
    public PressureVerdict Judge(PressureSignals signals, PressureSignals before, bool isShedding)
    {
        if (Severity(signals, isShedding) is >= 1 and var severity)
        {
            return severity < Shrinks * Severity(before, isShedding) ? PressureVerdict.Draining : PressureVerdict.Over;
        }

        return signals.CriticalDelayMs <= options.CriticalDelayRestartMs &&
            signals.BulkDelayMs <= options.BulkDelayRestartMs &&
            signals.ThreadDelayMs <= ThreadRestartMs(isShedding) &&
            signals.LagMs <= options.LagRestartMs
            ? PressureVerdict.Calm
            : PressureVerdict.Between;
    }

    /// <summary>The worst signal in terms of its upper threshold.</summary>
    public double Severity(PressureSignals signals, bool isShedding) => Math.Max(
        Math.Max(signals.CriticalDelayMs / options.CriticalDelayStopMs, signals.BulkDelayMs / options.BulkDelayStopMs),
        Math.Max(signals.ThreadDelayMs / ThreadStopMs(isShedding), signals.LagMs / options.LagStopMs));

    private double ThreadStopMs(bool isShedding) => isShedding ? Math.Min(options.ThreadDelayTargetMs, options.ThreadDelayStopMs) : options.ThreadDelayStopMs;

    private double ThreadRestartMs(bool isShedding) =>
        isShedding ? Math.Min(TargetRestart * options.ThreadDelayTargetMs, options.ThreadDelayRestartMs) : options.ThreadDelayRestartMs;
}
