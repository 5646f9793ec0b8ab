using Personalization.Features.Domain.History;
using Personalization.Tracking.Contracts;

namespace Personalization.Features.Pipeline;

/// <summary>Gives names of events their numbers. A name is the shop's word and no personal data, so this runs before consent is asked.</summary>
internal sealed class ResolveEventNameStep(EventNames names, KeptProperties kept) : ISequencerStep
{
    public void Resolve(TrackedEvent trackedEvent)
    {
        kept.Offset = trackedEvent.Offset + 1;
        trackedEvent.NameNumber = names.Resolve(trackedEvent);
    }

    public void Rebuild(TrackedEvent trackedEvent) => trackedEvent.NameNumber = names.Recall(trackedEvent);
}
