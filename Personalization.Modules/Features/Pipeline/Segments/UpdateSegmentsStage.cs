using Personalization.Features.Domain.Segments;
using Personalization.Tracking.Contracts;

namespace Personalization.Features.Pipeline.Segments;

/// <summary>Keeps memberships of segments, behind everything that conditions look at.</summary>
internal sealed class UpdateSegmentsStage(SegmentEngine engine, IPartitions partitions) : ITimedStage
{
    private IReadOnlySet<int> _rebuilt = new HashSet<int>();

    public void Apply(TrackedEvent trackedEvent)
    {
        if (trackedEvent.ProfileId >= 0)
        {
            engine.Loops[partitions.PartitionOf(trackedEvent.ProfileId)].Apply(trackedEvent);
        }
    }

    public long NextDueMs(int partition) => engine.Loops[partition].Due.NextMs;

    public void Elapse(int partition, long nowMs) => engine.Loops[partition].Elapse(nowMs);

    public void Merge(int fromProfileId, int intoProfileId) => engine.Merge(fromProfileId, intoProfileId);

    public void HandOver(int profileId) => engine.LoopOf(profileId).HandOver(profileId);

    public void Forget(int profileId) => engine.Forget(profileId);

    public void BeginRebuild(IReadOnlySet<int> profileIds)
    {
        _rebuilt = profileIds.ToHashSet();
        engine.BeginRebuild();
    }

    public void EndRebuild() => engine.EndRebuild(_rebuilt);
}
