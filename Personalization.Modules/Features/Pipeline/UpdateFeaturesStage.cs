using Personalization.Features.Domain;
using Personalization.Tracking.Contracts;

namespace Personalization.Features.Pipeline;

/// <summary>Keeps the profile's features, for those who may be profiled.</summary>
internal sealed class UpdateFeaturesStage(ProfileFeatureStore store) : IEventStage
{
    public void Apply(TrackedEvent trackedEvent)
    {
        if (trackedEvent.MayProfile && trackedEvent.ProfileId >= 0)
        {
            trackedEvent.SessionNumber = store.Apply(trackedEvent);
        }
    }

    public void Merge(int fromProfileId, int intoProfileId) => store.Merge(fromProfileId, intoProfileId);

    public void Forget(int profileId) => store.Forget(profileId);
}
