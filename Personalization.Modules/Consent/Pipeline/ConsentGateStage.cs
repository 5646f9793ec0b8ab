using Personalization.Consent.Contracts;
using Personalization.Consent.Domain;
using Personalization.Tracking.Contracts;

namespace Personalization.Consent.Pipeline;

/// <summary>Takes in what the event says about consent, then decides what the event itself may be used for.</summary>
internal sealed class ConsentGateStage(ConsentStore store) : IEventStage
{
    public void Apply(TrackedEvent trackedEvent)
    {
        if (trackedEvent.Consent.Stated != 0)
        {
            store.Record(trackedEvent.ProfileId, trackedEvent.Consent, trackedEvent.TimestampMs, trackedEvent.IsHistorical);
        }

        trackedEvent.MayProfile = store.May(trackedEvent.ProfileId, Purposes.Profile).IsAllowed;
        trackedEvent.MayTrain = trackedEvent.MayProfile && store.May(trackedEvent.ProfileId, Purposes.Train).IsAllowed;
    }

    public void Merge(int fromProfileId, int intoProfileId) => store.Merge(fromProfileId, intoProfileId);

    public void Forget(int profileId) => store.Forget(profileId);
}
