using System.Collections.Frozen;
using System.Text.Json;

namespace Personalization.Decisioning.Domain.Experiments;

/// <summary>All flags of one version, read and ready. Immutable.</summary>
internal sealed class FlagSet
{
    /// <summary>Flags of one document.</summary>
    private const int MaxFlags = 10_000;

    private readonly FrozenDictionary<string, Flag> _flags;
    private readonly FrozenDictionary<string, ContextualBandit> _bandits;
    private readonly FrozenDictionary<string, JsonElement> _groups;

    private FlagSet(
        long version, FrozenDictionary<string, Flag> flags, FrozenDictionary<string, ContextualBandit> bandits, FrozenDictionary<string, JsonElement> groups) =>
        (Version, _flags, _bandits, _groups) = (version, flags, bandits, groups);

    public static FlagSet Empty { get; } = new(
        0, FrozenDictionary<string, Flag>.Empty, FrozenDictionary<string, ContextualBandit>.Empty, FrozenDictionary<string, JsonElement>.Empty);

    /// <summary>0 = none was ever put.</summary>
    public long Version { get; }

    public IEnumerable<string> Ids => _flags.Keys.Order(StringComparer.Ordinal);

    /// <param name="version">Of the document.</param>
    /// <param name="document">As GrowthBook's API gives it.</param>
    /// <param name="faults">All that is wrong; then the answer is not to be used.</param>
    public static FlagSet Read(long version, JsonElement document, out IReadOnlyList<FlagFault> faults)
    {
        var reader = new FlagReader();
        var found = new List<FlagFault>();
        var flags = Members(document, "features", isRequired: true, found)
            .ToDictionary(flag => flag.Name, flag => reader.Read(flag.Name, flag.Value, $"/features/{Escape(flag.Name)}"), StringComparer.Ordinal);
        var bandits = Members(document, "contextualBandits", isRequired: false, found)
            .ToDictionary(bandit => bandit.Name, bandit => reader.ReadBandit(bandit.Value, $"/contextualBandits/{Escape(bandit.Name)}"), StringComparer.Ordinal);
        var groups = Members(document, "savedGroups", isRequired: false, found)
            .ToDictionary(group => group.Name, group => group.Value.Clone(), StringComparer.Ordinal);
        faults = [.. found, .. reader.Faults];
        return new FlagSet(version, flags.ToFrozenDictionary(StringComparer.Ordinal), bandits.ToFrozenDictionary(StringComparer.Ordinal), groups.ToFrozenDictionary(StringComparer.Ordinal));
    }

    /// <summary>The experiment of a key; null when no flag holds it.</summary>
    public Experiment? FindExperiment(string key) =>
        _flags.Values.SelectMany(flag => flag.Rules).Select(rule => rule.Experiment).FirstOrDefault(experiment => experiment?.Key == key);

    public FlagSet As(long version) => new(version, _flags, _bandits, _groups);

    /// <summary>For one person and request.</summary>
    /// <param name="attributes">An object.</param>
    /// <param name="sticky">What they were given before; null when nothing is kept of them.</param>
    public FlagEvaluation For(JsonElement attributes, IStickyBuckets? sticky = null) => new()
    {
        Sticky = sticky,
        Attributes = attributes,
        Flags = id => _flags.GetValueOrDefault(id),
        Bandits = name => _bandits.GetValueOrDefault(name),
        Groups = name => _groups.TryGetValue(name, out var group) ? group : null,
    };

    private static IEnumerable<JsonProperty> Members(JsonElement document, string name, bool isRequired, List<FlagFault> faults)
    {
        var isThere = document.ValueKind == JsonValueKind.Object && document.TryGetProperty(name, out var members) && members.ValueKind != JsonValueKind.Null;
        if (!isThere && !isRequired)
        {
            return [];
        }

        if (isThere && document.GetProperty(name) is { ValueKind: JsonValueKind.Object } found && found.GetPropertyCount() <= MaxFlags)
        {
            // Of a name that comes twice the last one counts, as in any JSON.
            return found.EnumerateObject().GroupBy(member => member.Name, StringComparer.Ordinal).Select(same => same.Last());
        }

        faults.Add(new FlagFault($"/{name}", $"It must be an object of at most {MaxFlags} members."));
        return [];
    }

    private static string Escape(string name) => name.Replace("~", "~0", StringComparison.Ordinal).Replace("/", "~1", StringComparison.Ordinal);
}
