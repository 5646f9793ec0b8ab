using Personalization.Kernel.Privacy;
using Personalization.Tracking.Contracts;

namespace Personalization.Tracking.Pipeline.Privacy;

/// <summary>
/// First of all steps: events of a suppressed person that are in the log, because they had passed the door just before, are not applied.
/// They count as erased and not as suppressed, so that no dead letter tells of them; <see cref="Domain.Privacy.StrayEvents"/> sees to it
/// that their content goes.
/// </summary>
internal sealed class DropSuppressedStep(ISuppressionList suppression) : ISequencerStep
{
    public void Resolve(TrackedEvent trackedEvent)
    {
        if (!suppression.IsEmpty && EventIdentifiers.IsSuppressed(suppression, trackedEvent, out var request))
        {
            suppression.CountWithheld(request);
            trackedEvent.Drop = DropReason.Erased;
        }
    }
}
