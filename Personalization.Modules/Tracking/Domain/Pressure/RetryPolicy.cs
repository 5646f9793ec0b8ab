namespace Personalization.Tracking.Domain.Pressure;

/// <summary>When a client that was refused may come again.</summary>
internal static class RetryPolicy
{
    /// <summary>The refusals of so many seconds are what waits outside.</summary>
    private const double WindowSeconds = 5;
    private const double Spread = 0.5;

    /// <summary>
    /// Seconds, whole, from 1 to <paramref name="maxSeconds"/>: as long as what was turned away lately takes at the rate that is admitted,
    /// more or less by up to half, so that those who were refused together do not come back together.
    /// </summary>
    /// <param name="refusedPerSecond">Units refused a second lately.</param>
    /// <param name="admittedPerSecond">Units that are admitted a second.</param>
    /// <param name="maxSeconds">The longest answer.</param>
    /// <param name="ticket">Another number each time; the spread hangs on it alone.</param>
    public static int Seconds(double refusedPerSecond, double admittedPerSecond, int maxSeconds, uint ticket)
    {
        var drain = refusedPerSecond * WindowSeconds / Math.Max(1, admittedPerSecond);
        var spread = Math.Max(1, drain) * (1 - Spread + (2 * Spread * EvenSpread.Part(ticket)));
        return (int)Math.Clamp(Math.Ceiling(spread), 1, maxSeconds);
    }
}
