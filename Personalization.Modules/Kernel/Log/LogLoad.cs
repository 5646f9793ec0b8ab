namespace Personalization.Kernel.Log;

/// <summary>
/// How long the log makes its entries wait, from the door of the lanes to the end of their commit. Written by the log's thread once a
/// commit, read by whoever watches. The standing delay is the least of the oldest entries' delays of each commit within a window: a
/// single slow commit is no queue, one that never gets shorter is (Nichols and Jacobson, CoDel, 2012).
/// </summary>
internal sealed class LogLoad(TimeProvider time)
{
    private readonly Lock _gate = new();
    private Lane _critical = Lane.Empty;
    private Lane _bulk = Lane.Empty;
    private double _commitMs;

    /// <summary>The log's thread begins a commit. The times are those of the oldest entry of each lane, 0 for none.</summary>
    public void Begin(long oldestCritical, long oldestBulk)
    {
        lock (_gate)
        {
            _critical.Oldest = oldestCritical;
            _bulk.Oldest = oldestBulk;
        }
    }

    /// <summary>The commit is over, well or not.</summary>
    /// <param name="commitMs">How long the disk took.</param>
    public void End(double commitMs)
    {
        var now = time.GetTimestamp();
        lock (_gate)
        {
            _critical = _critical.Ended(DelayMs(_critical.Oldest, now));
            _bulk = _bulk.Ended(DelayMs(_bulk.Oldest, now));
            _commitMs = Math.Max(_commitMs, commitMs);
        }
    }

    /// <summary>What was measured since the last call. A commit that lasts counts with the time that it has taken so far.</summary>
    public LogDelays Take()
    {
        var now = time.GetTimestamp();
        lock (_gate)
        {
            var taken = new LogDelays(StandingMs(_critical, now), StandingMs(_bulk, now), _commitMs);
            _critical = Lane.Empty with { Oldest = _critical.Oldest };
            _bulk = Lane.Empty with { Oldest = _bulk.Oldest };
            _commitMs = 0;
            return taken;
        }
    }

    private double StandingMs(Lane lane, long now) => lane.Commits > 0 ? lane.LeastMs : DelayMs(lane.Oldest, now);

    private double DelayMs(long since, long now) => since == 0 ? 0 : time.GetElapsedTime(since, now).TotalMilliseconds;

    private record struct Lane(double LeastMs, int Commits, long Oldest)
    {
        public static readonly Lane Empty = new(double.MaxValue, 0, 0);

        public readonly Lane Ended(double delayMs) =>
            Oldest == 0 ? this : new Lane(Math.Min(LeastMs, delayMs), Commits + 1, 0);
    }
}

/// <summary>Delays within a window, in ms; 0 when nothing was there.</summary>
/// <param name="CriticalMs">Standing delay of the critical lane.</param>
/// <param name="BulkMs">Standing delay of the bulk lane.</param>
/// <param name="WorstCommitMs">The longest commit.</param>
internal readonly record struct LogDelays(double CriticalMs, double BulkMs, double WorstCommitMs);
