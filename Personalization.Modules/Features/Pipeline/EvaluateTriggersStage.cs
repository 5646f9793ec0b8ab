using Personalization.Features.Domain.Triggers;
using Personalization.Tracking.Contracts;

namespace Personalization.Features.Pipeline;

/// <summary>Fires triggers, after an event and when time has come. Stands behind everything that a trigger may look at.</summary>
internal sealed class EvaluateTriggersStage(TriggerRuntime runtime) : ITimedStage
{
    public long NextDueMs(int partition) => runtime[partition].NextDueMs;

    public void Elapse(int partition, long nowMs) => runtime[partition].Elapse(nowMs);

    public void Apply(TrackedEvent trackedEvent)
    {
        if (trackedEvent.MayProfile && trackedEvent.ProfileId >= 0 && !trackedEvent.IsRebuilt)
        {
            runtime.Of(trackedEvent.ProfileId).Happened(trackedEvent.ProfileId, trackedEvent.NameNumber, trackedEvent.Batch.LogTimeMs);
        }
    }

    public void Merge(int fromProfileId, int intoProfileId) => runtime.Merge(fromProfileId, intoProfileId);

    public void HandOver(int profileId) => runtime.Of(profileId).Leave(profileId);

    public void Forget(int profileId) => runtime.Forget(profileId);

    public void BeginRebuild(IReadOnlySet<int> profileIds) => runtime.BeginRebuild(profileIds);

    public void EndRebuild() => runtime.EndRebuild();
}
