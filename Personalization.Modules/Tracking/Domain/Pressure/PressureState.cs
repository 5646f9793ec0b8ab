namespace Personalization.Tracking.Domain.Pressure;

/// <summary>
/// Which level there is. It rises after pressure without a break, one level at a time, and falls only after a long calm in which the level
/// had nothing to refuse: a level that keeps load away must not take the calm that it makes itself for the end of the load.
/// Pure but for its memory; the clock is the caller's.
/// </summary>
/// <param name="riseMs">Pressure without a break before a level is entered.</param>
/// <param name="fallMs">Calm without refusals before it is left.</param>
/// <param name="nowMs">The time that the first level begins.</param>
internal sealed class PressureState(int riseMs, int fallMs, long nowMs)
{
    private long _overSinceMs = -1;
    private long _quietSinceMs = -1;

    public PressureLevel Level { get; private set; }

    public long SinceMs { get; private set; } = nowMs;

    /// <summary>Levels entered since the start.</summary>
    public long Changes { get; private set; }

    /// <summary>Takes one look in.</summary>
    /// <param name="nowMs">Never before the last look.</param>
    /// <param name="verdict">What the signals say.</param>
    /// <param name="isBulkExhausted">Whether no more bulk can be shed: only then there is reason to refuse others.</param>
    /// <param name="isRefusing">Whether the level refused anything since the last look.</param>
    /// <returns>Whether the level changed.</returns>
    public bool Advance(long nowMs, PressureVerdict verdict, bool isBulkExhausted, bool isRefusing)
    {
        // A signal is never smooth: one look at which it happens to shrink does not end the pressure, but does not count as the reason for a
        // level either.
        _overSinceMs = verdict == PressureVerdict.Draining ? _overSinceMs : Since(_overSinceMs, verdict == PressureVerdict.Over, nowMs);
        _quietSinceMs = Since(_quietSinceMs, verdict == PressureVerdict.Calm && !isRefusing, nowMs);
        var isRising = verdict == PressureVerdict.Over && Lasts(_overSinceMs, riseMs, nowMs);
        if (Level < PressureLevel.FairShare && isRising && (Level == PressureLevel.Normal || isBulkExhausted))
        {
            return Enter(Level + 1, nowMs);
        }

        return Level > PressureLevel.Normal && Lasts(_quietSinceMs, fallMs, nowMs) && Enter(Level - 1, nowMs);
    }

    private static long Since(long since, bool isSo, long nowMs) => !isSo ? -1 : since < 0 ? nowMs : since;

    private static bool Lasts(long sinceMs, int longMs, long nowMs) => sinceMs >= 0 && nowMs - sinceMs >= longMs;

    private bool Enter(PressureLevel level, long nowMs)
    {
        (Level, SinceMs) = (level, nowMs);
        Changes++;

        // Each level has its own time: what brought this one about must last as long again for the next.
        _overSinceMs = _quietSinceMs = -1;
        return true;
    }
}
