using Personalization.Kernel.Http;
using Personalization.Tracking.Contracts;

namespace Personalization.Tracking.Pipeline;

/// <summary>Keeps what was not taken, so that its owner can look at it, mend it and send it in again. Thread-safe.</summary>
internal interface IDeadLetterSink
{
    /// <summary>Keeps a request, or the events of it, that were refused. Completes when they are on disk.</summary>
    /// <returns>False when there is no room just now: the client must try again.</returns>
    ValueTask<bool> KeepAsync(RefusedRequest request);

    /// <summary>
    /// Keeps an event of the log on which a step or stage threw. Called on the threads of the path; copies what it needs, and the
    /// same event failing again in a replay is kept once.
    /// </summary>
    /// <param name="trackedEvent">In the log at its offset.</param>
    /// <param name="stage">Name of the step or stage that threw.</param>
    /// <param name="error">What it threw.</param>
    void Park(TrackedEvent trackedEvent, string stage, Exception error);

    /// <summary>An event that was parked was taken up again, and has passed every stage now.</summary>
    void Settle(TrackedEvent trackedEvent);

    /// <summary>
    /// Notes that an event of the log was left out because its person was erased or suppressed: when, where and the keyed hashes of the
    /// identifiers, nothing of the event itself. As <see cref="Park"/>, on the sequencer's thread.
    /// </summary>
    void Suppress(TrackedEvent trackedEvent, string step);

    /// <summary>Completes when everything parked so far is on disk: before it does, no checkpoint passes those events.</summary>
    ValueTask FlushAsync();
}

/// <summary>A request that was refused as a whole or in part.</summary>
/// <param name="Batch">Holds the body as far as it was read, and <see cref="EventBatch.Refusals"/>. Valid until the call completes.</param>
/// <param name="Source">Null when no known key came with it; the former owner of a key that was revoked.</param>
/// <param name="Problem">Why the whole was refused; null when only single events were.</param>
/// <param name="Detail">What in particular is wrong with the whole.</param>
/// <param name="Position">Byte of the decoded body, from 0, at which the whole cannot be read on; -1 when that is not the reason.</param>
/// <param name="BodyLength">Bytes of the body in the batch's buffer; what lies behind are texts without their escapes.</param>
/// <param name="Route">The call that the address named; default for a batch.</param>
internal readonly record struct RefusedRequest(
    EventBatch Batch, Source? Source, Problem? Problem, string? Detail, long Position, int BodyLength, EventType Route);
