namespace Personalization.Tracking.Contracts;

/// <summary>
/// A stage for which time that passes is an event too: a window that runs out, a deadline that comes. Its time is the log's clock, the
/// latest arrival that stands in the log (<see cref="EventBatch.LogTimeMs"/>): when something is due and no event comes, a tick is written
/// to the log, so that a replay sees the same time pass between the same events.
/// </summary>
public interface ITimedStage : IEventStage
{
    /// <summary>
    /// The earliest time, Unix ms of the log's clock, at which the stage wants to be called for a partition;
    /// <see cref="long.MaxValue"/> for never. Any thread; a value that is a moment old does no harm.
    /// </summary>
    long NextDueMs(int partition);

    /// <summary>
    /// The log's clock has come to a time. On the partition's loop, before any event that came later, and only when something is due.
    /// What was due at a time T is treated as of T, not as of now: how far the clock leaps depends on who else sent something.
    /// </summary>
    void Elapse(int partition, long nowMs);
}
