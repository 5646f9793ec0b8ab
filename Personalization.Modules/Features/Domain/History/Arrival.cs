using Personalization.Tracking.Contracts;

namespace Personalization.Features.Domain.History;

/// <summary>What an event is to the history of its profile, which it has just become part of. Reused from event to event; one thread at a time.</summary>
internal sealed class Arrival
{
    /// <summary>The event alone.</summary>
    public ProfileFacts Facts { get; private set; } = new();

    /// <summary>The log's clock as the event came, Unix ms.</summary>
    public long NowMs { get; set; }

    /// <summary>No event of the profile is later than this one.</summary>
    public bool IsNewest { get; set; }

    /// <summary>Whether older events may have gone because this one came: then what it is alone does not tell what it changed.</summary>
    public bool IsFull { get; set; }

    /// <summary>Events of the profile that are stored, this one among them.</summary>
    public int Stored { get; set; }

    /// <summary>Whether it says traits of the profile.</summary>
    public bool SaysTraits { get; private set; }

    /// <summary>The earliest time at which what the event has brought may change an answer by itself, of what was asked since <see cref="AskAnew"/>.</summary>
    public long NextChangeMs { get; private set; } = long.MaxValue;

    public ref readonly Fact Fact => ref Facts.Events[0];

    /// <summary>Whether an event says traits of its profile.</summary>
    public static bool SaysTraitsOf(TrackedEvent trackedEvent) =>
        trackedEvent.Type == EventType.Identify || !trackedEvent.ContextTraits.IsEmpty;

    /// <param name="trackedEvent">The event.</param>
    /// <param name="facts">What is kept of it; the caller's, who leaves it as it is while the arrival is asked about.</param>
    public void Begin(TrackedEvent trackedEvent, ProfileFacts facts)
    {
        Facts = facts;
        SaysTraits = SaysTraitsOf(trackedEvent);
    }

    public void AskAnew() => NextChangeMs = long.MaxValue;

    /// <summary>An answer may change at a time, and not before.</summary>
    public void ChangesAt(long timeMs) => NextChangeMs = Math.Min(NextChangeMs, timeMs);
}
