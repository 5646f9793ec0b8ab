using System.Collections.Frozen;

namespace Personalization.Features.Domain.History;

/// <summary>A property that is kept.</summary>
/// <param name="Path">With dots.</param>
/// <param name="SinceOffset">Place in the log.</param>
internal sealed record KeptPath(string Path, long SinceOffset)
{
    public const string ContextPrefix = "context.";

    public bool IsOfContext { get; } = Path.StartsWith(ContextPrefix, StringComparison.Ordinal);

    /// <summary>
    /// Whether it seldom changes from one event of a visit to the next, so that it is written once for a run of events: device, campaign,
    /// language, but not the page.
    /// </summary>
    public bool IsShared => IsOfContext && !Path.StartsWith("context.page.", StringComparison.Ordinal);
}

/// <summary>All properties that are kept, by their numbers, and the way to find them in an event. Immutable.</summary>
internal sealed class KeptPaths
{
    public static readonly KeptPaths None = new([]);

    public KeptPaths(KeptPath[] all)
    {
        All = all;
        Numbers = all.Select((kept, number) => (kept.Path, number)).ToFrozenDictionary(pair => pair.Path, pair => pair.number, StringComparer.Ordinal);
        var numbers = Enumerable.Range(0, all.Length).ToList();
        Shared = [.. numbers.Where(number => all[number].IsShared)];
        Own = [.. numbers.Where(number => !all[number].IsShared)];
        NameKey = Numbers.GetValueOrDefault("name", -1);
        OfContext = PropertyNode.Of(numbers.Where(number => all[number].IsOfContext).Select(number => (all[number].Path[KeptPath.ContextPrefix.Length..], number)));
        OfProperties = PropertyNode.Of(numbers.Where(number => !all[number].IsOfContext).Select(number => (all[number].Path, number)));
    }

    public KeptPath[] All { get; }

    public FrozenDictionary<string, int> Numbers { get; }

    public int Count => All.Length;

    /// <summary>Numbers of those that are shared by runs of events, and of the others.</summary>
    public int[] Shared { get; }

    public int[] Own { get; }

    /// <summary>The number of <c>name</c>, which a page or screen has beside its properties; -1 when it is not kept.</summary>
    public int NameKey { get; }

    /// <summary>What is looked for within <c>context</c>, and within <c>properties</c>.</summary>
    public PropertyNode OfContext { get; }

    public PropertyNode OfProperties { get; }

    public bool IsOfContext(int key) => All[key].IsOfContext;
}
