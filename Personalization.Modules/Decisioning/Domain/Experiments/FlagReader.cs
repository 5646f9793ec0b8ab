using System.Text.Json;

namespace Personalization.Decisioning.Domain.Experiments;

/// <summary>One thing that is wrong with a definition.</summary>
/// <param name="Pointer">JSON pointer (RFC 6901) to it.</param>
/// <param name="Detail">What it should be.</param>
internal sealed record FlagFault(string Pointer, string Detail);

/// <summary>
/// Reads flags in the form that GrowthBook's API gives them to its SDKs. Properties that we do not know are left alone, as its SDKs do; what
/// we know and cannot take is a fault, and all faults are told at once.
/// </summary>
internal sealed class FlagReader
{
    /// <summary>Bounds of one definition: as many variations, rules and ranges as nobody needs.</summary>
    private const int MaxElements = 1_000;
    private const int MaxBucketVersions = 1_000;

    private readonly List<FlagFault> _faults = [];

    public IReadOnlyList<FlagFault> Faults => _faults;

    /// <summary>One flag. Use it only when there are no <see cref="Faults"/>.</summary>
    public Flag Read(string id, JsonElement flag, string pointer)
    {
        var rules = Elements(flag, "rules", pointer).Select(rule => ReadRule(rule.Value, id, rule.Pointer)).ToList();
        return new Flag(id, Clone(flag, "defaultValue") ?? JsonSerializer.SerializeToElement<object?>(null), rules);
    }

    /// <summary>An experiment that stands alone, or as a rule of a flag.</summary>
    /// <param name="experiment">Its JSON.</param>
    /// <param name="key">Its key when it has none of its own.</param>
    /// <param name="pointer">Where it stands.</param>
    public Experiment ReadExperiment(JsonElement experiment, string key, string pointer) => new()
    {
        Key = Text(experiment, "key", pointer) is { Length: > 0 } own ? own : key,
        Variations = [.. Elements(experiment, Has(experiment, "variations") ? "variations" : "contextualVariations", pointer).Select(variation => variation.Value.Clone())],
        Bandit = Text(experiment, "contextualBanditRef", pointer),
        Seed = Text(experiment, "seed", pointer),
        HashVersion = Whole(experiment, "hashVersion", pointer) ?? 1,
        HashAttribute = Text(experiment, "hashAttribute", pointer),
        FallbackAttribute = Text(experiment, "fallbackAttribute", pointer),
        Coverage = Number(experiment, "coverage", pointer),
        Weights = Has(experiment, "weights") ? [.. Elements(experiment, "weights", pointer).Select(weight => NumberOf(weight.Value, weight.Pointer))] : null,
        Ranges = Has(experiment, "ranges") ? Ranges(experiment, "ranges", pointer) : null,
        Namespace = Namespace(experiment, pointer),
        Filters = Filters(experiment, pointer),
        Condition = Condition(experiment, pointer),
        Prerequisites = Prerequisites(experiment, pointer),
        Meta = [.. Elements(experiment, "meta", pointer).Select(meta => new VariationMeta(
            Text(meta.Value, "key", meta.Pointer), Text(meta.Value, "name", meta.Pointer), IsTrue(meta.Value, "passthrough")))],
        IsActive = !experiment.TryGetProperty("active", out var active) || active.ValueKind != JsonValueKind.False,
        Force = Whole(experiment, "force", pointer),
        IsStickyDisabled = IsTrue(experiment, "disableStickyBucketing"),
        IsStickyAsked = Has(experiment, "bucketVersion") || Has(experiment, "minBucketVersion") || Has(experiment, "fallbackAttribute"),
        BucketVersion = Whole(experiment, "bucketVersion", pointer) ?? 0,
        MinBucketVersion = MinBucketVersion(experiment, pointer),
    };

    public ContextualBandit ReadBandit(JsonElement bandit, string pointer) => new(
        Whole(bandit, "banditVersion", pointer) ?? 0,
        [.. Elements(bandit, "contexts", pointer).Select(leaf => new BanditLeaf(
            Whole(leaf.Value, "leafId", leaf.Pointer) ?? 0,
            Condition(leaf.Value, leaf.Pointer) ?? TargetingCondition.Read(default),
            [.. Elements(leaf.Value, "weights", leaf.Pointer).Select(weight => NumberOf(weight.Value, weight.Pointer))]))]);

    private FlagRule ReadRule(JsonElement rule, string flagId, string pointer)
    {
        if (rule.ValueKind != JsonValueKind.Object)
        {
            Fault(pointer, "A rule is an object.");
            return new FlagRule();
        }

        var isForced = Has(rule, "force");
        return new FlagRule
        {
            Id = Text(rule, "id", pointer) ?? "",
            Prerequisites = Prerequisites(rule, pointer),
            Filters = Filters(rule, pointer),
            Condition = Condition(rule, pointer),
            Force = Clone(rule, "force"),
            Rollout = new Rollout(
                Text(rule, "seed", pointer),
                Whole(rule, "hashVersion", pointer) ?? 1,
                Text(rule, "hashAttribute", pointer),
                IsTrue(rule, "disableStickyBucketing") ? null : Text(rule, "fallbackAttribute", pointer),
                Number(rule, "coverage", pointer),
                rule.TryGetProperty("range", out var range) ? Range(range, $"{pointer}/range") : null),
            Experiment = !isForced && (Has(rule, "variations") || Has(rule, "contextualVariations")) ? ReadExperiment(rule, flagId, pointer) : null,
        };
    }

    private List<Prerequisite> Prerequisites(JsonElement owner, string pointer) =>
    [
        .. Elements(owner, "parentConditions", pointer).Select(parent => new Prerequisite(
            Text(parent.Value, "id", parent.Pointer) ?? Missing(parent.Pointer, "id"),
            Condition(parent.Value, parent.Pointer) ?? TargetingCondition.Read(default),
            IsTrue(parent.Value, "gate"))),
    ];

    private List<BucketFilter>? Filters(JsonElement owner, string pointer) => !Has(owner, "filters") ? null :
    [
        .. Elements(owner, "filters", pointer).Select(filter => new BucketFilter(
            Text(filter.Value, "seed", filter.Pointer) ?? "",
            Ranges(filter.Value, "ranges", filter.Pointer),
            Text(filter.Value, "attribute", filter.Pointer),
            Whole(filter.Value, "hashVersion", filter.Pointer) ?? 2)),
    ];

    private TargetingCondition? Condition(JsonElement owner, string pointer)
    {
        if (!Has(owner, "condition"))
        {
            return null;
        }

        try
        {
            return TargetingCondition.Read(owner.GetProperty("condition").Clone());
        }
        catch (FormatException error)
        {
            Fault($"{pointer}/condition", error.Message);
            return null;
        }
    }

    private ExperimentNamespace? Namespace(JsonElement owner, string pointer)
    {
        if (!Has(owner, "namespace"))
        {
            return null;
        }

        var value = owner.GetProperty("namespace");
        if (value.ValueKind != JsonValueKind.Array || value.GetArrayLength() != 3 || value[0].ValueKind != JsonValueKind.String)
        {
            Fault($"{pointer}/namespace", "A namespace is [name, start, end].");
            return null;
        }

        return new ExperimentNamespace(
            value[0].GetString()!,
            new BucketRange(NumberOf(value[1], $"{pointer}/namespace/1"), NumberOf(value[2], $"{pointer}/namespace/2")));
    }

    private List<BucketRange> Ranges(JsonElement owner, string name, string pointer) =>
        [.. Elements(owner, name, pointer).Select(range => Range(range.Value, range.Pointer))];

    private BucketRange Range(JsonElement range, string pointer)
    {
        if (range.ValueKind == JsonValueKind.Array && range.GetArrayLength() == 2)
        {
            return new BucketRange(NumberOf(range[0], $"{pointer}/0"), NumberOf(range[1], $"{pointer}/1"));
        }

        Fault(pointer, "A range is [start, end].");
        return default;
    }

    private IEnumerable<(JsonElement Value, string Pointer)> Elements(JsonElement owner, string name, string pointer)
    {
        if (!Has(owner, name))
        {
            yield break;
        }

        var list = owner.GetProperty(name);
        if (list.ValueKind != JsonValueKind.Array || list.GetArrayLength() > MaxElements)
        {
            Fault($"{pointer}/{name}", $"It must be a list of at most {MaxElements}.");
            yield break;
        }

        for (var i = 0; i < list.GetArrayLength(); i++)
        {
            yield return (list[i], $"{pointer}/{name}/{i}");
        }
    }

    private string? Text(JsonElement owner, string name, string pointer)
    {
        if (!Has(owner, name))
        {
            return null;
        }

        var value = owner.GetProperty(name);
        if (value.ValueKind != JsonValueKind.String)
        {
            Fault($"{pointer}/{name}", "It must be a text.");
            return null;
        }

        return value.GetString();
    }

    private double? Number(JsonElement owner, string name, string pointer) =>
        Has(owner, name) ? NumberOf(owner.GetProperty(name), $"{pointer}/{name}") : null;

    /// <summary>All versions below it are looked for at each evaluation.</summary>
    private int MinBucketVersion(JsonElement experiment, string pointer)
    {
        if (Whole(experiment, "minBucketVersion", pointer) is not > MaxBucketVersions and var version)
        {
            return version ?? 0;
        }

        Fault($"{pointer}/minBucketVersion", $"It must be at most {MaxBucketVersions}.");
        return 0;
    }

    private int? Whole(JsonElement owner, string name, string pointer)
    {
        if (!Has(owner, name))
        {
            return null;
        }

        if (owner.GetProperty(name) is { ValueKind: JsonValueKind.Number } value && value.TryGetInt32(out var number))
        {
            return number;
        }

        Fault($"{pointer}/{name}", "It must be a whole number.");
        return null;
    }

    private double NumberOf(JsonElement value, string pointer)
    {
        if (value.ValueKind == JsonValueKind.Number && value.TryGetDouble(out var number))
        {
            return number;
        }

        Fault(pointer, "It must be a number.");
        return 0;
    }

    private string Missing(string pointer, string name)
    {
        Fault($"{pointer}/{name}", "It is missing.");
        return "";
    }

    private void Fault(string pointer, string detail)
    {
        if (_faults.Count < MaxElements)
        {
            _faults.Add(new FlagFault(pointer, detail));
        }
    }

    private static JsonElement? Clone(JsonElement owner, string name) =>
        owner.ValueKind == JsonValueKind.Object && owner.TryGetProperty(name, out var value) ? value.Clone() : null;

    /// <summary>Null counts as absent, but for values.</summary>
    private static bool Has(JsonElement owner, string name) =>
        owner.ValueKind == JsonValueKind.Object && owner.TryGetProperty(name, out var value) && value.ValueKind != JsonValueKind.Null;

    private static bool IsTrue(JsonElement owner, string name) =>
        owner.ValueKind == JsonValueKind.Object && owner.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.True;
}
