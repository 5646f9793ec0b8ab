using Personalization.Tracking.Contracts;

namespace Personalization.Features.Domain.History;

/// <summary>What a write needs besides the profile's bytes. One thread at a time.</summary>
internal sealed class HistoryScratch
{
    private TrackedEvent? _of;

    /// <summary>The event that has come.</summary>
    public ProfileFacts Event { get; } = new();

    /// <summary>The profile's events, and in a merge those of the other.</summary>
    public ProfileFacts All { get; } = new();

    public ProfileFacts Others { get; } = new();

    public HistoryEncoder Encoder { get; } = new();

    public void Read(TrackedEvent trackedEvent, KeptProperties kept)
    {
        EventFacts.Read(trackedEvent, kept, Event);
        _of = trackedEvent;
    }

    /// <summary>
    /// What is kept of an event. The history has mostly read just this one: whoever comes behind it need not look through its JSON once more. Events are used
    /// again, so it is the same only while its place in the log is.
    /// </summary>
    public ProfileFacts FactsOf(TrackedEvent trackedEvent, KeptProperties kept)
    {
        if (!ReferenceEquals(_of, trackedEvent) || Event.Events[0].Offset != trackedEvent.Offset)
        {
            Read(trackedEvent, kept);
        }

        return Event;
    }
}
