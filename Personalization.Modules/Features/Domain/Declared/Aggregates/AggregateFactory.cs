using Personalization.Kernel.Hashing;

namespace Personalization.Features.Domain.Declared.Aggregates;

/// <summary>Makes the arithmetic of a definition.</summary>
internal sealed class AggregateFactory(KeyHasher hasher)
{
    /// <exception cref="ArgumentOutOfRangeException">A ratio keeps nothing: it is read from two others.</exception>
    public Aggregate Create(FeatureDefinition definition) =>
        definition.TtlMs is { } ttlMs ? new ExpiringAggregate(CreateLasting(definition), ttlMs) : CreateLasting(definition);

    private Aggregate CreateLasting(FeatureDefinition definition) => definition.Aggregate switch
    {
        AggregateKind.Count => new CountAggregate(definition.Window),
        AggregateKind.Rate => new RateAggregate(definition.Window, definition.PerMs),
        AggregateKind.Sum => new SumAggregate(definition.Window),
        AggregateKind.Min => new MinAggregate(definition.Window),
        AggregateKind.Max => new MaxAggregate(definition.Window),
        AggregateKind.Average => new AverageAggregate(definition.Window),
        AggregateKind.Distinct => new DistinctAggregate(definition.Window, hasher),
        AggregateKind.First => new FirstAggregate(definition.Window),
        AggregateKind.Last => new LastAggregate(definition.Window),
        AggregateKind.LastN => new LastNAggregate(definition.Window, definition.N),
        AggregateKind.Recency => new RecencyAggregate(definition.Window),
        AggregateKind.DecayedSum => new DecayedSumAggregate(definition.Window, definition.HalfLifeMs, definition.Of is not null),
        AggregateKind.Affinity => new AffinityAggregate(definition.Window, definition.HalfLifeMs, definition.Of is not null),
        _ => throw new ArgumentOutOfRangeException(nameof(definition), definition.Aggregate, "This aggregate keeps nothing of its own."),
    };
}
