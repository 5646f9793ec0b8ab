using Personalization.Features.Contracts;
using Personalization.Features.Domain.Lists;
using Personalization.Features.Domain.Segments;
using Personalization.Tracking.Contracts;

namespace Personalization.Features.Pipeline.Lists;

/// <summary>
/// Asks the segments that look at lists about whom an upload spoke of. Behind the stage that asks about all other things that events touch: whoever
/// it has just met was asked about everything.
/// </summary>
internal sealed class AskListSegmentsStage(SegmentEngine engine, ListImport import, IPartitions partitions) : IEventStage
{
    public void Apply(TrackedEvent trackedEvent)
    {
        var profileId = trackedEvent.ProfileId;
        if (profileId < 0 || trackedEvent.IsRebuilt || !import.Is(trackedEvent) || !engine.Roster.Known.Contains(profileId))
        {
            return;
        }

        // Uploads come in as imports, because they tell nothing of whose a device is now; being put on a list is news all the same.
        var set = engine.Roster.Set;
        engine.Loops[partitions.PartitionOf(profileId)]
            .Ask(set, set.OfLists, profileId, trackedEvent.Batch.LogTimeMs, MembershipCause.Event, trackedEvent.Offset);
    }

    public void Merge(int fromProfileId, int intoProfileId)
    {
    }

    public void Forget(int profileId)
    {
    }
}
