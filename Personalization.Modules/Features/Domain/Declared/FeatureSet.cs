using System.Collections.Frozen;

namespace Personalization.Features.Domain.Declared;

/// <summary>All features that are in use or being prepared, at one place of the log. Immutable but for the counts.</summary>
internal sealed class FeatureSet
{
    private readonly FrozenDictionary<int, FeatureVersion[]> _byEvent;
    private readonly FrozenDictionary<string, int> _numbers;
    private readonly FrozenSet<int> _alive;

    /// <param name="versions">Alive ones.</param>
    /// <param name="ids">Ids by their number, those of no live feature too.</param>
    /// <param name="knownNames">Names of events that were known when the versions were compiled.</param>
    public FeatureSet(IReadOnlyList<FeatureVersion> versions, IReadOnlyList<string> ids, int knownNames)
    {
        Versions = [.. versions];
        KnownNames = knownNames;
        IsWaitingForNames = Versions.Any(version => version.Matcher is { } matcher && matcher.Events.Count < version.Definition.Pattern.Names.Length);
        _alive = Versions.Select(version => version.Number).ToFrozenSet();
        _numbers = ids.Select((id, number) => (id, number)).ToFrozenDictionary(pair => pair.id, pair => pair.number, StringComparer.Ordinal);
        Live = [.. ids.Select(id => Versions.SingleOrDefault(version => version.Id == id && version.Phase == VersionPhase.Live))];
        Freed = Array.FindAll(Versions, version => version.IsFreed);
        _byEvent = Versions
            .SelectMany(version => (version.Matcher?.Events ?? Enumerable.Empty<int>()).Select(name => (name, version)))
            .GroupBy(pair => pair.name)
            .ToFrozenDictionary(group => group.Key, group => group.Select(pair => pair.version).ToArray());
    }

    public static FeatureSet Empty { get; } = new([], [], 0);

    public FeatureVersion[] Versions { get; }

    /// <summary>Those of profiles that have a time to live.</summary>
    public FeatureVersion[] Freed { get; }

    /// <summary>The live version of each id, by the id's number.</summary>
    public FeatureVersion?[] Live { get; }

    public int KnownNames { get; }

    /// <summary>A name that a version asks for has no number yet: when more names are known, it is compiled anew.</summary>
    public bool IsWaitingForNames { get; }

    /// <summary>The number of an id, live or not; -1 for one that was never defined.</summary>
    public int Find(ReadOnlySpan<char> id) => _numbers.GetAlternateLookup<ReadOnlySpan<char>>().TryGetValue(id, out var number) ? number : -1;

    /// <summary>Versions that an event of that name can touch.</summary>
    public ReadOnlySpan<FeatureVersion> TouchedBy(int eventName) => _byEvent.TryGetValue(eventName, out var versions) ? versions : [];

    public bool IsAlive(int number) => _alive.Contains(number);
}
