using Personalization.Features.Domain.Declared;
using Personalization.Features.Domain.Expiry;
using Personalization.Features.Domain.Traits;
using Personalization.Tracking.Contracts;

namespace Personalization.Features.Pipeline.Expiry;

/// <summary>
/// Frees what is kept of profiles when its time is over. Behind every stage that answers as of a time: when the clock leaps, those look first at what was
/// there before.
/// </summary>
internal sealed class FreeExpiredStage(ProfileExpiry expiry, FeatureStates states, ProfileTraits traits) : ITimedStage
{
    public void Apply(TrackedEvent trackedEvent)
    {
        // Who keeps something with an end has said when.
    }

    public long NextDueMs(int partition) => expiry.NextMs(partition);

    public void Elapse(int partition, long nowMs)
    {
        while (expiry.TryTake(partition, nowMs, out var profileId, out var dueMs))
        {
            expiry.Lower(profileId, Math.Min(states.Expire(profileId, dueMs), traits.Expire(profileId, dueMs)));
        }
    }

    /// <summary>The states have gone to the other profile, and have said when they end there.</summary>
    public void Merge(int fromProfileId, int intoProfileId)
    {
        if (fromProfileId != intoProfileId)
        {
            expiry.Remove(fromProfileId);
        }
    }

    public void HandOver(int profileId) => expiry.Remove(profileId);

    public void Forget(int profileId) => expiry.Remove(profileId);
}
