namespace Personalization.Tracking.Domain;

/// <summary>Event time from clocks that cannot be trusted. Source of the formula: Segment's specification of common fields.</summary>
internal static class ClockCorrection
{
    /// <summary>
    /// Our clock minus how long the client held the event back by its own clock: its error cancels out. Never in our future, never
    /// before 1970. All Unix ms, <see cref="long.MinValue"/> = absent.
    /// </summary>
    public static long EventTimeMs(long originalMs, long sentAtMs, long receivedAtMs)
    {
        if (originalMs == long.MinValue)
        {
            return receivedAtMs;
        }

        var corrected = sentAtMs == long.MinValue ? originalMs : receivedAtMs - (sentAtMs - originalMs);
        return Math.Max(0, Math.Min(corrected, receivedAtMs));
    }
}
