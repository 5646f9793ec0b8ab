namespace Personalization.Tracking.Contracts;

/// <summary>Reads events back from the log. Reads disk: not for the decision path. Thread-safe.</summary>
public interface IEventReader
{
    /// <summary>The events at these offsets (ascending) as they were received; erased ones are left out.</summary>
    IAsyncEnumerable<StoredEvent> ReadAsync(IReadOnlyList<long> offsets, CancellationToken cancellationToken);
}

/// <summary>An event as it lies in the log.</summary>
/// <param name="Offset">Its place.</param>
/// <param name="ReceivedAtMs">Our clock, Unix ms.</param>
/// <param name="TimestampMs">Event time, Unix ms.</param>
/// <param name="Json">The event's JSON object as received, UTF-8.</param>
public sealed record StoredEvent(long Offset, long ReceivedAtMs, long TimestampMs, ReadOnlyMemory<byte> Json);

/// <summary>What the tracking module counts.</summary>
public interface ITrackingStatistics
{
    /// <summary>Events that were applied since the start, duplicates not counted.</summary>
    long Events { get; }

    /// <summary>Duplicates that were dropped since the start.</summary>
    long Duplicates { get; }
}
