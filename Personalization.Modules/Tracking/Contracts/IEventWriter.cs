using Personalization.Kernel.Http;

namespace Personalization.Tracking.Contracts;

/// <summary>Puts events into the log from within the process, on the same terms as requests: parsed, checked, durable. Thread-safe.</summary>
public interface IEventWriter
{
    /// <summary>Completes when the events are on disk, or were refused.</summary>
    /// <param name="batchJson">A body of <c>/v1/batch</c>, UTF-8. No write key is needed in it.</param>
    /// <param name="sourceName">Where the events come from; a name that is not configured as a source becomes one without a key.</param>
    /// <param name="origin">How they came in.</param>
    /// <param name="cancellationToken">Ends the waiting for a batch that is not handed to the log yet.</param>
    ValueTask<EventWriteResult> WriteAsync(
        ReadOnlyMemory<byte> batchJson, string sourceName, EventOrigin origin, CancellationToken cancellationToken);
}

/// <summary>What became of events that were written from within.</summary>
/// <param name="Accepted">Events that are on disk.</param>
/// <param name="Refused">Events that were refused alone, and kept as dead letters.</param>
/// <param name="Problem">Why nothing was taken, for example because the log is full (429: try again later); null on success.</param>
public readonly record struct EventWriteResult(int Accepted, int Refused, Problem? Problem)
{
    /// <summary>Seconds to wait before trying again after a 429 or 503; 0 when nobody can say.</summary>
    public int RetryAfterSeconds { get; init; }

    /// <summary>Which of the batch's events were refused alone: their places in it, from 0.</summary>
    public IReadOnlyList<int> RefusedPlaces { get => field ?? []; init; }
}
