using System.Collections.Frozen;
using Personalization.Features.Contracts;

namespace Personalization.Decisioning.Domain.Experiments.Running;

/// <summary>An experiment as decisions read it: everything that can be made before is made. Immutable.</summary>
internal sealed class RunningExperiment
{
    private readonly string? _namespaceSeed;
    private readonly BucketRange _namespaceRange;
    private readonly BucketRange[] _ranges;
    private readonly string _seed;
    private readonly int _hashVersion;

    /// <param name="experiment">Its definition.</param>
    /// <param name="state">Its state.</param>
    /// <param name="number">By which its assignments are kept.</param>
    /// <param name="arms">In the order of the definition's.</param>
    public RunningExperiment(PlacementExperiment experiment, ExperimentState state, int number, RunningArm[] arms)
    {
        (Key, Version, Number, Arms, When) = (experiment.Key, experiment.Version, number, arms, experiment.When);
        (_seed, _hashVersion) = (experiment.Seed, experiment.HashVersion);
        _namespaceSeed = experiment.Namespace is { } space ? "__" + space.Id : null;
        _namespaceRange = experiment.Namespace?.Range ?? default;
        _ranges = Bucketing.Ranges(arms.Length, experiment.Coverage, state.Weights);
    }

    public string Key { get; }

    public long Version { get; }

    public int Number { get; }

    public RunningArm[] Arms { get; }

    /// <summary>Whom it is about; null for everybody.</summary>
    public IShopperCondition? When { get; }

    /// <summary>The arm that the hash gives; -1 when they do not take part.</summary>
    /// <param name="unit">Identifier of the person.</param>
    public int Choose(string unit)
    {
        if (_namespaceSeed is not null && !_namespaceRange.Contains(Bucketing.Hash(_namespaceSeed, unit, version: 1)!.Value))
        {
            return -1;
        }

        return Bucketing.Hash(_seed, unit, _hashVersion) is { } bucket ? Bucketing.Choose(bucket, _ranges) : -1;
    }
}

/// <summary>One arm, ready to answer.</summary>
/// <param name="Key">Its name.</param>
/// <param name="IsStopped">Its people get what the placement does, and are not counted any more.</param>
/// <param name="IsPassthrough">Its people go on to the next experiment.</param>
/// <param name="Placements">What each placement does in it.</param>
internal sealed record RunningArm(string Key, bool IsStopped, bool IsPassthrough, FrozenDictionary<string, Placement> Placements);
