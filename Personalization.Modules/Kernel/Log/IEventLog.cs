namespace Personalization.Kernel.Log;

/// <summary>Why the log did or did not take an entry.</summary>
public enum Admission
{
    Accepted,

    /// <summary>The entry's lane is full: answer 429 with Retry-After.</summary>
    LaneFull,

    /// <summary>The stages are too far behind the log: answer 429 with Retry-After.</summary>
    PipelineBehind,

    /// <summary>The process is stopping: answer 503.</summary>
    Stopping,
}

/// <summary>The write side of the event log. Thread-safe.</summary>
public interface IEventLog
{
    /// <summary>
    /// Queues the entry for the next group commit. When accepted, await <see cref="LogEntry.Committed"/> and then release
    /// the caller's reference; when refused, release it at once.
    /// </summary>
    Admission TryAppend(LogEntry entry);
}
