namespace Personalization.Tracking.Domain.Pressure;

/// <summary>
/// Units that may be used at a rate, one after the other as time gives them: what is admitted comes evenly, not in the beat of the watch's looks. Kept as
/// the time at which all that was taken will have been given (the generic cell rate algorithm), so a new rate counts from now on.
/// Thread-safe, without locks.
/// </summary>
/// <param name="depthMs">What is not used is saved for so long; more than the rate gives in that time is never taken at once but for the last, which may take more than there is.</param>
/// <param name="time">The clock.</param>
internal sealed class TokenBucket(int depthMs, TimeProvider time)
{
    /// <summary>Debts are paid for no longer: the rate may have fallen meanwhile, and a single batch be as large as it likes.</summary>
    private const long MostDebtSeconds = 1;

    private readonly long _depth = time.TimestampFrequency * depthMs / 1_000;

    /// <summary>Timestamp at which what was taken has been given; at most the depth ago, or to come.</summary>
    private long _givenAt = long.MinValue;

    /// <summary>Of the clock, a unit. 0 while there is no limit, as in the beginning.</summary>
    private double _ticksAUnit;

    public bool HasTokens => Volatile.Read(ref _givenAt) < time.GetTimestamp();

    /// <summary>Takes the units when there is anything left.</summary>
    public bool TryTake(int units)
    {
        while (true)
        {
            var (given, now) = (Volatile.Read(ref _givenAt), time.GetTimestamp());
            if (given >= now)
            {
                return false;
            }

            if (Interlocked.CompareExchange(ref _givenAt, After(given, units, now), given) == given)
            {
                return true;
            }
        }
    }

    /// <summary>Takes the units, whatever is left.</summary>
    public void Take(int units)
    {
        while (true)
        {
            var (given, now) = (Volatile.Read(ref _givenAt), time.GetTimestamp());
            if (Interlocked.CompareExchange(ref _givenAt, After(given, units, now), given) == given)
            {
                return;
            }
        }
    }

    /// <param name="perSecond">Units; infinite for no limit.</param>
    public void SetRate(double perSecond) => Volatile.Write(ref _ticksAUnit, time.TimestampFrequency / Math.Max(1, perSecond));

    private long After(long given, int units, long now) =>
        Math.Min(Math.Max(given, now - _depth) + (long)(units * Volatile.Read(ref _ticksAUnit)), now + (MostDebtSeconds * time.TimestampFrequency));
}
