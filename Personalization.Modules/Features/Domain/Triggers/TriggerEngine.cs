using Personalization.Features.Contracts;
using Personalization.Features.Domain.Conditions;
using Personalization.Features.Domain.History;
using Personalization.Features.Domain.Segments;

namespace Personalization.Features.Domain.Triggers;

/// <summary>
/// Evaluates triggers of the profiles of one partition: after an event those that it can touch, when time has come all of them. Nothing is kept of a
/// trigger's state but what fired and when to look again: the facts are asked anew each time. One loop, or at rest.
/// </summary>
internal sealed class TriggerEngine(
    int partition,
    int partitions,
    TriggerRegistry triggers,
    IProfileHistory history,
    ProfileSnapshot profile,
    TriggerJudge judge,
    DueTimes due,
    ItemChanges changes,
    Action<int, TriggerFired> fire)
{
    /// <summary>Profiles that are looked at for changes of items in one go: a few ms, so that events do not wait.</summary>
    public const int SliceProfiles = 10_000;

    private readonly List<Candidate> _candidates = [];
    private readonly ProfileFacts _facts = new();
    private readonly HashSet<int> _seen = [];
    private readonly List<ItemChange> _wanted = [];

    public long NextDueMs => Math.Min(due.NextMs, changes.NextDueMs(partition));

    /// <summary>An event of the profile has been applied.</summary>
    public void Happened(int profileId, int name, long nowMs)
    {
        var touched = triggers.Set.OfEvent(name);
        if (!touched.IsEmpty)
        {
            due.Lower(profileId, Evaluate(profileId, nowMs, touched));
        }
    }

    /// <summary>Time has come.</summary>
    public void Elapse(long nowMs)
    {
        while (due.TryTake(nowMs, out var profileId, out var dueMs))
        {
            // As of when it was due: how far the clock has leapt since depends on others. 0 stands for as soon as possible.
            due.Lower(profileId, Evaluate(profileId, dueMs > 0 ? dueMs : nowMs, triggers.Set.Timed));
        }

        if (changes.NextDueMs(partition) <= nowMs && changes.Take(partition, nowMs) is var (wanted, from))
        {
            changes.Looked(partition, Look(wanted, from, nowMs), nowMs);
        }
    }

    /// <summary>A membership changed at a time of the log's clock.</summary>
    public void Moved(MembershipChange change, long nowMs)
    {
        if (change.Cause is not (MembershipCause.Event or MembershipCause.Time))
        {
            return;
        }

        foreach (var trigger in triggers.Set.Segments)
        {
            if (trigger.Definition.Waits is SegmentWait wait && wait.OnEntry == change.IsMember && wait.Segment == change.SegmentId)
            {
                Try(trigger, change.ProfileId, new Candidate(change.AtMs, change.AtMs), nowMs);
            }
        }
    }

    /// <summary>The profile belongs to another loop from here on, or is gone.</summary>
    public void Leave(int profileId) => due.Remove(profileId);

    /// <summary>The profile's facts are others now: looks when it is due again, and fires nothing that was due before.</summary>
    public void Renew(int profileId, long nowMs) => due.Lower(profileId, NextOf(profileId, nowMs));

    /// <summary>A trigger that may be due for people who do nothing came to life: each is looked at once, a few at a time.</summary>
    public void LookAtAll(long nowMs, long overMs)
    {
        var count = history.ProfileCount;
        for (var id = partition; id < count; id += partitions)
        {
            due.Lower(id, nowMs + 1 + (long)(overMs * (double)id / count));
        }
    }

    private long NextOf(int profileId, long nowMs)
    {
        var next = long.MaxValue;
        profile.Reset(profileId, nowMs);
        foreach (var trigger in triggers.Set.Timed)
        {
            _candidates.Clear();
            next = Math.Min(next, trigger.Pattern!.Find(profile.Facts, nowMs, nowMs, _candidates));
        }

        return next;
    }

    /// <summary>Fires what is due, and returns when to look again.</summary>
    private long Evaluate(int profileId, long nowMs, ReadOnlySpan<CompiledTrigger> asked)
    {
        var next = long.MaxValue;
        profile.Reset(profileId, nowMs);
        foreach (var trigger in asked)
        {
            _candidates.Clear();
            next = Math.Min(next, trigger.Pattern!.Find(profile.Facts, trigger.FromMs(nowMs), nowMs, _candidates));
            _candidates.Sort(static (one, other) => (one.DueMs, one.Anchor).CompareTo((other.DueMs, other.Anchor)));
            foreach (var candidate in _candidates)
            {
                if (trigger.IsItsOwn(candidate))
                {
                    Try(trigger, profileId, candidate, nowMs);
                }
            }
        }

        return next;
    }

    private void Try(CompiledTrigger trigger, int profileId, Candidate candidate, long nowMs)
    {
        if (judge.Fires(trigger, profileId, profile, candidate, nowMs))
        {
            var definition = trigger.Definition;
            fire(partition, TriggerFeed.Fired(definition.Id, definition.Version, definition.Waits.Kind, profileId, candidate));
        }
    }

    /// <summary>Looks at a slice of the partition's profiles; the next one to look at, or -1 at the end.</summary>
    private int Look(ILookup<int, ItemChange> byItem, int from, long nowMs)
    {
        var count = history.ProfileCount;
        var end = (int)Math.Min(count, from + ((long)SliceProfiles * partitions));
        for (var id = from; id < end; id += partitions)
        {
            if (history.TryRead(id, _facts))
            {
                Look(id, byItem, nowMs);
            }
        }

        return end < count ? from + (SliceProfiles * partitions) : -1;
    }

    private void Look(int profileId, ILookup<int, ItemChange> byItem, long nowMs)
    {
        _seen.Clear();
        foreach (ref readonly var fact in _facts.Events)
        {
            foreach (ref readonly var line in _facts.LinesOf(in fact))
            {
                if (byItem.Contains(line.Item) && _seen.Add(line.Item))
                {
                    _wanted.AddRange(byItem[line.Item]);
                }
            }
        }

        foreach (var change in _wanted.OrderBy(change => change.Offset))
        {
            foreach (var trigger in triggers.Set.Items)
            {
                if (change.Offset >= trigger.SinceOffset && trigger.Items!.Concerns(change) && trigger.Items.IsAwaitedBy(_facts, change))
                {
                    Try(trigger, profileId, new Candidate(change.Offset, change.TimeMs, change.Item), nowMs);
                }
            }
        }

        _wanted.Clear();
    }
}
