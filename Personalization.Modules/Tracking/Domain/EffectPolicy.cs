using Personalization.Tracking.Contracts;

namespace Personalization.Tracking.Domain;

/// <summary>
/// Which events are answered only when they have taken effect, not as soon as they are on disk: those by which a shopper changes, or
/// withdraws, what their data may be used for. Whoever hears that it is done must not see it undone by the next answer. Of an import none
/// is: it tells what was said long ago.
/// </summary>
internal static class EffectPolicy
{
    public static bool IsAwaited(EventBatch batch)
    {
        if (batch.Origin == EventOrigin.Import)
        {
            return false;
        }

        for (var i = 0; i < batch.EventCount; i++)
        {
            if (!batch[i].IsDropped && IsAwaited(batch[i]))
            {
                return true;
            }
        }

        return false;
    }

    private static bool IsAwaited(TrackedEvent trackedEvent) =>
        trackedEvent.Kind == EventKind.ConsentUpdated ||
        trackedEvent.ConsentDetails.NonProfiling != ConsentDetails.Choice.Unsaid ||
        (trackedEvent.Consent.Stated & ~trackedEvent.Consent.Granted) != 0;
}
