using Personalization.Features.Domain.Declared;

namespace Personalization.Features.Pipeline.Declared;

/// <summary>Observations of an event go to its profile, or to its items.</summary>
internal readonly struct StateTarget(FeatureStates states, int profileId, long nowMs) : IObservationTarget
{
    public void Add(FeatureVersion version, int item, in Observation observation)
    {
        if (version.Definition.Key == FeatureKey.Profile)
        {
            states.AddToProfile(version, profileId, in observation, nowMs);
        }
        else if (item >= 0)
        {
            states.AddToItem(version, item, in observation);
        }
    }
}
