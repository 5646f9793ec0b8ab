namespace Personalization.Tracking.Contracts;

/// <summary>
/// The time that stands in the log: the latest arrival of all entries that the sequencer has taken. It never goes back, survives
/// restarts, and a replay passes through the same times. A partition may still be on its way there: a stage on its loop goes by
/// <see cref="EventBatch.LogTimeMs"/>; at rest both are the same.
/// </summary>
public interface ILogClock
{
    /// <summary>Unix ms; 0 while the log is empty. Any thread.</summary>
    long NowMs { get; }
}
