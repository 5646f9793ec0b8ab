using Personalization.Features.Domain.History;
using Personalization.Features.Domain.Lists;
using Personalization.Features.Domain.Traits;
using Personalization.Tracking.Contracts;

namespace Personalization.Features.Pipeline;

/// <summary>Keeps the recent events of those who may be profiled. After the sessions are known.</summary>
internal sealed class KeepHistoryStage(ProfileHistory history, TraitImport? import = null, ListImport? lists = null) : IEventStage
{
    public void Apply(TrackedEvent trackedEvent)
    {
        if (trackedEvent.MayProfile && trackedEvent.ProfileId >= 0 && import?.Is(trackedEvent) != true && lists?.Is(trackedEvent) != true)
        {
            history.Apply(trackedEvent);
        }
    }

    public void Merge(int fromProfileId, int intoProfileId) => history.Merge(fromProfileId, intoProfileId);

    public void Forget(int profileId) => history.Forget(profileId);
}
