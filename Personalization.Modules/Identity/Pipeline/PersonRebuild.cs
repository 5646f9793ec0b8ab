using Personalization.Identity.Domain;
using Personalization.Tracking.Contracts;

namespace Personalization.Identity.Pipeline;

/// <summary>
/// The events of some people as they belong together after a change: each by the profile that it is kept under, moved on by the merges that
/// still hold, from the place on at which each was made.
/// </summary>
internal sealed class PersonRebuild : IRebuildPlan
{
    private readonly IdentityMap _map;
    private readonly long[] _offsets;
    private readonly int[] _homes;
    private readonly IReadOnlyList<Merge> _merges;
    private readonly IdentityRules _rules;
    private readonly int _splitInto;
    private readonly Dictionary<int, int> _into = [];
    private readonly Dictionary<int, List<long>> _moved = [];
    private int _nextMerge;

    /// <param name="profileIds">All numbers of the people concerned.</param>
    /// <param name="map">As it is after the change.</param>
    /// <param name="timeline">Where their events are.</param>
    /// <param name="history">Which merges hold.</param>
    /// <param name="rules">Which identifier tells most.</param>
    /// <param name="splitInto">The profile that identifiers were moved to; -1 when none were.</param>
    public PersonRebuild(IReadOnlySet<int> profileIds, IdentityMap map, ProfileTimeline timeline, MergeHistory history, IdentityRules rules, int splitInto = -1)
    {
        ProfileIds = profileIds;
        _map = map;
        (_offsets, _homes) = timeline.EventsOf(profileIds);
        _merges = history.Within(profileIds);
        _rules = rules;
        _splitInto = splitInto;
    }

    public IReadOnlySet<int> ProfileIds { get; }

    public ReadOnlyMemory<long> Offsets => _offsets;

    /// <summary>Places (ascending) of the events that went to the split profile, by the profile that they were kept under.</summary>
    public IReadOnlyDictionary<int, List<long>> Moved => _moved;

    public bool TryTakeMerge(long throughOffset, out int fromProfileId, out int intoProfileId)
    {
        (fromProfileId, intoProfileId) = (-1, -1);
        if (_nextMerge == _merges.Count || _merges[_nextMerge].Offset > throughOffset)
        {
            return false;
        }

        (fromProfileId, intoProfileId) = (_merges[_nextMerge].From, _merges[_nextMerge].Into);
        _into[fromProfileId] = intoProfileId;
        _nextMerge++;
        return true;
    }

    public void Assign(TrackedEvent trackedEvent)
    {
        var home = _homes[Array.BinarySearch(_offsets, trackedEvent.Offset)];
        if (_splitInto >= 0 && IsSplitOff(trackedEvent, home))
        {
            Keep(home, trackedEvent.Offset);
            home = _splitInto;
        }

        trackedEvent.HomeProfileId = home;
        while (_into.TryGetValue(home, out var into))
        {
            home = into;
        }

        trackedEvent.ProfileId = home;
    }

    /// <summary>An event goes with its most telling identifier; one that has gone to somebody else since tells nothing.</summary>
    private bool IsSplitOff(TrackedEvent trackedEvent, int home)
    {
        var (best, isSplitOff) = (byte.MaxValue, false);
        Weigh(IdentifierKind.UserId, trackedEvent.UserKey);
        Weigh(IdentifierKind.AnonymousId, trackedEvent.AnonymousKey);
        foreach (ref readonly var identifier in trackedEvent.Identifiers)
        {
            if (identifier.Kind < IdentifierKind.Network)
            {
                Weigh(identifier.Kind, identifier.Key);
            }
        }

        return isSplitOff;

        void Weigh(byte kind, UInt128 key)
        {
            var owner = key == default ? -1 : _map.BoundTo(key);
            if ((owner == _splitInto || owner == home) && _rules.RankOf(kind) < best)
            {
                (best, isSplitOff) = (_rules.RankOf(kind), owner == _splitInto);
            }
        }
    }

    private void Keep(int home, long offset)
    {
        if (!_moved.TryGetValue(home, out var offsets))
        {
            _moved[home] = offsets = [];
        }

        offsets.Add(offset);
    }
}
