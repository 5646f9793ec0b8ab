using System.Text.Json;
using Personalization.Decisioning.Domain.Experiments.Analysis;
using Personalization.Features.Contracts;

namespace Personalization.Decisioning.Domain.Experiments.Running;

/// <summary>An experiment with what placements do, as somebody defined it. Immutable.</summary>
internal sealed record PlacementExperiment
{
    public required string Key { get; init; }

    /// <summary>From 1; every change makes another one.</summary>
    public required long Version { get; init; }

    /// <summary>Null for all of them: a holdout.</summary>
    public string? Placement { get; init; }

    /// <summary>At least two; their order stays for as long as the bucket version does.</summary>
    public required IReadOnlyList<ExperimentArm> Arms { get; init; }

    /// <summary>Share of people who take part.</summary>
    public double Coverage { get; init; } = 1;

    public int HashVersion { get; init; } = 2;

    /// <summary>What is hashed along with the person; the key when none was given.</summary>
    public required string Seed { get; init; }

    /// <summary>A part of the people that experiments divide among themselves; null for all of them.</summary>
    public ExperimentNamespace? Namespace { get; init; }

    /// <summary>Raised to assign everybody anew.</summary>
    public int BucketVersion { get; init; }

    /// <summary>The higher one is asked first; who is in one is in no other of the placement, but for arms that pass through.</summary>
    public int Priority { get; init; }

    /// <summary>Whom it is about, in the language of segments; null for everybody.</summary>
    public IShopperCondition? When { get; init; }

    /// <summary>Null when shares stay as they are.</summary>
    public BanditRule? Bandit { get; init; }

    /// <summary>What is measured. Weights and times are filled in when it is asked.</summary>
    public required ExperimentQuestion Question { get; init; }

    /// <summary>Sum is 1.</summary>
    public IReadOnlyList<double> Weights => [.. Arms.Select(arm => arm.Weight)];
}

/// <summary>One way to answer.</summary>
/// <param name="Key">As exposures and reports name it.</param>
/// <param name="Weight">Share; of all arms together 1.</param>
/// <param name="IsPassthrough">Whether its people go on to the next experiment: the complement of a holdout.</param>
/// <param name="Options">What is changed of the placement's configuration: an object; undefined for nothing.</param>
/// <param name="WithoutSteps">Names of steps that take no part.</param>
internal sealed record ExperimentArm(string Key, double Weight, bool IsPassthrough, JsonElement Options, IReadOnlyList<string> WithoutSteps);

/// <summary>Gives the better arms more people, at looks.</summary>
/// <param name="Metric">Id of a conversion.</param>
/// <param name="MinPeople">Of each arm, before anything changes.</param>
/// <param name="Floor">Least share of an arm that is not stopped, so that it can still prove itself.</param>
internal sealed record BanditRule(string Metric, int MinPeople, double Floor);

internal enum ExperimentStatus : byte
{
    Draft,
    Running,
    Stopped,
}

/// <summary>What has become of an experiment. Immutable.</summary>
/// <param name="Status">Whether it decides anything.</param>
/// <param name="StartedAtMs">Unix ms; exposures count from here. Null before the first start.</param>
/// <param name="StoppedAtMs">Unix ms; null while it runs.</param>
/// <param name="Weights">Shares of the arms for who comes now, in their order; a stopped arm has 0.</param>
/// <param name="AreWeightsChanged">Whether people were divided otherwise at other times, so that no ratio can be expected.</param>
/// <param name="StoppedArms">Why each was stopped, by key.</param>
internal sealed record ExperimentState(
    ExperimentStatus Status, long? StartedAtMs, long? StoppedAtMs, IReadOnlyList<double> Weights, bool AreWeightsChanged, IReadOnlyDictionary<string, string> StoppedArms)
{
    public static ExperimentState Draft(IReadOnlyList<double> weights) =>
        new(ExperimentStatus.Draft, null, null, weights, AreWeightsChanged: false, new Dictionary<string, string>(StringComparer.Ordinal));
}

/// <summary>One thing that happened to an experiment.</summary>
/// <param name="AtMs">Unix ms.</param>
/// <param name="Actor">Name of the key; <c>system</c> for the product itself.</param>
/// <param name="What">Such as <c>start</c>, <c>stop-arm</c>, <c>weights</c>.</param>
/// <param name="Detail">In words.</param>
internal sealed record ExperimentChange(long AtMs, string Actor, string What, string? Detail);
