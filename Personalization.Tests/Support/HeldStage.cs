using Personalization.Tracking.Contracts;

namespace Personalization.Tests.Support;

/// <summary>Keeps its partition at the event <c>Held</c> until it is let go, so that what comes after it waits.</summary>
internal sealed class HeldStage(ManualResetEventSlim hold) : IEventStage
{
    public void Apply(TrackedEvent trackedEvent)
    {
        if (trackedEvent.Text(trackedEvent.Name).SequenceEqual("Held"u8))
        {
            hold.Wait(TimeSpan.FromSeconds(30));
        }
    }

    public void Merge(int fromProfileId, int intoProfileId)
    {
    }

    public void Forget(int profileId)
    {
    }
}
