using System.Text.Json;

namespace Personalization.Decisioning.Domain.Experiments;

/// <summary>A share of a namespace that experiments divide among themselves, so that nobody is in two of them.</summary>
internal readonly record struct ExperimentNamespace(string Id, BucketRange Range);

/// <summary>Lets only those in whose hash falls into one of the ranges.</summary>
/// <param name="Seed">Of the hash.</param>
/// <param name="Ranges">Any of them.</param>
/// <param name="Attribute">Whose value is hashed; <c>id</c> when null.</param>
/// <param name="HashVersion">As of <see cref="Bucketing.Hash"/>.</param>
internal sealed record BucketFilter(string Seed, IReadOnlyList<BucketRange> Ranges, string? Attribute, int HashVersion);

/// <summary>Asks another flag first.</summary>
/// <param name="FlagId">The other flag.</param>
/// <param name="Condition">On its value, as attribute <c>value</c>.</param>
/// <param name="IsGate">Whether the whole flag ends here when it is not met, not only the rule.</param>
internal sealed record Prerequisite(string FlagId, TargetingCondition Condition, bool IsGate);

/// <summary>How a variation is called, and whether those who get it go on to the next rule (a holdout's complement).</summary>
internal sealed record VariationMeta(string? Key, string? Name, bool IsPassthrough);

/// <summary>One experiment, in GrowthBook's terms. Immutable.</summary>
internal sealed record Experiment
{
    public required string Key { get; init; }

    /// <summary>Values, any JSON; fewer than two mean that nobody is in.</summary>
    public required IReadOnlyList<JsonElement> Variations { get; init; }

    /// <summary>Null = the key.</summary>
    public string? Seed { get; init; }

    public int HashVersion { get; init; } = 1;

    public string? HashAttribute { get; init; }

    /// <summary>Hashed when there is no <see cref="HashAttribute"/>; only together with sticky buckets.</summary>
    public string? FallbackAttribute { get; init; }

    public double? Coverage { get; init; }

    public IReadOnlyList<double>? Weights { get; init; }

    /// <summary>In place of coverage and weights.</summary>
    public IReadOnlyList<BucketRange>? Ranges { get; init; }

    public ExperimentNamespace? Namespace { get; init; }

    /// <summary>In place of the namespace.</summary>
    public IReadOnlyList<BucketFilter>? Filters { get; init; }

    public TargetingCondition? Condition { get; init; }

    public IReadOnlyList<Prerequisite> Prerequisites { get; init; } = [];

    public IReadOnlyList<VariationMeta> Meta { get; init; } = [];

    public bool IsActive { get; init; } = true;

    /// <summary>Everybody gets this variation; -1 = nobody is in. Null = as the hash says.</summary>
    public int? Force { get; init; }

    public bool IsStickyDisabled { get; init; }

    /// <summary>Whether it says anything of kept assignments, as documents of shops that keep them do: then they are kept here too.</summary>
    public bool IsStickyAsked { get; init; }

    public int BucketVersion { get; init; }

    /// <summary>Who was put into a bucket by an earlier version is out.</summary>
    public int MinBucketVersion { get; init; }

    /// <summary>Name of the bandit whose weights count in place of <see cref="Weights"/>; null when it is no bandit's.</summary>
    public string? Bandit { get; init; }

    public VariationMeta MetaOf(int variation) => variation < Meta.Count ? Meta[variation] : new VariationMeta(null, null, false);
}

/// <summary>A contextual bandit as its trainer left it: who is in which leaf, and how each leaf's people are divided.</summary>
/// <param name="Version">Of the training.</param>
/// <param name="Leaves">The first whose condition is met counts.</param>
internal sealed record ContextualBandit(int Version, IReadOnlyList<BanditLeaf> Leaves);

/// <summary>People in one context, and the weights of the variations for them.</summary>
internal sealed record BanditLeaf(int Id, TargetingCondition Condition, IReadOnlyList<double> Weights);

/// <summary>What somebody got of an experiment.</summary>
/// <param name="IsIn">Whether they take part; else they get the first variation and are not counted.</param>
/// <param name="Variation">From 0.</param>
/// <param name="Key">Of the variation; its number when it has none.</param>
/// <param name="Value">Of the variation; undefined when there is none.</param>
/// <param name="IsHashUsed">Whether chance decided, rather than an override.</param>
/// <param name="HashAttribute">Whose value was hashed.</param>
/// <param name="HashValue">What was hashed; undefined when there was nothing.</param>
/// <param name="Bucket">Of the hash; null when none was made.</param>
/// <param name="IsSticky">Whether an earlier assignment decided.</param>
/// <param name="IsPassthrough">Whether they go on to the next rule.</param>
/// <param name="Leaf">Of the bandit that decided, -1 for none of its leaves; null when no bandit did.</param>
internal sealed record ExperimentResult(
    bool IsIn,
    int Variation,
    string Key,
    JsonElement Value,
    bool IsHashUsed,
    string HashAttribute,
    JsonElement HashValue,
    double? Bucket,
    bool IsSticky,
    bool IsPassthrough,
    int? Leaf = null);
