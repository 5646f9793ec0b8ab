using System.Collections.Immutable;
using System.Numerics;
using Personalization.Consent.Contracts;
using Personalization.Features.Contracts;
using Personalization.Features.Domain.Conditions;
using Personalization.Features.Domain.History;
using Personalization.Identity.Contracts;
using Personalization.Tracking.Contracts;

namespace Personalization.Features.Domain.Segments;

/// <summary>
/// Changes what segments there are, at places of the log while no stage runs. What a change makes of memberships depends on the state at that
/// place alone, however far a new version was filled before: so a replay tells the same.
/// </summary>
internal sealed class SegmentEngine
{
    private readonly IConditionCompiler _compiler;
    private readonly IKeptProperties _kept;
    private readonly IEventNames _names;
    private readonly IProfileDirectory _profiles;
    private readonly IPartitions _partitions;
    private readonly ILogClock _clock;
    private readonly IMembershipListener _listener;
    private readonly Func<ProfileSnapshot> _snapshot;
    private volatile FillList _fills = new([]);
    private bool _isRebuilding;
    private int _namesKnown;

    public SegmentEngine(
        SegmentRoster roster,
        IConditionCompiler compiler,
        IKeptProperties kept,
        IEventNames names,
        IProfileDirectory profiles,
        IConsent consent,
        IPartitions partitions,
        ILogClock clock,
        IMembershipListener listener,
        Func<ProfileSnapshot> snapshot)
    {
        Roster = roster;
        _compiler = compiler;
        _kept = kept;
        _names = names;
        _profiles = profiles;
        _partitions = partitions;
        _clock = clock;
        _listener = listener;
        _snapshot = snapshot;
        Loops =
        [
            .. Enumerable.Range(0, partitions.Count)
                .Select(number => new SegmentLoop(number, partitions.Count, roster, snapshot, consent, new DueTimes(number, partitions.Count), listener)),
        ];
    }

    public SegmentRoster Roster { get; }

    /// <summary>By partition.</summary>
    public IReadOnlyList<SegmentLoop> Loops { get; }

    /// <summary>Versions that are being prepared. Any thread.</summary>
    public ImmutableArray<SegmentFill> Fills => _fills.Of;

    /// <summary>The number that the next version's rows get.</summary>
    public int NextSlot { get; set; } = 1;

    /// <summary>Versions that are gone, whose rows go with the next checkpoint.</summary>
    public List<SegmentVersion> Dropped { get; } = [];

    /// <summary>Numbers of segments whose definitions changed since the last checkpoint.</summary>
    public HashSet<int> Changed { get; } = [];

    /// <summary>A new version beside the live one. A third one takes the place of the oldest that waits.</summary>
    public void Put(string id, int number, SegmentDefinition definition)
    {
        var set = Roster.Set;
        var found = set.Find(id);
        var segment = found >= 0 ? set.Segments[found] : new Segment(set.Segments.Length, id, null, []);
        var version = Compiled(new SegmentVersion(NextSlot++, id, number, definition));
        var prepared = segment.Prepared.Add(version);
        while (prepared.Length > Segment.MaxPrepared)
        {
            prepared = prepared.RemoveAt(0);
        }

        Replace(segment with { Prepared = prepared }, segment);
    }

    /// <summary>A prepared version takes the place of the live one. False when it is not prepared; nothing happens when it is live.</summary>
    public bool Activate(string id, int number, long offset)
    {
        var set = Roster.Set;
        var found = set.Find(id);
        if (found >= 0 && set.Segments[found].Live?.Number == number)
        {
            return true;
        }

        if (found < 0 || set.Segments[found].Prepared.FirstOrDefault(prepared => prepared.Number == number) is not { } version)
        {
            return false;
        }

        Complete(version);
        var segment = set.Segments[found];
        Replace(segment with { Live = version, Prepared = [.. segment.Prepared.Where(prepared => prepared.Number > number)] }, segment);
        TellDifference(found, version.Number, segment.Live?.Members, version.Members, offset);
        return true;
    }

    /// <summary>Everybody leaves.</summary>
    public void Delete(string id, long offset)
    {
        var set = Roster.Set;
        if (set.Find(id) is not (>= 0 and var found))
        {
            return;
        }

        var segment = set.Segments[found];
        Replace(segment with { Live = null, Prepared = [] }, segment);
        TellDifference(found, segment.Live?.Number ?? 0, segment.Live?.Members, after: null, offset);
    }

    /// <summary>Ids of other segments that ask about one, live or prepared.</summary>
    public IReadOnlyList<string> UsersOf(string id) =>
        [.. Roster.Set.Versions.Where(version => version.Id != id && version.Touches.Segments.Contains(id)).Select(version => version.Id).Distinct(StringComparer.Ordinal)];

    /// <summary>
    /// Names of events that had no number when conditions were compiled may have one now. On the sequencer's thread, before the first event of
    /// the name goes to its loop.
    /// </summary>
    public void LearnNames()
    {
        if (_names.Count == _namesKnown)
        {
            return;
        }

        _namesKnown = _names.Count;
        var set = Roster.Set;
        var waiting = set.Versions.Where(version => version.Touches.UnknownEvents.Any(name => _names.Find(name) >= 0)).ToList();
        if (waiting.Count > 0)
        {
            waiting.ForEach(version => Compiled(version));
            Roster.Set = new SegmentSet(set.Segments);
        }
    }

    /// <summary>Something that conditions ask about means something else from here on: those are compiled anew, and everybody is asked.</summary>
    public void AskEverybody(Func<Touches, bool> isMeant, long offset)
    {
        var set = Roster.Set;
        var meant = set.Versions.Where(version => isMeant(version.Touches)).ToList();
        if (meant.Count == 0)
        {
            return;
        }

        meant.ForEach(version => Compiled(version));
        Roster.Set = set = new SegmentSet(set.Segments);
        var ranks = set.RanksWhere(meant.Contains);
        for (var profileId = Roster.Known.Next(0); profileId >= 0; profileId = Roster.Known.Next(profileId + 1))
        {
            LoopOf(profileId).Ask(set, ranks, profileId, _clock.NowMs, MembershipCause.Definition, offset);
        }
    }

    public void Merge(int fromProfileId, int intoProfileId)
    {
        // While profiles are made anew, all of them are asked at the end.
        if (!_isRebuilding)
        {
            LoopOf(fromProfileId).Due.Remove(fromProfileId);
            LoopOf(intoProfileId).Merge(fromProfileId, intoProfileId);
        }
    }

    public void BeginRebuild() => _isRebuilding = true;

    /// <summary>Memberships stay as they were, until what the profiles are now is asked: the difference is told, and nothing in between.</summary>
    public void EndRebuild(IReadOnlySet<int> profileIds)
    {
        _isRebuilding = false;
        Roster.Rebuilds--;
        foreach (var profileId in profileIds.Order())
        {
            var isLiving = _profiles.Canonical(profileId) == profileId;
            Roster.TryTakeAnew(profileId, out _);
            Roster.MarkAnew(profileId, isLiving ? [] : [profileId]);
            if (isLiving)
            {
                Roster.Known.Set(profileId, isIn: true);
            }

            LoopOf(profileId).Due.Lower(profileId, _clock.NowMs);
        }
    }

    /// <summary>Nothing is left of a profile, and nothing is told. While the pipeline rests. How many memberships that were.</summary>
    public long Forget(int profileId)
    {
        var set = Roster.Set;
        var left = 0L;
        for (var rank = 0; rank < set.Versions.Length; rank++)
        {
            left += set.Versions[rank].Put(profileId, isMember: false) && set.IsLive[rank] ? 1 : 0;
        }

        LoopOf(profileId).Due.Remove(profileId);
        Roster.TryTakeAnew(profileId, out _);
        Roster.EndHandOver(profileId);
        return left + (Roster.Known.Set(profileId, isIn: false) ? 1 : 0);
    }

    /// <summary>Takes segments back whose conditions are not compiled yet. Before anything runs.</summary>
    public void Restore(IEnumerable<Segment> segments)
    {
        ImmutableArray<Segment> restored = [.. segments.OrderBy(segment => segment.Number)];
        foreach (var version in restored.SelectMany(segment => segment.Versions))
        {
            Compiled(version);
        }

        _namesKnown = _names.Count;
        Roster.Set = new SegmentSet(restored);
        RefreshFills();
    }

    public SegmentLoop LoopOf(int profileId) => Loops[_partitions.PartitionOf(profileId)];

    private SegmentVersion Compiled(SegmentVersion version)
    {
        foreach (var path in ConditionProperties.Of(version.Definition.Condition))
        {
            _kept.Keep(path);
        }

        var condition = _compiler.Compile(version.Definition.Condition);
        var touches = new Touches();
        condition.Touch(touches);
        (version.Condition, version.Touches) = (condition, touches);
        return version;
    }

    private void Replace(Segment after, Segment before)
    {
        Changed.Add(after.Number);
        Dropped.AddRange(before.Versions.Except(after.Versions));
        Roster.Set = Roster.Set.With(after);
        RefreshFills();
    }

    /// <summary>What has begun goes on; what is gone stops.</summary>
    private void RefreshFills()
    {
        var waiting = Roster.Set.Segments.SelectMany(segment => segment.Prepared).ToList();
        var going = _fills.Of;
        _fills = new(
        [
            .. waiting.Select(version => going.FirstOrDefault(fill => ReferenceEquals(fill.Version, version))
                ?? new SegmentFill(version, Roster, Loops, _partitions, _clock, _snapshot())),
        ]);
    }

    /// <summary>However far it has come, it is complete now, and as of now.</summary>
    private void Complete(SegmentVersion version)
    {
        var fill = Fills.First(fill => ReferenceEquals(fill.Version, version));
        while (!fill.Advance())
        {
        }

        foreach (var loop in Loops)
        {
            loop.Elapse(_clock.NowMs);
        }
    }

    private void TellDifference(int segment, int version, ProfileBits? before, ProfileBits? after, long offset)
    {
        var set = Roster.Set;
        var dependants = set.RanksWhere(other => other.Touches.Segments.Contains(set.Segments[segment].Id));
        var nowMs = _clock.NowMs;
        for (var first = 0; first < Math.Max(before?.End ?? 0, after?.End ?? 0); first += 64)
        {
            var isIn = after?.Word(first) ?? 0;
            for (var changed = isIn ^ (before?.Word(first) ?? 0); changed != 0; changed &= changed - 1)
            {
                var bit = BitOperations.TrailingZeroCount(changed);
                var profileId = first + bit;
                _listener.Changed(
                    _partitions.PartitionOf(profileId),
                    new MembershipFact(segment, version, profileId, (isIn & (1UL << bit)) != 0, nowMs, MembershipCause.Definition, offset));
                if (dependants.Length > 0)
                {
                    LoopOf(profileId).Ask(set, dependants, profileId, nowMs, MembershipCause.Definition, offset);
                }
            }
        }
    }

    /// <summary>Replaced whole.</summary>
    private sealed record FillList(ImmutableArray<SegmentFill> Of);
}
