using Personalization.Identity.Contracts;
using Personalization.Identity.Domain;
using Personalization.Identity.Domain.Likelihood;
using Personalization.Tracking.Contracts;

namespace Personalization.Identity.Pipeline;

/// <summary>
/// Gives each event its profile. The identifier of the highest rank decides whose it is; the others are linked to that person. What
/// names a person never changes hands; a device does, and two known people who share one never merge. An imported event tells whose
/// a device was once: it takes none from whoever has been seen since, and neither does one that comes late.
/// </summary>
internal sealed class ResolveProfileStep(
    IdentityMap map, GraphWriter graph, PendingMerges pending, IdentityRules rules, LikelyLinks likely, LikelihoodOptions likelihood,
    MergeAnnouncer announcer) : ISequencerStep
{
    private readonly Candidate[] _candidates = new Candidate[IdentifierKind.MaxPerEvent + 2];
    private int _count;
    private uint _named;

    public void Resolve(TrackedEvent trackedEvent)
    {
        Collect(trackedEvent);
        var person = _count == 0 ? StandAlone(trackedEvent) : Identify(trackedEvent);
        if (trackedEvent.Type == EventType.Alias)
        {
            person = Alias(trackedEvent, person);
        }

        if (likely.See(trackedEvent, person) is >= 0 and var pair)
        {
            person = ApplyLikely(trackedEvent, person, pair);
        }

        if (trackedEvent.MergedProfileId < 0 && map.HasPending(person))
        {
            person = TakePending(trackedEvent, person);
        }

        trackedEvent.ProfileId = person;
        KeepPresence(trackedEvent);
        if (trackedEvent.MergedProfileId >= 0)
        {
            announcer.Announce(new ProfilesMerged(trackedEvent.MergedProfileId, person, trackedEvent.Offset));
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

    /// <summary>The event's identifiers by rank, each once, without those that name nobody.</summary>
    private void Collect(TrackedEvent trackedEvent)
    {
        _count = 0;
        _named = 0;
        Add(trackedEvent, IdentifierKind.UserId, trackedEvent.UserKey, trackedEvent.UserId);
        foreach (ref readonly var identifier in trackedEvent.Identifiers)
        {
            if (identifier.Kind < IdentifierKind.Network)
            {
                Add(trackedEvent, identifier.Kind, identifier.Key, identifier.Value);
            }
        }

        Add(trackedEvent, IdentifierKind.AnonymousId, trackedEvent.AnonymousKey, trackedEvent.AnonymousId);
    }

    private void Add(TrackedEvent trackedEvent, byte kind, UInt128 key, Utf8Slice value)
    {
        if (key == default)
        {
            return;
        }

        // What was bound once is no placeholder: the text is looked at only when it is new.
        var candidate = new Candidate(kind, key, map.NumberOf(key), value);
        if (candidate.Number < 0 && rules.Blocked.Contains(kind, trackedEvent.Text(value)))
        {
            graph.Refuse(trackedEvent, RefusalRule.Blocked, candidate, person: -1, other: -1);
            return;
        }

        var rank = rules.RankOf(kind);
        var place = _count;
        for (; place > 0 && rules.RankOf(_candidates[place - 1].Kind) > rank; place--)
        {
        }

        for (var i = 0; i < place; i++)
        {
            if (_candidates[i].Key == key)
            {
                return;
            }
        }

        Array.Copy(_candidates, place, _candidates, place + 1, _count - place);
        _candidates[place] = candidate;
        _count++;
        _named |= 1u << kind & ~IdentityRules.DeviceKinds;
    }

    private int StandAlone(TrackedEvent trackedEvent) => trackedEvent.HomeProfileId = graph.Create(trackedEvent.IsHistorical);

    private int Identify(TrackedEvent trackedEvent)
    {
        ref readonly var primary = ref _candidates[0];
        int home;
        if (primary.Number >= 0)
        {
            home = HomeOf(primary, trackedEvent);
        }
        else
        {
            home = HomeOfAdopted(trackedEvent);
            graph.TryBind(trackedEvent, primary, home);
        }

        trackedEvent.HomeProfileId = home;
        var person = map.Canonical(home);
        for (var i = 1; i < _count; i++)
        {
            person = Link(trackedEvent, _candidates[i], home, person);
        }

        return person;
    }

    /// <summary>A profile that belongs to nobody yet becomes this person's; one that has an owner does not.</summary>
    private int HomeOfAdopted(TrackedEvent trackedEvent)
    {
        for (var i = 1; i < _count; i++)
        {
            ref readonly var candidate = ref _candidates[i];
            if (candidate.Number < 0 || map[candidate.Number].IsQuarantined)
            {
                continue;
            }

            var home = HomeOf(candidate, trackedEvent);
            var owner = map.Canonical(home);
            if (map.CountOf(owner, _candidates[0].Kind) < rules.LimitOf(_candidates[0].Kind)
                && !(IdentityRules.IsDevice(candidate.Kind) && AreTwoPeople(owner, _named)))
            {
                return home;
            }
        }

        return graph.Create(trackedEvent.IsHistorical);
    }

    /// <summary>
    /// Whether what a device joins are two people: both have a value of one kind, or an address was given on the device of a known person
    /// by somebody who did not say to be that person.
    /// </summary>
    private bool AreTwoPeople(int owner, uint kinds)
    {
        const uint User = 1u << IdentifierKind.UserId;
        var owned = map.KindsOf(owner) & ~IdentityRules.DeviceKinds;
        kinds &= ~IdentityRules.DeviceKinds;
        return (owned & kinds) != 0 || ((owned & User) != 0 && (kinds & User) == 0 && kinds != 0);
    }

    /// <summary>Links one more identifier of the event to its person, who may turn out to be another by that.</summary>
    private int Link(TrackedEvent trackedEvent, in Candidate candidate, int home, int person)
    {
        if (_candidates[0].Number >= 0 && map[_candidates[0].Number].IsQuarantined)
        {
            return person;
        }

        if (candidate.Number < 0)
        {
            graph.TryBind(trackedEvent, candidate, home);
            return person;
        }

        var owner = map.Canonical(map[candidate.Number].Home);
        if (owner == person)
        {
            if (_named != 0)
            {
                graph.See(candidate.Number, trackedEvent.TimestampMs);
            }

            return person;
        }

        if (map[candidate.Number].IsQuarantined)
        {
            graph.Refuse(trackedEvent, RefusalRule.Quarantined, candidate, person, owner);
            return person;
        }

        if (IdentityRules.IsDevice(candidate.Kind) && AreTwoPeople(owner, map.KindsOf(person)))
        {
            return _named == 0 ? person : PassOn(trackedEvent, candidate, home, person, owner);
        }

        return Join(trackedEvent, candidate, person, owner, LinkRule.SharedEvent);
    }

    /// <summary>The device is this person's from now on; or, when the event tells of the past, was theirs for a while.</summary>
    private int PassOn(TrackedEvent trackedEvent, in Candidate device, int home, int person, int owner)
    {
        if (trackedEvent.TimestampMs < map[device.Number].SeenMs)
        {
            var former = map.Canonical(map.HomeAt(device.Number, trackedEvent.TimestampMs));
            if (former == person)
            {
                return person;
            }

            graph.InsertEpoch(trackedEvent, device, home);
            return former == owner || AreTwoPeople(former, map.KindsOf(person))
                ? person
                : Join(trackedEvent, device, person, former, LinkRule.SharedEvent);
        }

        var isTakenSince = trackedEvent.IsHistorical && map.IsKnownUser(owner) && !map.IsOnlyPast(owner);
        if (!isTakenSince)
        {
            graph.ChangeHands(trackedEvent, device, home);
        }

        return person;
    }

    /// <summary>Two profiles turned out to be one person: the known one lives on, else the one that the event belongs to.</summary>
    private int Join(TrackedEvent trackedEvent, in Candidate by, int person, int other, LinkRule rule)
    {
        var (from, into) = map.IsKnownUser(other) && !map.IsKnownUser(person) ? (person, other) : (other, person);
        var objection = graph.Objection(from, into);
        if (objection != RefusalRule.None)
        {
            var isClaimed = objection == RefusalRule.BothKnown && !IdentityRules.IsDevice(by.Kind);
            graph.Refuse(trackedEvent, isClaimed ? RefusalRule.ClaimedByAnother : objection, by, person, other);
            return person;
        }

        var merge = new PendingMerge(0, from, into, by.Key, trackedEvent.Offset, trackedEvent.TimestampMs, 1, rule, by.Kind);
        graph.CountJoin(trackedEvent, by);
        graph.CountJoin(trackedEvent, _count > 0 ? _candidates[0] : by);
        if (trackedEvent.MergedProfileId >= 0)
        {
            pending.Add(merge);
            return person;
        }

        Merge(trackedEvent, merge, from, into);
        return into;
    }

    private void Merge(TrackedEvent trackedEvent, in PendingMerge merge, int from, int into)
    {
        graph.Merge(merge, from, into, trackedEvent.Offset);
        pending.Follow(from, into);
        trackedEvent.MergedProfileId = from;
    }

    /// <summary>What is likely is only noted, unless the shop has set from which confidence on it is taken for true.</summary>
    private int ApplyLikely(TrackedEvent trackedEvent, int person, int pair)
    {
        var link = likely[pair];
        var (one, other) = (map.Canonical(link.One), map.Canonical(link.Other));
        other = one == person ? other : one;
        if (likelihood.ApplyFrom >= 1 || link.Confidence < likelihood.ApplyFrom || link.IsApplied || other == person)
        {
            return person;
        }

        var (from, into) = map.IsKnownUser(other) && !map.IsKnownUser(person) ? (person, other) : (other, person);
        if (graph.Objection(from, into) != RefusalRule.None)
        {
            return person;
        }

        likely.MarkApplied(pair);
        var merge = new PendingMerge(
            0, from, into, default, trackedEvent.Offset, trackedEvent.TimestampMs, link.Confidence, LinkRule.Probabilistic, 0);
        if (trackedEvent.MergedProfileId >= 0)
        {
            pending.Add(merge);
            return person;
        }

        Merge(trackedEvent, merge, from, into);
        return into;
    }

    private int TakePending(TrackedEvent trackedEvent, int person)
    {
        while (pending.TryTake(person, out var merge))
        {
            var (from, into) = (map.Canonical(merge.From), map.Canonical(merge.Into));
            if (map.IsKnownUser(from))
            {
                (from, into) = (into, from);
            }

            if (from != into && graph.Objection(from, into) == RefusalRule.None)
            {
                Merge(trackedEvent, merge, from, into);
                return into;
            }
        }

        return person;
    }

    /// <summary>
    /// Browsers send their present id as the previous one, so an alias only ever joins an anonymous profile to a person;
    /// equal ids change nothing.
    /// </summary>
    private int Alias(TrackedEvent trackedEvent, int person)
    {
        var number = trackedEvent.PreviousKey == default ? -1 : map.NumberOf(trackedEvent.PreviousKey);
        if (number < 0 || _count == 0)
        {
            return person;
        }

        var previous = map.Canonical(map[number].Home);
        var candidate = new Candidate(IdentifierKind.AnonymousId, trackedEvent.PreviousKey, number, trackedEvent.PreviousId);
        return previous == person || map.IsKnownUser(previous) || map[number].IsQuarantined
            ? person
            : Join(trackedEvent, candidate, person, previous, LinkRule.Alias);
    }

    private int HomeOf(in Candidate candidate, TrackedEvent trackedEvent) =>
        IdentityRules.IsDevice(candidate.Kind) ? map.HomeAt(candidate.Number, trackedEvent.TimestampMs) : map[candidate.Number].Home;

    /// <summary>Who was only told of by imports is no longer so once something live speaks of the person.</summary>
    private void KeepPresence(TrackedEvent trackedEvent)
    {
        var merged = trackedEvent.MergedProfileId;
        if (map.IsOnlyPast(trackedEvent.ProfileId) && (!trackedEvent.IsHistorical || (merged >= 0 && !map.IsOnlyPast(merged))))
        {
            graph.MarkOnlyPast(trackedEvent.ProfileId, isOnlyPast: false);
        }
    }
}
