using Personalization.Features.Domain;
using Personalization.Features.Domain.Cold;
using Personalization.Features.Domain.Lists;
using Personalization.Features.Domain.Traits;
using Personalization.Tracking.Contracts;

namespace Personalization.Features.Pipeline;

/// <summary>
/// Keeps the profile's features, for those who may be profiled. What others say of a shopper is no visit, and belongs to no session. A visit brings
/// back all that had left memory of its profile: the next question is about them.
/// </summary>
internal sealed class UpdateFeaturesStage(ProfileFeatureStore store, TraitImport? import = null, ListImport? lists = null, ColdProfiles? cold = null) : IEventStage
{
    public void Apply(TrackedEvent trackedEvent)
    {
        if (IsVisit(trackedEvent))
        {
            if (cold is { Any: true })
            {
                cold.Warm(trackedEvent.ProfileId);
            }

            trackedEvent.SessionNumber = store.Apply(trackedEvent);
        }
    }

    public void Resume(TrackedEvent trackedEvent)
    {
        if (IsVisit(trackedEvent))
        {
            trackedEvent.SessionNumber = store.SessionOf(trackedEvent);
        }
    }

    public void Merge(int fromProfileId, int intoProfileId) => store.Merge(fromProfileId, intoProfileId);

    public void Forget(int profileId) => store.Forget(profileId);

    private bool IsVisit(TrackedEvent trackedEvent) =>
        trackedEvent.MayProfile && trackedEvent.ProfileId >= 0 && import?.Is(trackedEvent) != true && lists?.Is(trackedEvent) != true;
}
