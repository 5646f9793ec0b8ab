using Personalization.Tracking.Contracts;

namespace Personalization.Features.Domain.History;

/// <summary>What an event is to the history of its profile, which it has just become part of. Reused from event to event; one thread at a time.</summary>
internal sealed class Arrival
{
    /// <summary>The event alone.</summary>
    public ProfileFacts Facts { get; } = new();

    /// <summary>No event of the profile is later than this one.</summary>
    public bool IsNewest { get; set; }

    /// <summary>Whether older events may have gone because this one came: then what it is alone does not tell what it changed.</summary>
    public bool IsFull { get; set; }

    /// <summary>Whether it says traits of the profile.</summary>
    public bool SaysTraits { get; private set; }

    public ref readonly Fact Fact => ref Facts.Events[0];

    /// <summary>Whether an event says traits of its profile.</summary>
    public static bool SaysTraitsOf(TrackedEvent trackedEvent) =>
        trackedEvent.Type == EventType.Identify || !trackedEvent.ContextTraits.IsEmpty;

    public void Begin(TrackedEvent trackedEvent, KeptProperties kept)
    {
        EventFacts.Read(trackedEvent, kept, Facts);
        SaysTraits = SaysTraitsOf(trackedEvent);
    }
}
