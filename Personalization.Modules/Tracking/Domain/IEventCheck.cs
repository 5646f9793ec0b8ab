using Personalization.Tracking.Contracts;

namespace Personalization.Tracking.Domain;

/// <summary>
/// Looks at each event at the door, after it was read and found well-formed, before it is taken. Stored events are not checked
/// again: what was once accepted stays accepted. Thread-safe, and quick: it runs on the way of every event.
/// </summary>
internal interface IEventCheck
{
    /// <param name="trackedEvent">Read from the request; its keys, times and source are not set yet.</param>
    /// <param name="fault">What is wrong, unless the answer is <see cref="CheckResult.Pass"/>.</param>
    CheckResult Check(TrackedEvent trackedEvent, out EventFault fault);
}

/// <summary>What becomes of an event that was checked.</summary>
internal enum CheckResult : byte
{
    Pass,

    /// <summary>Taken; its fault is counted and shown.</summary>
    Warn,

    Refuse,
}

/// <summary>What a check found.</summary>
/// <param name="Detail">A sentence for the client's developer, without anything that the client sent.</param>
/// <param name="Location">JSON pointer (RFC 6901) into the event.</param>
internal readonly record struct EventFault(string Detail, string Location);
