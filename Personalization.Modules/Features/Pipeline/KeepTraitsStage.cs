using Personalization.Features.Domain.Traits;
using Personalization.Tracking.Contracts;

namespace Personalization.Features.Pipeline;

/// <summary>Keeps what is said of those who may be profiled.</summary>
internal sealed class KeepTraitsStage(ProfileTraits traits, TraitImport import) : IEventStage
{
    public void Apply(TrackedEvent trackedEvent)
    {
        if (!trackedEvent.MayProfile || trackedEvent.ProfileId < 0 || (trackedEvent.Type != EventType.Identify && trackedEvent.ContextTraits.IsEmpty))
        {
            return;
        }

        if (!import.Is(trackedEvent))
        {
            traits.Apply(trackedEvent);
        }
        else if (import.TryFind(trackedEvent, out var source, out var expiresAtMs))
        {
            traits.Apply(trackedEvent, source, expiresAtMs);
        }
    }

    public void Merge(int fromProfileId, int intoProfileId) => traits.Merge(fromProfileId, intoProfileId);

    public void Forget(int profileId) => traits.Forget(profileId);
}
