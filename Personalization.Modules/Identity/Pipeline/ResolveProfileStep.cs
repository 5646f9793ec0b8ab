using Personalization.Identity.Contracts;
using Personalization.Identity.Domain;
using Personalization.Tracking.Contracts;

namespace Personalization.Identity.Pipeline;

/// <summary>
/// Gives each event its profile. An anonymous profile merges into the person that it turns out to be; two known people on
/// one device never merge: the device simply changes hands. An imported event tells whose it was once: it takes no device from
/// whoever has been seen since.
/// </summary>
internal sealed class ResolveProfileStep(IdentityMap map, IdentityLedger ledger, MergeHistory history, MergeAnnouncer announcer) : ISequencerStep
{
    public void Resolve(TrackedEvent trackedEvent)
    {
        trackedEvent.ProfileId = Resolve(trackedEvent.UserKey, trackedEvent.AnonymousKey, trackedEvent.IsHistorical, out var merged);
        if (merged < 0 && trackedEvent.Type == EventType.Alias)
        {
            merged = Alias(trackedEvent);
        }

        trackedEvent.HomeProfileId = map.BoundTo(trackedEvent.UserKey == default ? trackedEvent.AnonymousKey : trackedEvent.UserKey);

        if (map.IsOnlyPast(trackedEvent.ProfileId) && (!trackedEvent.IsHistorical || (merged >= 0 && !map.IsOnlyPast(merged))))
        {
            MarkOnlyPast(trackedEvent.ProfileId, isOnlyPast: false);
        }

        if (merged >= 0)
        {
            map.Merge(merged, trackedEvent.ProfileId);
            ledger.AddMerge(merged, trackedEvent.ProfileId);
            history.AddMerge(merged, trackedEvent.ProfileId, trackedEvent.Offset);
            trackedEvent.MergedProfileId = merged;
            announcer.Announce(new ProfilesMerged(merged, trackedEvent.ProfileId, trackedEvent.Offset));
        }
    }

    /// <summary>
    /// The event belongs to whom it belonged to when it came, wherever that profile lives now; its identifiers may be another's by
    /// now.
    /// </summary>
    public void Resume(TrackedEvent trackedEvent)
    {
        trackedEvent.HomeProfileId = trackedEvent.ProfileId;
        trackedEvent.ProfileId = map.Canonical(trackedEvent.ProfileId);
    }

    private int Resolve(UInt128 user, UInt128 anonymous, bool isHistorical, out int merged)
    {
        merged = -1;
        var byAnonymous = anonymous == default ? -1 : map.Find(anonymous);
        if (user == default)
        {
            return byAnonymous >= 0 ? byAnonymous : Bind(anonymous, Create(isHistorical));
        }

        var byUser = map.Find(user);
        if (byUser < 0)
        {
            // A device that belongs to nobody yet becomes this person's; one that has an owner does not.
            byUser = byAnonymous >= 0 && !map.IsKnownUser(byAnonymous) ? byAnonymous : Create(isHistorical);
            Bind(user, byUser);
            map.MarkUser(byUser);
            ledger.AddUser(byUser);
        }

        if (anonymous == default || byAnonymous == byUser || IsTakenSince(byAnonymous, isHistorical))
        {
            return byUser;
        }

        if (byAnonymous >= 0 && !map.IsKnownUser(byAnonymous))
        {
            // The device stays bound to its own profile, so that the merge can be taken back.
            merged = history.IsSevered(byAnonymous, byUser) ? -1 : byAnonymous;
        }
        else
        {
            Bind(anonymous, map.BoundTo(user));
        }

        return byUser;
    }

    /// <summary>Whether the past speaks of a device that belongs to somebody who was seen live.</summary>
    private bool IsTakenSince(int owner, bool isHistorical) =>
        isHistorical && owner >= 0 && map.IsKnownUser(owner) && !map.IsOnlyPast(owner);

    private int Create(bool isHistorical)
    {
        var created = map.Create();
        if (isHistorical)
        {
            MarkOnlyPast(created, isOnlyPast: true);
        }

        return created;
    }

    private void MarkOnlyPast(int profileId, bool isOnlyPast)
    {
        map.MarkOnlyPast(profileId, isOnlyPast);
        ledger.SetOnlyPast(profileId, isOnlyPast);
    }

    /// <summary>
    /// Browsers send their present id as the previous one, so an alias only ever joins an anonymous profile to a person;
    /// equal ids change nothing.
    /// </summary>
    private int Alias(TrackedEvent trackedEvent)
    {
        var previous = trackedEvent.PreviousKey == default ? -1 : map.Find(trackedEvent.PreviousKey);
        return previous >= 0 && previous != trackedEvent.ProfileId && !map.IsKnownUser(previous) && !history.IsSevered(previous, trackedEvent.ProfileId)
            ? previous
            : -1;
    }

    private int Bind(UInt128 key, int profileId)
    {
        map.Bind(key, profileId);
        ledger.AddBinding(key, profileId);
        return profileId;
    }
}
