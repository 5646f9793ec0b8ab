using System.Text.Json;

namespace Personalization.Decisioning.Domain.Experiments;

/// <summary>
/// Answers flags for one request: attributes of one person, one state of all flags. Follows GrowthBook's SDK specification 0.8.0 step by
/// step, so that a shop may evaluate the same flags in any of its SDKs. Not thread-safe.
/// </summary>
internal sealed class FlagEvaluation
{
    private const string DefaultAttribute = "id";
    private static readonly JsonElement Null = JsonDocument.Parse("null").RootElement;
    private readonly HashSet<string> _asked = new(StringComparer.Ordinal);

    /// <summary>Of the person and the request: an object.</summary>
    public required JsonElement Attributes { get; init; }

    public required Func<string, Flag?> Flags { get; init; }

    public SavedGroups Groups { get; init; } = static _ => null;

    public Func<string, ContextualBandit?> Bandits { get; init; } = static _ => null;

    /// <summary>Variations by key of experiment, for looking at one by hand.</summary>
    public IReadOnlyDictionary<string, int> ForcedVariations { get; init; } = new Dictionary<string, int>();

    /// <summary>The page's address, whose query may ask for a variation.</summary>
    public string? Url { get; init; }

    /// <summary>False = nobody is in any experiment.</summary>
    public bool IsEnabled { get; init; } = true;

    /// <summary>Only overrides count, chance does not.</summary>
    public bool IsQaMode { get; init; }

    /// <summary>Null = assignments are not kept.</summary>
    public IStickyBuckets? Sticky { get; init; }

    public FlagResult Evaluate(string flagId)
    {
        if (!_asked.Add(flagId))
        {
            return new FlagResult(Null, FlagSource.CyclicPrerequisite);
        }

        try
        {
            return Flags(flagId) is { } flag ? Evaluate(flag) : new FlagResult(Null, FlagSource.UnknownFeature);
        }
        finally
        {
            _asked.Remove(flagId);
        }
    }

    private FlagResult Evaluate(Flag flag)
    {
        foreach (var rule in flag.Rules)
        {
            if (Apply(rule, flag) is { } result)
            {
                return result;
            }
        }

        return new FlagResult(flag.DefaultValue, FlagSource.DefaultValue);
    }

    /// <summary>Null when the rule does not decide.</summary>
    private FlagResult? Apply(FlagRule rule, Flag flag)
    {
        foreach (var prerequisite in rule.Prerequisites)
        {
            var source = Meet(prerequisite);
            if (source == FlagSource.CyclicPrerequisite || (source is not null && prerequisite.IsGate))
            {
                return new FlagResult(Null, source.Value);
            }

            if (source is not null)
            {
                return null;
            }
        }

        if (rule.Filters is not null && !PassesAll(rule.Filters))
        {
            return null;
        }

        if (rule.Force is { } forced)
        {
            return IsMet(rule.Condition) && IsReached(rule.Rollout, flag.Id) ? new FlagResult(forced, FlagSource.Force, rule.Id) : null;
        }

        if (rule.Experiment is not { } experiment)
        {
            return null;
        }

        var leaf = experiment.Bandit is { } bandit ? LeafOf(bandit) : null;
        var assignment = Run(leaf is null ? experiment : experiment with { Weights = leaf.Weights });
        if (experiment.Bandit is not null && assignment.IsHashUsed)
        {
            assignment = assignment with { Leaf = leaf?.Id ?? -1 };
        }

        return assignment is { IsIn: true, IsPassthrough: false }
            ? new FlagResult(assignment.Value, FlagSource.Experiment, rule.Id, experiment, assignment)
            : null;
    }

    /// <summary>Null when nobody knows better than the experiment's own weights.</summary>
    private BanditLeaf? LeafOf(string bandit) => Bandits(bandit)?.Leaves.FirstOrDefault(leaf => IsMet(leaf.Condition));

    /// <summary>Assigns somebody to a variation, or says that they are not in.</summary>
    public ExperimentResult Run(Experiment experiment)
    {
        var (attribute, value) = HashOf(experiment.HashAttribute, FallbackOf(experiment));
        ExperimentResult Result(int variation, bool isHashUsed = false, double? bucket = null, bool isSticky = false) =>
            ResultOf(experiment, variation, isHashUsed, attribute, value, bucket, isSticky);

        var count = experiment.Variations.Count;
        if (count < 2 || !IsEnabled)
        {
            return Result(-1);
        }

        if (Bucketing.OverrideOf(experiment.Key, Url, count) is { } asked)
        {
            return Result(asked);
        }

        if (ForcedVariations.TryGetValue(experiment.Key, out var forced))
        {
            return Result(forced);
        }

        if (!experiment.IsActive || AttributeTest.AsText(value) is not { Length: > 0 } hashed)
        {
            return Result(-1);
        }

        var (sticky, isBlocked) = Sticky is not null && !experiment.IsStickyDisabled ? FindSticky(experiment) : (-1, false);
        if (sticky < 0 && !IsMeantFor(experiment, hashed))
        {
            return Result(-1);
        }

        if (Bucketing.Hash(experiment.Seed ?? experiment.Key, hashed, experiment.HashVersion) is not { } bucket)
        {
            return Result(-1);
        }

        var variation = sticky >= 0 ? sticky : Bucketing.Choose(bucket, experiment.Ranges ?? Bucketing.Ranges(count, experiment.Coverage ?? 1, experiment.Weights));
        if (isBlocked || variation < 0)
        {
            return Result(-1);
        }

        if (experiment.Force is { } everybodys)
        {
            return Result(everybodys);
        }

        if (IsQaMode)
        {
            return Result(-1);
        }

        var result = Result(variation, isHashUsed: true, bucket, sticky >= 0);
        if (Sticky is not null && !experiment.IsStickyDisabled)
        {
            Sticky.Assign(experiment, (attribute, hashed), result.Key);
        }

        return result;
    }

    private bool IsMeantFor(Experiment experiment, string hashed)
    {
        var isInside = experiment.Filters is { } filters ? PassesAll(filters)
            : experiment.Namespace is not { } space || Bucketing.IsInNamespace(hashed, space);
        return isInside && IsMet(experiment.Condition) && experiment.Prerequisites.All(prerequisite => Meet(prerequisite) is null);
    }

    /// <summary>Null when it is met; else why not.</summary>
    private FlagSource? Meet(Prerequisite prerequisite)
    {
        var parent = Evaluate(prerequisite.FlagId);
        if (parent.Source == FlagSource.CyclicPrerequisite)
        {
            return FlagSource.CyclicPrerequisite;
        }

        var value = JsonSerializer.SerializeToElement(new Dictionary<string, JsonElement>(StringComparer.Ordinal) { ["value"] = parent.Value });
        return prerequisite.Condition.IsMet(value, Groups) ? null : FlagSource.Prerequisite;
    }

    private bool IsMet(TargetingCondition? condition) => condition is null || condition.IsMet(Attributes, Groups);

    private bool PassesAll(IReadOnlyList<BucketFilter> filters) => filters.All(filter =>
        AttributeTest.AsText(HashOf(filter.Attribute, fallback: null).Value) is { Length: > 0 } value &&
        Bucketing.Hash(filter.Seed, value, filter.HashVersion) is { } bucket &&
        filter.Ranges.Any(range => range.Contains(bucket)));

    private bool IsReached(Rollout rollout, string flagId)
    {
        if (rollout is { Range: null, Coverage: null })
        {
            return true;
        }

        if (rollout is { Range: null, Coverage: 0 })
        {
            return false;
        }

        var fallback = Sticky is null ? null : rollout.FallbackAttribute;
        return AttributeTest.AsText(HashOf(rollout.HashAttribute, fallback).Value) is { Length: > 0 } value &&
            Bucketing.Hash(rollout.Seed ?? flagId, value, rollout.HashVersion) is { } bucket &&
            (rollout.Range is { } range ? range.Contains(bucket) : bucket <= rollout.Coverage);
    }

    private string? FallbackOf(Experiment experiment) =>
        Sticky is null || experiment.IsStickyDisabled ? null : experiment.FallbackAttribute;

    private (string Attribute, JsonElement Value) HashOf(string? attribute, string? fallback)
    {
        var first = attribute is { Length: > 0 } ? attribute : DefaultAttribute;
        var value = ValueOf(first);
        return !AttributeTest.IsTruthy(value) && fallback is not null && ValueOf(fallback) is var other && AttributeTest.IsTruthy(other)
            ? (fallback, other)
            : (first, AttributeTest.IsTruthy(value) ? value : default);
    }

    private JsonElement ValueOf(string attribute) =>
        Attributes.ValueKind == JsonValueKind.Object && Attributes.TryGetProperty(attribute, out var value) ? value : default;

    private (int Variation, bool IsBlocked) FindSticky(Experiment experiment)
    {
        var own = OwnerOf(experiment.HashAttribute ?? DefaultAttribute);
        var fallback = experiment.FallbackAttribute is { } attribute ? OwnerOf(attribute) : own;
        for (var version = 0; version < experiment.MinBucketVersion; version++)
        {
            if (Sticky!.Find(experiment, version, own, fallback) is not null)
            {
                return (-1, true);
            }
        }

        var key = Sticky!.Find(experiment, experiment.BucketVersion, own, fallback);
        for (var i = 0; key is not null && i < experiment.Meta.Count; i++)
        {
            if (experiment.Meta[i].Key == key)
            {
                return (i, false);
            }
        }

        return (-1, false);
    }

    private (string Attribute, string Value) OwnerOf(string attribute) => (attribute, AttributeTest.AsText(ValueOf(attribute)) ?? "");

    private static ExperimentResult ResultOf(
        Experiment experiment, int variation, bool isHashUsed, string attribute, JsonElement value, double? bucket, bool isSticky)
    {
        var isIn = variation >= 0 && variation < experiment.Variations.Count;
        var given = isIn ? variation : 0;
        var meta = experiment.MetaOf(given);
        return new ExperimentResult(
            isIn,
            given,
            meta.Key is { Length: > 0 } key ? key : given.ToString(System.Globalization.CultureInfo.InvariantCulture),
            given < experiment.Variations.Count ? experiment.Variations[given] : default,
            isHashUsed,
            attribute,
            value,
            bucket,
            isSticky,
            isIn && meta.IsPassthrough);
    }
}
