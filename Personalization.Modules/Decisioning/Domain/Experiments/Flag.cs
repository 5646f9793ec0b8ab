using System.Text.Json;

namespace Personalization.Decisioning.Domain.Experiments;

/// <summary>A feature flag: what its first rule that applies says, else its default. Immutable.</summary>
internal sealed record Flag(string Id, JsonElement DefaultValue, IReadOnlyList<FlagRule> Rules);

/// <summary>One rule: a value for everybody it is meant for, or an experiment.</summary>
internal sealed record FlagRule
{
    public string Id { get; init; } = "";

    public IReadOnlyList<Prerequisite> Prerequisites { get; init; } = [];

    public IReadOnlyList<BucketFilter>? Filters { get; init; }

    public TargetingCondition? Condition { get; init; }

    /// <summary>The value; null when the rule has none.</summary>
    public JsonElement? Force { get; init; }

    /// <summary>Whom a forced value reaches, by hash.</summary>
    public Rollout Rollout { get; init; } = new(null, 1, null, null, null, null);

    /// <summary>Null when the rule has none.</summary>
    public Experiment? Experiment { get; init; }
}

/// <summary>A gradual release.</summary>
/// <param name="Seed">Null = the flag's id.</param>
/// <param name="HashVersion">As of <see cref="Bucketing.Hash"/>.</param>
/// <param name="HashAttribute">Null = <c>id</c>.</param>
/// <param name="FallbackAttribute">Hashed when the attribute is absent, with sticky buckets.</param>
/// <param name="Coverage">0 to 1; null = everybody.</param>
/// <param name="Range">In place of the coverage.</param>
internal sealed record Rollout(
    string? Seed, int HashVersion, string? HashAttribute, string? FallbackAttribute, double? Coverage, BucketRange? Range);

/// <summary>Why a flag has its value. Names are GrowthBook's.</summary>
internal enum FlagSource
{
    UnknownFeature,
    DefaultValue,
    Force,
    Experiment,
    Prerequisite,
    CyclicPrerequisite,
}

/// <summary>What somebody gets of a flag.</summary>
/// <param name="Value">Any JSON, null too.</param>
/// <param name="Source">Why.</param>
/// <param name="RuleId">Of the rule that decided; empty when it has none.</param>
/// <param name="Experiment">That decided; null when none did.</param>
/// <param name="Assignment">What was got of it.</param>
internal sealed record FlagResult(JsonElement Value, FlagSource Source, string RuleId = "", Experiment? Experiment = null, ExperimentResult? Assignment = null)
{
    public bool IsOn => AttributeTest.IsTruthy(Value);
}
