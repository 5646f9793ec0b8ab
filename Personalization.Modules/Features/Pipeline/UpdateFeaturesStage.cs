using Personalization.Features.Domain;
using Personalization.Features.Domain.Lists;
using Personalization.Features.Domain.Traits;
using Personalization.Tracking.Contracts;

namespace Personalization.Features.Pipeline;

/// <summary>Keeps the profile's features, for those who may be profiled. What others say of a shopper is no visit, and belongs to no session.</summary>
internal sealed class UpdateFeaturesStage(ProfileFeatureStore store, TraitImport? import = null, ListImport? lists = null) : IEventStage
{
    public void Apply(TrackedEvent trackedEvent)
    {
        if (trackedEvent.MayProfile && trackedEvent.ProfileId >= 0 && import?.Is(trackedEvent) != true && lists?.Is(trackedEvent) != true)
        {
            trackedEvent.SessionNumber = store.Apply(trackedEvent);
        }
    }

    public void Merge(int fromProfileId, int intoProfileId) => store.Merge(fromProfileId, intoProfileId);

    public void Forget(int profileId) => store.Forget(profileId);
}
