using Personalization.Features.Domain.Lists;
using Personalization.Tracking.Contracts;

namespace Personalization.Features.Pipeline.Lists;

/// <summary>Keeps who of those who may be profiled is on which list.</summary>
internal sealed class KeepListsStage(PeopleLists lists, ListImport import, ListMetrics metrics) : IEventStage
{
    public void Apply(TrackedEvent trackedEvent)
    {
        if (trackedEvent.MayProfile && trackedEvent.ProfileId >= 0 && import.Is(trackedEvent) && ListImport.TryRead(trackedEvent, out var entry))
        {
            lists.Apply(trackedEvent.ProfileId, entry, trackedEvent.Offset);
            metrics.Watch();
        }
    }

    public void Merge(int fromProfileId, int intoProfileId) => lists.Merge(fromProfileId, intoProfileId);

    public void Forget(int profileId) => lists.Forget(profileId);
}
