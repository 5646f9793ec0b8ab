using Personalization.Consent.Contracts;
using Personalization.Features.Contracts;
using Personalization.Features.Domain.Conditions;
using Personalization.Features.Domain.History;
using Personalization.Tracking.Contracts;

namespace Personalization.Features.Domain.Segments;

/// <summary>
/// Keeps the memberships of one partition's profiles. An event asks only the segments that it can have changed, and those that ask about a segment
/// that changed; a time that has come asks those that time can change, as of that time. Used by the partition's loop, or by anybody while
/// the pipeline rests. Allocates nothing in steady state.
/// </summary>
internal sealed class SegmentLoop(
    int partition, int partitions, SegmentRoster roster, Func<ProfileSnapshot> snapshots, IConsent consent, DueTimes due, IMembershipListener listener)
{
    /// <summary>Due as soon as the clock moves at all.</summary>
    public const long AtOnce = 0;

    private const long OfTime = -1;

    /// <summary>
    /// Of a profile that has more events than are kept, one event in so many has everything asked, by its place in the log: each may push an old one
    /// out, which may change anything.
    /// </summary>
    private const int EventsPerLook = 128;
    private readonly Arrival _arrival = new();
    private readonly List<int> _atOnce = [];
    private readonly RankMarks _asked = new();
    private readonly AnswerNotes _notes = new(partitions);

    /// <summary>Made when it is needed: what it looks at may itself wait for definitions, and those for the loops.</summary>
    private ProfileSnapshot? _snapshot;
    private long _nowMs;

    public DueTimes Due => due;

    /// <summary>How far the loop's time has come, Unix ms. Any thread.</summary>
    public long NowMs => Volatile.Read(ref _nowMs);

    /// <summary>An event has been applied by every stage before.</summary>
    public void Apply(TrackedEvent trackedEvent)
    {
        var profileId = trackedEvent.ProfileId;
        if (profileId < 0 || trackedEvent.IsRebuilt)
        {
            return;
        }

        var nowMs = Advance(trackedEvent.Batch.LogTimeMs);
        var isAnew = SettleMerges(profileId, nowMs, trackedEvent.Offset);
        var isKnown = roster.Known.Contains(profileId);
        if (!consent.May(profileId, Purposes.Profile, nowMs, out var endsAtMs).IsAllowed)
        {
            if (isKnown)
            {
                Leave(profileId, nowMs, MembershipCause.Consent, trackedEvent.Offset);
            }

            return;
        }

        var set = roster.Set;
        var cause = isAnew ? MembershipCause.Identity : trackedEvent.IsHistorical ? MembershipCause.Import : MembershipCause.Event;
        if (!isKnown)
        {
            roster.Known.Set(profileId, isIn: true);
            cause = trackedEvent.Kind == EventKind.ConsentUpdated && !isAnew ? MembershipCause.Consent : cause;
            AskAll(set, profileId, nowMs, cause, trackedEvent.Offset);
        }
        else if (isAnew)
        {
            AskAll(set, profileId, nowMs, cause, trackedEvent.Offset);
        }
        else
        {
            AskTouched(set, trackedEvent, nowMs, cause);
        }

        due.Lower(profileId, endsAtMs);
    }

    /// <summary>What is due by a time is treated as of when it was; then what waits for no time, as of now.</summary>
    public void Elapse(long nowMs)
    {
        while (due.TryTake(nowMs, out var profileId, out var dueMs))
        {
            if (dueMs == AtOnce)
            {
                _atOnce.Add(profileId);
            }
            else
            {
                Fire(profileId, Advance(dueMs));
            }
        }

        Advance(nowMs);
        for (; _atOnce.Count > 0; _atOnce.RemoveAt(_atOnce.Count - 1))
        {
            Fire(_atOnce[^1], nowMs);
        }
    }

    /// <summary>
    /// One profile goes into another, with all that the stages before keep of it. What that makes of their memberships is asked at the event
    /// that told, which comes next; or as soon as time passes, when it was an administrator's word or the event fails.
    /// </summary>
    public void Merge(int fromProfileId, int intoProfileId)
    {
        roster.MarkMerged(fromProfileId, intoProfileId);
        due.Lower(intoProfileId, AtOnce);
    }

    /// <summary>The profile goes to another loop: this one does nothing more for it.</summary>
    public void HandOver(int profileId)
    {
        roster.HandOver(profileId);
        due.Remove(profileId);
    }

    /// <summary>Asks some versions, by rank, and what depends on them.</summary>
    public void Ask(SegmentSet set, ReadOnlySpan<int> ranks, int profileId, long nowMs, MembershipCause cause, long offset)
    {
        _notes.Drop(profileId);
        _asked.Ensure(set.Versions.Length);
        _asked.Add(ranks);
        Ask(set, profileId, Advance(nowMs), cause, offset);
    }

    /// <summary>The profile is in nothing any more, and nothing is known of it.</summary>
    public void Leave(int profileId, long nowMs, MembershipCause cause, long offset)
    {
        roster.Known.Set(profileId, isIn: false);
        due.Remove(profileId);
        var set = roster.Set;
        for (var rank = 0; rank < set.Versions.Length; rank++)
        {
            if (set.Versions[rank].Put(profileId, isMember: false) && set.IsLive[rank])
            {
                Tell(set, rank, profileId, isMember: false, Advance(nowMs), cause, offset);
            }
        }
    }

    /// <summary>Those who were merged into the profile leave everything. Whether it has to be asked about everything anew.</summary>
    private bool SettleMerges(int profileId, long nowMs, long offset)
    {
        if (!roster.TryTakeAnew(profileId, out var merged))
        {
            return false;
        }

        foreach (var gone in merged)
        {
            if (roster.Known.Contains(gone))
            {
                roster.Known.Set(profileId, isIn: true);
            }

            Leave(gone, nowMs, MembershipCause.Identity, offset);
            roster.EndHandOver(gone);
        }

        return true;
    }

    private void Fire(int profileId, long nowMs)
    {
        if (roster.IsHandedOver(profileId))
        {
            return;
        }

        var isAnew = SettleMerges(profileId, nowMs, roster.Rebuilds);
        if (!roster.Known.Contains(profileId))
        {
            return;
        }

        if (!consent.May(profileId, Purposes.Profile, nowMs, out var endsAtMs).IsAllowed)
        {
            Leave(profileId, nowMs, MembershipCause.Consent, OfTime);
            return;
        }

        var set = roster.Set;
        if (isAnew)
        {
            AskAll(set, profileId, nowMs, MembershipCause.Identity, roster.Rebuilds);
        }
        else
        {
            _notes.Drop(profileId);
            Mark(set, static version => version.IsTimed);
            Ask(set, profileId, nowMs, MembershipCause.Time, OfTime);
        }

        due.Lower(profileId, endsAtMs);
    }

    private void Mark(SegmentSet set, Func<SegmentVersion, bool> isMeant)
    {
        _asked.Ensure(set.Versions.Length);
        for (var rank = 0; rank < set.Versions.Length; rank++)
        {
            if (isMeant(set.Versions[rank]))
            {
                _asked.Add(rank);
            }
        }
    }

    /// <summary>Of everything, so that what the profile was due for before counts no more.</summary>
    public void AskAll(SegmentSet set, int profileId, long nowMs, MembershipCause cause, long offset)
    {
        due.Remove(profileId);
        _notes.Drop(profileId);
        Mark(set, static _ => true);
        Ask(set, profileId, nowMs, cause, offset);
    }

    /// <summary>
    /// Asks what an event can have changed. By what it looks at first; then by what this event is: one that speaks for a segment changes
    /// nothing for its members, and nothing for somebody who lacks more than one. Where older events leave because this one came, everything is asked now and then.
    /// </summary>
    private void AskTouched(SegmentSet set, TrackedEvent trackedEvent, long nowMs, MembershipCause cause)
    {
        if (set.Versions.IsEmpty)
        {
            return;
        }

        var profileId = trackedEvent.ProfileId;
        var isTold = (_snapshot ??= snapshots()).TryRead(trackedEvent, _arrival);
        if (isTold && _arrival.IsFull && trackedEvent.Offset % EventsPerLook == 0)
        {
            AskAll(set, profileId, nowMs, cause, trackedEvent.Offset);
            return;
        }

        _asked.Ensure(set.Versions.Length);
        var arrival = isTold ? _arrival : null;
        if (arrival is null)
        {
            _notes.Drop(profileId);
        }
        else
        {
            arrival.NowMs = nowMs;
            _notes.Open(set, profileId, arrival.Stored);
        }

        var isAny = MarkTouched(set, set.OfEvent(trackedEvent.NameNumber), profileId, arrival);
        isAny |= MarkTouched(set, set.OfAnyEvent, profileId, arrival);
        if (Arrival.SaysTraitsOf(trackedEvent))
        {
            isAny |= MarkTouched(set, set.OfTraits, profileId, arrival);
        }

        if (isAny)
        {
            Ask(set, profileId, nowMs, cause, trackedEvent.Offset);
        }
    }

    private bool MarkTouched(SegmentSet set, ReadOnlySpan<int> ranks, int profileId, Arrival? arrival)
    {
        if (arrival is null)
        {
            _asked.Add(ranks);
            return !ranks.IsEmpty;
        }

        var isAny = false;
        foreach (var rank in ranks)
        {
            var version = set.Versions[rank];
            arrival.AskAnew();
            if (version.MayChange(profileId, arrival, ref _notes.Of(rank)))
            {
                _asked.Add(rank);
                isAny = true;
            }

            if (arrival.NextChangeMs < long.MaxValue)
            {
                version.IsTimed = true;
                due.Lower(profileId, arrival.NextChangeMs);
            }
        }

        return isAny;
    }

    /// <summary>Asks what is marked, in order: what depends on something is marked behind it and asked later.</summary>
    private void Ask(SegmentSet set, int profileId, long nowMs, MembershipCause cause, long offset)
    {
        var snapshot = _snapshot ??= snapshots();
        snapshot.Reset(profileId, nowMs);
        snapshot.NeedsProperties = false;
        var next = long.MaxValue;
        try
        {
            for (var rank = 0; _asked.TryTake(ref rank);)
            {
                next = Math.Min(next, AskOne(set, rank, snapshot, cause, offset));
            }
        }
        catch // Not handled: only what was marked must not be asked of somebody else.
        {
            _asked.Clear();
            throw;
        }

        due.Lower(profileId, next);
    }

    /// <summary>When the answer may change by time alone.</summary>
    private long AskOne(SegmentSet set, int rank, ProfileSnapshot snapshot, MembershipCause cause, long offset)
    {
        var version = set.Versions[rank];
        snapshot.AskAnew();
        snapshot.NeedsProperties |= version.AsksProperties;
        var isMember = version.Holds(snapshot);
        if (snapshot.NextChangeMs < long.MaxValue)
        {
            version.IsTimed = true;
        }

        _notes.Put(rank, version.NoteOf(isMember, snapshot));
        if (version.Put(snapshot.ProfileId, isMember) && set.IsLive[rank])
        {
            Tell(set, rank, snapshot.ProfileId, isMember, snapshot.NowMs, cause, offset);
            _asked.Add(set.DependantsOf(rank));
        }

        return snapshot.NextChangeMs;
    }

    private void Tell(SegmentSet set, int rank, int profileId, bool isMember, long nowMs, MembershipCause cause, long offset)
    {
        var version = set.Versions[rank];
        listener.Changed(partition, new MembershipFact(set.Find(version.Id), version.Number, profileId, isMember, nowMs, cause, offset));
    }

    /// <summary>The loop's time never goes back.</summary>
    private long Advance(long nowMs)
    {
        if (nowMs > _nowMs)
        {
            Volatile.Write(ref _nowMs, nowMs);
        }

        return _nowMs;
    }
}
