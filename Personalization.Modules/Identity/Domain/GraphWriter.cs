using Microsoft.Extensions.Logging;
using Personalization.Tracking.Contracts;

namespace Personalization.Identity.Domain;

/// <summary>One identifier of the event that is being resolved.</summary>
/// <param name="Kind">Number of its kind.</param>
/// <param name="Key">Keyed hash of its normalised value.</param>
/// <param name="Number">In the map; -1 for one that is new.</param>
/// <param name="Value">As sent.</param>
internal readonly record struct Candidate(byte Kind, UInt128 Key, int Number, Utf8Slice Value);

/// <summary>
/// Changes the graph: every change is noted for the checkpoint and has its entry in the link ledger, every refusal is counted. Which
/// changes there are to be is decided by <see cref="Pipeline.ResolveProfileStep"/>. Sequencer only.
/// </summary>
internal sealed partial class GraphWriter(
    IdentityMap map, IdentityLedger ledger, MergeHistory history, LinkLedger links, RefusedLinks refusals, PersonalValues values, IdentityRules rules,
    ILogger<GraphWriter> logger)
{
    public int Create(bool isHistorical)
    {
        var created = map.Create();
        if (isHistorical)
        {
            MarkOnlyPast(created, isOnlyPast: true);
        }

        return created;
    }

    public void MarkOnlyPast(int profileId, bool isOnlyPast)
    {
        map.MarkOnlyPast(profileId, isOnlyPast);
        ledger.ProfileChanged(profileId);
    }

    /// <summary>Binds a new identifier to a profile, unless the person has as many of its kind as one may have.</summary>
    public bool TryBind(TrackedEvent by, in Candidate candidate, int home)
    {
        var person = map.Canonical(home);
        if (map.CountOf(person, candidate.Kind) >= rules.LimitOf(candidate.Kind))
        {
            Refuse(by, RefusalRule.LimitReached, candidate, person, -1);
            return false;
        }

        var number = map.Bind(candidate.Kind, candidate.Key, home, by.TimestampMs);
        ledger.IdentifierChanged(number);
        Note(by, LinkRule.NamedTogether, candidate, home, -1);
        if (rules.IsPersonal(candidate.Kind))
        {
            values.Keep(number, rules.Vocabulary.Kinds[candidate.Kind - 1], by.Text(candidate.Value));
        }

        return true;
    }

    /// <summary>The owner was named together with it once more.</summary>
    public void See(int number, long timeMs)
    {
        ref var identifier = ref map[number];
        if (timeMs > identifier.SeenMs)
        {
            identifier.SeenMs = timeMs;
            ledger.IdentifierChanged(number);
        }
    }

    /// <summary>The device is another person's from this event on.</summary>
    public void ChangeHands(TrackedEvent by, in Candidate device, int home)
    {
        var before = map[device.Number].Home;
        map.ChangeHands(device.Number, home, by.TimestampMs);
        ledger.IdentifierChanged(device.Number);
        ledger.EpochsChanged(device.Number);
        Note(by, LinkRule.UserSwitch, device, home, before);
        CountJoin(by, device);
    }

    /// <summary>The device was somebody's at a time before its present owner.</summary>
    public void InsertEpoch(TrackedEvent by, in Candidate device, int home)
    {
        map.InsertEpoch(device.Number, home, by.TimestampMs);
        ledger.IdentifierChanged(device.Number);
        ledger.EpochsChanged(device.Number);
        Note(by, LinkRule.LateIdentify, device, home, map[device.Number].Home);
    }

    /// <summary>Why two living profiles must stay two; none when they may merge.</summary>
    public RefusalRule Objection(int from, int into)
    {
        if (map.IsKnownUser(from) && map.IsKnownUser(into))
        {
            return RefusalRule.BothKnown;
        }

        if (history.IsSevered(from, into))
        {
            return RefusalRule.Severed;
        }

        for (var kinds = map.KindsOf(from) & map.KindsOf(into); kinds != 0; kinds &= kinds - 1)
        {
            var kind = (byte)System.Numerics.BitOperations.TrailingZeroCount(kinds);
            if (map.CountOf(from, kind) + map.CountOf(into, kind) > rules.LimitOf(kind))
            {
                return RefusalRule.LimitReached;
            }
        }

        return RefusalRule.None;
    }

    /// <param name="merge">Who told it, when, and by what.</param>
    /// <param name="from">The profile that ends. Both live.</param>
    /// <param name="into">The profile that lives on.</param>
    /// <param name="offset">The place in the log at which it takes effect, which may be after the one that told.</param>
    public void Merge(in PendingMerge merge, int from, int into, long offset)
    {
        map.Merge(from, into);
        ledger.ProfileChanged(from);
        history.AddMerge(from, into, offset);
        links.Add(new Link(merge.Offset, merge.TimeMs, merge.Key, from, into, merge.Rule, merge.Kind, merge.Confidence));
    }

    /// <summary>Takes a merge back: the profile, with all that had been merged into it, is a person of its own again.</summary>
    public void Cut(int profileId, long offset, long timeMs)
    {
        links.Add(new Link(offset, timeMs, default, profileId, map.MergedInto(profileId), LinkRule.Unmerge, 0, 1));
        map.Cut(profileId);
        ledger.ProfileChanged(profileId);
        history.Remove(profileId);
    }

    /// <summary>Moves an identifier to another profile at an administrator's word.</summary>
    public void Move(UInt128 key, int profileId, long offset, long timeMs)
    {
        var number = map.NumberOf(key);
        links.Add(new Link(offset, timeMs, key, profileId, map[number].Home, LinkRule.Split, map[number].Kind, 1));
        map.MoveTo(number, profileId);
        ledger.IdentifierChanged(number);
    }

    /// <summary>A value was used to join two profiles, or to give a device away. What does that too often names nobody.</summary>
    public void CountJoin(TrackedEvent by, in Candidate candidate)
    {
        if (candidate.Number < 0)
        {
            return;
        }

        ref var identifier = ref map[candidate.Number];
        ledger.IdentifierChanged(candidate.Number);
        var minute = (int)(by.ReceivedAtMs / 60_000);
        if (minute - identifier.JoinsSinceMinute > rules.QuarantineWindowMs / 60_000 || minute < identifier.JoinsSinceMinute)
        {
            identifier.JoinsSinceMinute = minute;
            identifier.Joins = 0;
        }

        if (++identifier.Joins >= rules.QuarantineProfiles && !identifier.IsQuarantined)
        {
            Quarantine(by, candidate);
        }
    }

    public void Refuse(TrackedEvent by, RefusalRule rule, in Candidate candidate, int person, int other)
    {
        if (refusals.Add(rule, candidate.Kind, candidate.Key, person, other, by.Offset, by.TimestampMs) && logger.IsEnabled(LogLevel.Debug))
        {
            LogRefused(rules.NameOf(candidate.Kind), by.Offset, rule);
        }
    }

    /// <summary>A device is nobody's from then on: what comes with nothing else must not be counted as its last owner's.</summary>
    private void Quarantine(TrackedEvent by, in Candidate candidate)
    {
        map[candidate.Number].IsQuarantined = true;
        var home = map[candidate.Number].Home;
        if (IdentityRules.IsDevice(candidate.Kind))
        {
            var nobody = Create(by.IsHistorical);
            map.ChangeHands(candidate.Number, nobody, by.TimestampMs);
            ledger.EpochsChanged(candidate.Number);
            Note(by, LinkRule.Quarantine, candidate, nobody, home);
        }
        else
        {
            Note(by, LinkRule.Quarantine, candidate, home, -1);
        }

        Refuse(by, RefusalRule.Quarantined, candidate, home, -1);
        LogQuarantined(rules.NameOf(candidate.Kind), by.Offset, rules.QuarantineProfiles);
    }

    private void Note(TrackedEvent by, LinkRule rule, in Candidate candidate, int profileId, int other) =>
        links.Add(new Link(by.Offset, by.TimestampMs, candidate.Key, profileId, other, rule, candidate.Kind, 1));

    [LoggerMessage(EventId = 2010, Level = LogLevel.Warning, Message = "A value of {Kind} joined {Profiles} profiles, the last at offset {Offset}: it links no more")]
    private partial void LogQuarantined(string kind, long offset, int profiles);

    [LoggerMessage(EventId = 2011, Level = LogLevel.Debug, Message = "A value of {Kind} at offset {Offset} was not linked: {Rule}")]
    private partial void LogRefused(string kind, long offset, RefusalRule rule);
}
