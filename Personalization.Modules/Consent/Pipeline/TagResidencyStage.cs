using Personalization.Consent.Domain.Residency;
using Personalization.Tracking.Contracts;

namespace Personalization.Consent.Pipeline;

/// <summary>
/// Notes where each shopper's events come from. No consent is asked: which law a person is under must be known to obey it, and nothing
/// else is done with it.
/// </summary>
internal sealed class TagResidencyStage(ResidencyStore store, Countries countries) : IEventStage
{
    public void Apply(TrackedEvent trackedEvent)
    {
        var named = trackedEvent.ConsentDetails.Country;
        var country = named.IsEmpty ? default : countries.Find(trackedEvent.Text(named));
        var seconds = (uint)Math.Clamp(trackedEvent.TimestampMs / 1000, 1, uint.MaxValue);
        store.Record(trackedEvent.ProfileId, ResidencyState.Of(seconds, country, trackedEvent.Batch.SourceId));
    }

    public void Merge(int fromProfileId, int intoProfileId) => store.Merge(fromProfileId, intoProfileId);

    public void Forget(int profileId) => store.Forget(profileId);
}
