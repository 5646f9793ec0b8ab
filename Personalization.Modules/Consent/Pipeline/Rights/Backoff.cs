namespace Personalization.Consent.Pipeline.Rights;

/// <summary>How long to wait after a failure: doubled with each, up to half a day.</summary>
internal static class Backoff
{
    private const double MostSeconds = 12 * 3_600;

    /// <param name="attempts">Failed ones so far, from 1.</param>
    /// <param name="firstSeconds">After the first.</param>
    public static TimeSpan After(long attempts, int firstSeconds) =>
        TimeSpan.FromSeconds(Math.Min(MostSeconds, firstSeconds * Math.Pow(2, Math.Clamp(attempts - 1, 0, 30))));
}
