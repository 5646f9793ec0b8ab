using System.Collections.Frozen;
using System.Collections.Immutable;

namespace Personalization.Features.Domain.Segments;

/// <summary>
/// All segments as of a place of the log, with what an event can touch. Immutable: a change of a definition replaces the whole, so a reader
/// sees the members of the old version or those of the new one and nothing between. Versions are ordered so that whoever asks about a
/// segment comes after it.
/// </summary>
internal sealed class SegmentSet
{
    public static readonly SegmentSet Empty = new([]);

    private readonly FrozenDictionary<string, int> _numbers;
    private readonly FrozenDictionary<string, int>.AlternateLookup<ReadOnlySpan<char>> _byText;
    private readonly Dictionary<int, int[]> _byEvent;
    private readonly int[]?[] _dependants;

    public SegmentSet(ImmutableArray<Segment> segments)
    {
        Segments = segments;
        _numbers = segments.ToFrozenDictionary(segment => segment.Id, segment => segment.Number, StringComparer.Ordinal);
        _byText = _numbers.GetAlternateLookup<ReadOnlySpan<char>>();
        Versions = [.. SegmentOrder.Of(segments)];
        IsLive = [.. Versions.Select(version => ReferenceEquals(segments[_numbers[version.Id]].Live, version))];
        _byEvent = Versions
            .SelectMany((version, rank) => version.Touches.Events.Select(number => (number, rank)))
            .GroupBy(pair => pair.number)
            .ToDictionary(group => group.Key, group => group.Select(pair => pair.rank).ToArray());
        OfAnyEvent = RanksWhere(version => version.Touches is { AnyEvent: true } or { Consent: true } or { Features.Count: > 0 } or { Funnels.Count: > 0 });
        OfTraits = RanksWhere(version => version.Touches.Traits.Count > 0);
        OfLists = RanksWhere(version => version.Touches.Lists.Count > 0);
        var askers = Versions
            .SelectMany((version, rank) => version.Touches.Segments.Select(id => (id, rank)))
            .ToLookup(pair => pair.id, pair => pair.rank, StringComparer.Ordinal);
        _dependants = [.. Versions.Select((version, rank) => IsLive[rank] ? askers[version.Id].ToArray() : [])];
    }

    /// <summary>By number; deleted ones too.</summary>
    public ImmutableArray<Segment> Segments { get; }

    /// <summary>Live and prepared ones, in the order in which they are asked.</summary>
    public ImmutableArray<SegmentVersion> Versions { get; }

    /// <summary>Of <see cref="Versions"/>, which count.</summary>
    public ImmutableArray<bool> IsLive { get; }

    /// <summary>Ranks of those that every event may change.</summary>
    public int[] OfAnyEvent { get; }

    /// <summary>Ranks of those that look at traits.</summary>
    public int[] OfTraits { get; }

    /// <summary>Ranks of those that look at lists.</summary>
    public int[] OfLists { get; }

    /// <summary>The number of a segment that was ever defined, or -1.</summary>
    public int Find(ReadOnlySpan<char> id) => _byText.TryGetValue(id, out var number) ? number : -1;

    /// <summary>Ranks of those that an event of a name may change, ascending.</summary>
    public ReadOnlySpan<int> OfEvent(int name) => _byEvent.TryGetValue(name, out var ranks) ? ranks : [];

    /// <summary>Ranks of those that ask about the segment of a rank; all are higher. None for a version that is not live.</summary>
    public ReadOnlySpan<int> DependantsOf(int rank) => _dependants[rank];

    public int[] RanksWhere(Func<SegmentVersion, bool> isMeant) =>
        [.. Versions.Select((version, rank) => (version, rank)).Where(pair => isMeant(pair.version)).Select(pair => pair.rank)];

    /// <summary>With one segment changed, or added at the end.</summary>
    public SegmentSet With(Segment changed) =>
        new(changed.Number < Segments.Length ? Segments.SetItem(changed.Number, changed) : Segments.Add(changed));
}
