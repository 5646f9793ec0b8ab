using System.Collections.Concurrent;
using System.Collections.Immutable;
using Personalization.Features.Contracts;
using Personalization.Features.Domain.Conditions;

namespace Personalization.Features.Domain.Segments;

/// <summary>Who is in which segment now. Readers need one memory read and never wait; the loops and the definitions write.</summary>
internal sealed class SegmentRoster(IPeopleLists lists) : ISegments, IMemberships
{
    private readonly ConcurrentDictionary<int, ImmutableArray<int>> _anew = new();
    private readonly ConcurrentDictionary<int, bool> _handedOver = new();
    private volatile SegmentSet _set = SegmentSet.Empty;

    /// <summary>Entries of <see cref="_anew"/>, so that an event need not look when there is none.</summary>
    private int _anewCount;
    private int _handedOverCount;

    /// <summary>Replaced whole, on the sequencer's thread.</summary>
    public SegmentSet Set
    {
        get => _set;
        set => _set = value;
    }

    /// <summary>Profiles that have been asked about: from their first event on, while they may be profiled.</summary>
    public ProfileBits Known { get; } = new();

    /// <summary>Stands for the place in the log of changes that came with profiles that were made anew: below -1, another one each time.</summary>
    public long Rebuilds { get; set; } = -2;

    /// <summary>Profiles that are asked anew, with those that were merged into each since.</summary>
    public IEnumerable<KeyValuePair<int, ImmutableArray<int>>> Anew => _anew;

    public int Find(ReadOnlySpan<char> id)
    {
        var set = _set;
        return set.Find(id) is var number and >= 0 && set.Segments[number].Live is not null ? number : -1;
    }

    public string IdOf(int segment) => _set.Segments[segment].Id;

    public bool IsMember(int segment, int profileId)
    {
        var segments = _set.Segments;
        return (uint)segment < (uint)segments.Length && segments[segment].Live is { } live && live.Members.Contains(profileId);
    }

    public int Count(int segment)
    {
        var segments = _set.Segments;
        return (uint)segment < (uint)segments.Length && segments[segment].Live is { } live ? live.Members.Count : 0;
    }

    int IMemberships.FindSegment(ReadOnlySpan<char> id) => _set.Find(id);

    int IMemberships.FindList(ReadOnlySpan<char> id) => lists.Find(id);

    bool IMemberships.IsOnList(int list, int profileId) => lists.Contains(list, profileId);

    /// <summary>Everything is asked anew about a profile.</summary>
    public void MarkAnew(int profileId, params ReadOnlySpan<int> leaving)
    {
        if (_anew.TryAdd(profileId, [.. leaving]))
        {
            Interlocked.Increment(ref _anewCount);
        }
    }

    /// <summary>A profile goes into another, and those that went into it before as well.</summary>
    public void MarkMerged(int fromProfileId, int intoProfileId)
    {
        TryTakeAnew(fromProfileId, out var before);
        TryTakeAnew(intoProfileId, out var others);
        MarkAnew(intoProfileId, [.. others, .. before, fromProfileId]);
    }

    public bool TryTakeAnew(int profileId, out ImmutableArray<int> leaving)
    {
        leaving = [];
        if (Volatile.Read(ref _anewCount) == 0 || !_anew.TryRemove(profileId, out leaving))
        {
            leaving = [];
            return false;
        }

        Interlocked.Decrement(ref _anewCount);
        return true;
    }

    /// <summary>The profile has left its loop and not come to the other one yet: what was due for it is void.</summary>
    public void HandOver(int profileId)
    {
        if (_handedOver.TryAdd(profileId, true))
        {
            Interlocked.Increment(ref _handedOverCount);
        }
    }

    public void EndHandOver(int profileId)
    {
        if (Volatile.Read(ref _handedOverCount) > 0 && _handedOver.TryRemove(profileId, out _))
        {
            Interlocked.Decrement(ref _handedOverCount);
        }
    }

    public bool IsHandedOver(int profileId) => Volatile.Read(ref _handedOverCount) > 0 && _handedOver.ContainsKey(profileId);
}
