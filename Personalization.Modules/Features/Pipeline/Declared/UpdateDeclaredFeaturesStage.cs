using Personalization.Features.Domain.Declared;
using Personalization.Features.Domain.History;
using Personalization.Tracking.Contracts;

namespace Personalization.Features.Pipeline.Declared;

/// <summary>
/// Keeps declared features. An event costs one look-up unless a feature asks for its name; of the others only those are touched that do. What is
/// kept of a profile needs its consent to be profiled, what is counted of items its consent to be measured.
/// </summary>
internal sealed class UpdateDeclaredFeaturesStage(
    FeatureRegistry registry, FeatureStates states, KeptProperties kept, FreshnessGate gate, FeatureFill fill, TimeProvider time) : IEventStage
{
    [ThreadStatic]
    private static ProfileFacts? _facts;

    public void Apply(TrackedEvent trackedEvent)
    {
        var touched = registry.Current.TouchedBy(trackedEvent.NameNumber);
        if (touched.IsEmpty || (!trackedEvent.MayProfile && !trackedEvent.MayMeasure))
        {
            return;
        }

        var facts = _facts ??= new ProfileFacts();
        EventFacts.Read(trackedEvent, kept, facts);
        foreach (var version in touched)
        {
            if (Concerns(version, trackedEvent))
            {
                Observe(version, trackedEvent, facts);
            }
        }
    }

    public void Merge(int fromProfileId, int intoProfileId) => states.Merge(fromProfileId, intoProfileId);

    public void Forget(int profileId) => states.Forget(profileId);

    /// <summary>Events may belong to other profiles afterwards.</summary>
    public void EndRebuild() => fill.ForgetHomes();

    /// <summary>
    /// An item has an event that is applied once more already. A profile that is made anew gets what it had: events from before a version only
    /// where the version has been filled with them.
    /// </summary>
    private static bool Concerns(FeatureVersion version, TrackedEvent trackedEvent) => version.Definition.Key == FeatureKey.Item
        ? trackedEvent.MayMeasure && !trackedEvent.IsRebuilt
        : trackedEvent.MayProfile && trackedEvent.ProfileId >= 0 && (version.IsFilled || !IsBefore(version, trackedEvent) || (version.FillsFromLog && trackedEvent.Offset < version.FilledThrough));

    private static bool IsBefore(FeatureVersion version, TrackedEvent trackedEvent) => trackedEvent.IsRebuilt && trackedEvent.Offset < version.PutOffset;

    private void Observe(FeatureVersion version, TrackedEvent trackedEvent, ProfileFacts facts)
    {
        // By the event's own times, so that a replay and a rebuild leave out the same ones.
        if (!(version.IsFilled && IsBefore(version, trackedEvent)) && version.IsTooLate(trackedEvent))
        {
            version.Counts.LeaveOutLate();
            return;
        }

        var target = new StateTarget(states, trackedEvent.ProfileId, trackedEvent.Batch.LogTimeMs);
        if (Observations.Take(version, facts, in facts.Events[0], target) && gate.IsOpen && !trackedEvent.IsRebuilt)
        {
            version.Counts.Freshness.Add(time.GetUtcNow().ToUnixTimeMilliseconds() - trackedEvent.ReceivedAtMs);
        }
    }
}
