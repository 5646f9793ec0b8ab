using Personalization.Consent.Contracts;
using Personalization.Consent.Domain;
using Personalization.Identity.Contracts;
using Personalization.Tracking.Contracts;

namespace Personalization.Consent.Pipeline;

/// <summary>
/// Nothing is kept of a shopper who does not want to be recorded, or for whom the default of where they are denies it. What they say about
/// consent is always kept, when it changes something: else nobody could ever change their mind, nor prove that they did.
/// </summary>
internal sealed class CollectionRule(IProfileDirectory profiles, ConsentStore store, JurisdictionDirectory jurisdictions) : IDoorRule, IRefusalRule
{
    private const byte Collect = (byte)Purposes.Collect;

    public DropReason Check(TrackedEvent trackedEvent)
    {
        if (StatementReader.IsExplicit(trackedEvent) || trackedEvent.ConsentDetails.NonProfiling != ConsentDetails.Choice.Unsaid)
        {
            return DropReason.None;
        }

        var state = StateOf(trackedEvent);
        if (StringStatements.HashOf(trackedEvent) is var strings and not 0 && strings != state?.StringsHash)
        {
            return DropReason.None; // A string that is new says something.
        }

        var mayCollect = state?.May(Purposes.Collect, trackedEvent.TimestampMs, DefaultOf(trackedEvent, state))
            ?? DefaultOf(trackedEvent, null).May(Purposes.Collect);
        return Says(trackedEvent) switch
        {
            // A withdrawal is kept once, where there is something to withdraw from: somebody who is known.
            false => mayCollect.IsAllowed && IsKnown(trackedEvent) ? DropReason.None : DropReason.CollectionDenied,

            // Not if it was sent before a withdrawal and came after it.
            true when state is null || trackedEvent.TimestampMs >= state.TimestampMs => DropReason.None,
            _ => mayCollect.IsAllowed || IsGrantedBefore(trackedEvent) ? DropReason.None : DropReason.CollectionDenied,
        };
    }

    public bool MayKeep(IReadOnlyCollection<UInt128> subjects, ConsentSignal consent)
    {
        if ((consent.Stated & Collect) != 0)
        {
            return (consent.Granted & Collect) != 0;
        }

        var isAnyKnown = false;
        foreach (var subject in subjects)
        {
            foreach (var profile in (ReadOnlySpan<int>)[profiles.Find(subject, default), profiles.Find(default, subject)])
            {
                if (profile >= 0 && !store.May(profile, Purposes.Collect).IsAllowed)
                {
                    return false;
                }

                isAnyKnown |= profile >= 0;
            }
        }

        return isAnyKnown || subjects.Count == 0 || jurisdictions.Default.May(Purposes.Collect).IsAllowed;
    }

    private bool IsKnown(TrackedEvent trackedEvent) => profiles.Find(trackedEvent.UserKey, trackedEvent.AnonymousKey) >= 0;

    private ConsentState? StateOf(TrackedEvent trackedEvent) =>
        store.Find(profiles.Find(trackedEvent.UserKey, trackedEvent.AnonymousKey));

    private Jurisdiction DefaultOf(TrackedEvent trackedEvent, ConsentState? state) =>
        jurisdictions.Of(trackedEvent) ?? state?.Jurisdiction ?? jurisdictions.Default;

    private static bool? Says(TrackedEvent trackedEvent) =>
        (trackedEvent.Consent.Stated & Collect) == 0 ? null : (trackedEvent.Consent.Granted & Collect) != 0;

    /// <summary>Whether an event of the same shopper in front of it in the same request grants it: that one is not applied yet.</summary>
    private static bool IsGrantedBefore(TrackedEvent trackedEvent)
    {
        var batch = trackedEvent.Batch;
        for (var i = 0; i < batch.EventCount && batch[i] != trackedEvent; i++)
        {
            var earlier = batch[i];
            if (Says(earlier) is true && earlier.TimestampMs <= trackedEvent.TimestampMs && IsSameShopper(earlier, trackedEvent))
            {
                return true;
            }
        }

        return false;
    }

    private static bool IsSameShopper(TrackedEvent first, TrackedEvent second) =>
        (first.UserKey != default && first.UserKey == second.UserKey) ||
        (first.AnonymousKey != default && first.AnonymousKey == second.AnonymousKey);
}
