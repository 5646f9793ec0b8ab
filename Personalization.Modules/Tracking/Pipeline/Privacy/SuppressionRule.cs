using Personalization.Kernel.Privacy;
using Personalization.Tracking.Contracts;

namespace Personalization.Tracking.Pipeline.Privacy;

/// <summary>At the door: nothing new is taken in of a person who is suppressed. Their clients get the usual answer.</summary>
internal sealed class SuppressionRule(ISuppressionList suppression) : IDoorRule
{
    public DropReason Check(TrackedEvent trackedEvent)
    {
        if (suppression.IsEmpty || !EventIdentifiers.IsSuppressed(suppression, trackedEvent, out var request))
        {
            return DropReason.None;
        }

        suppression.CountWithheld(request);
        return DropReason.Suppressed;
    }
}
