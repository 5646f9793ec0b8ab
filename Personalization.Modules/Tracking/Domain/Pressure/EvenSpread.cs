namespace Personalization.Tracking.Domain.Pressure;

/// <summary>Parts of a whole for those who must not all do the same at the same time: Weyl's sequence, in which neighbours lie far apart and any run is spread evenly.</summary>
internal static class EvenSpread
{
    /// <param name="ticket">Another number each time, one more than the last; the part hangs on it alone.</param>
    /// <returns>From 0 to 1.</returns>
    public static double Part(uint ticket) => (ticket * 0x9E3779B9u) / (double)uint.MaxValue;
}
