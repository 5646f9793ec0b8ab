using System.Collections.Immutable;
using Personalization.Features.Domain.Conditions;

namespace Personalization.Features.Domain.Declared;

/// <summary>Whose the value is.</summary>
internal enum FeatureKey : byte
{
    Profile,
    Item,
}

/// <summary>What is made of the events.</summary>
internal enum AggregateKind : byte
{
    /// <summary>Events; with a product in <c>where</c> or <c>of</c>, or keyed by item, lines.</summary>
    Count,
    Sum,
    Min,
    Max,
    Average,

    /// <summary>Different values; at most <see cref="Aggregates.DistinctAggregate.MaxValues"/> are told apart.</summary>
    Distinct,

    /// <summary>The last values, newest first.</summary>
    LastN,
    First,
    Last,

    /// <summary>Seconds since the last event.</summary>
    Recency,

    /// <summary>Events per <see cref="FeatureDefinition.PerMs"/>, over the window.</summary>
    Rate,

    /// <summary>One feature over another.</summary>
    Ratio,

    /// <summary>A sum in which an amount counts half after each half-life.</summary>
    DecayedSum,

    /// <summary>A decayed count (or sum) for each value of an attribute; the feature's value is the heaviest.</summary>
    Affinity,
}

/// <summary>What is aggregated, or what it is split by: a property of the event or an attribute of its products.</summary>
internal readonly record struct FeatureSource(ValueSource Source, string Name);

/// <summary>A feature as it was declared, without faults. <c>docs/features.md</c> describes its JSON.</summary>
internal sealed record FeatureDefinition
{
    public required string Id { get; init; }

    public string? Description { get; init; }

    public FeatureKey Key { get; init; }

    public AggregateKind Aggregate { get; init; }

    /// <summary>Which events; without names for a ratio.</summary>
    public required EventPattern Pattern { get; init; }

    public FeatureSource? Of { get; init; }

    public FeatureSource? By { get; init; }

    /// <summary>Numerator and denominator of a ratio: ids of other features.</summary>
    public (string Over, string Under)? RatioOf { get; init; }

    public FeatureWindow Window { get; init; }

    /// <summary>A live event that is older than this when it arrives is left out, ms.</summary>
    public long LatenessMs { get; init; }

    /// <summary>Ms after its newest event from which on a value is none and begins anew with the next event; null for never.</summary>
    public long? TtlMs { get; init; }

    /// <summary>Of a decayed sum or affinity, ms.</summary>
    public long HalfLifeMs { get; init; }

    /// <summary>Values of a last-n.</summary>
    public int N { get; init; }

    /// <summary>Unit of a rate, ms.</summary>
    public long PerMs { get; init; }

    /// <summary>Ms from an event's arrival to its being visible in the value, which 99 of 100 events must keep; null when nobody asks.</summary>
    public int? FreshnessObjectiveMs { get; init; }

    /// <summary>Names of properties and context values that the definition looks at, to be kept with events from now on.</summary>
    public ImmutableArray<string> Properties { get; init; } = [];
}
