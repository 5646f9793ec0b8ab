using Personalization.Kernel.Http;
using Personalization.Tracking.Contracts;

namespace Personalization.Tracking.Pipeline;

/// <summary>
/// Watches events pass, for views and statistics that decide nothing. Called on the threads of the path itself, from many at a
/// time: an observer takes next to no time, allocates nothing for an accepted event, never blocks and never throws, and keeps no
/// event. While the log is replayed at the start it hears of the past.
/// </summary>
internal interface IEventObserver
{
    /// <summary>
    /// On the request's thread, before the answer: a request of which <see cref="EventBatch.Refusals"/> were refused alone, or which was
    /// refused as a whole.
    /// </summary>
    /// <param name="source">Null when nobody known sent it.</param>
    /// <param name="batch">Holds what was read.</param>
    /// <param name="problem">Null when only single events were refused.</param>
    void Refused(Source? source, EventBatch batch, Problem? problem);

    /// <summary>On the request's thread: events were taken against <see cref="EventBatch.Warnings"/>.</summary>
    void Warned(Source source, EventBatch batch);

    /// <summary>On the sequencer's thread, in log order, after the steps; also for a dropped event, which goes no further.</summary>
    void Sequenced(TrackedEvent trackedEvent);

    /// <summary>On the thread of the event's partition, after the stages, also after one that failed.</summary>
    void Applied(TrackedEvent trackedEvent, EventVerdict verdict);
}

/// <summary>What became of an event.</summary>
internal enum EventVerdict : byte
{
    /// <summary>It went through every stage.</summary>
    Accepted,

    /// <summary>Its message id was seen before.</summary>
    Duplicate,

    /// <summary>It was refused at the door.</summary>
    Invalid,

    /// <summary>It is in the log, but the shopper's consent keeps it out of the profile.</summary>
    Gated,

    /// <summary>A step or stage threw on it.</summary>
    Failed,
}
