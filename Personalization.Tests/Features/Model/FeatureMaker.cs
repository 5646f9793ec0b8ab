using System.Collections.Immutable;
using Personalization.Features.Domain;
using Personalization.Features.Domain.Conditions;

namespace Personalization.Tests.Features.Model;

/// <summary>Random features over the small world of <see cref="ConditionMaker"/>, of every kind of aggregate and window. The same seed makes the same ones.</summary>
internal sealed class FeatureMaker(Random random)
{
    public static readonly string[] Aggregates =
    [
        "count", "sum", "min", "max", "average", "distinct", "last_n", "first", "last", "recency", "rate", "decayed_sum", "affinity",
    ];

    private const long Minute = 60_000;

    /// <summary>Lengths with the grains that divide them: edges that meet the ticks of the world, and one of panes that do not begin with an hour.</summary>
    private static readonly (long LengthMs, long GrainMs)[] _windows =
        [(5 * Minute, Minute), (30 * Minute, 5 * Minute), (60 * Minute, 10 * Minute), (35 * Minute, 7 * Minute), (120 * Minute, 30 * Minute)];

    /// <summary>One of each aggregate: between them, over several worlds, they have every window.</summary>
    public IReadOnlyList<FeatureSpec> All() => [.. Aggregates.Select((aggregate, number) => Next($"f{number}", aggregate))];

    public FeatureSpec Next(string id, string aggregate)
    {
        var spec = Windowed(new FeatureSpec(id, aggregate) { Pattern = Pattern(), Of = OfWhat(aggregate), LatenessMs = random.Next(4) == 0 ? 10 * Minute : null });
        return aggregate switch
        {
            "rate" => spec with { PerMs = 10 * Minute },
            "last_n" => spec with { N = random.Next(1, 5) },
            "decayed_sum" => spec with { HalfLifeMs = 20 * Minute, GrainMs = 5 * Minute, Window = Span.Lifetime, LengthMs = 0 },
            "affinity" => spec with { HalfLifeMs = 360 * Minute, GrainMs = 5 * Minute, Window = Span.Lifetime, LengthMs = 0, By = Pick(["category", "id"]) },
            _ => spec,
        };
    }

    /// <summary>Counted of items instead of profiles.</summary>
    public FeatureSpec OfItem(string id)
    {
        var spec = Next(id, Pick(["count", "sum", "max", "average", "recency"]));
        return (spec.Window == Span.Session ? spec with { Window = Span.Lifetime, LengthMs = 0, GrainMs = 0 } : spec) with { IsOfItem = true };
    }

    private FeatureSpec Windowed(FeatureSpec spec)
    {
        var kind = random.Next(4) switch
        {
            0 when spec.Aggregate != "rate" => Span.Lifetime,
            1 when spec.Aggregate is not ("rate" or "recency") => Span.Session,
            _ => Span.Sliding,
        };
        var (lengthMs, grainMs) = Pick(_windows);
        return kind == Span.Sliding ? spec with { Window = kind, LengthMs = lengthMs, GrainMs = grainMs }
            : spec with { Window = kind, GrainMs = spec.Aggregate == "recency" ? 5 * Minute : 0 };
    }

    private (ValueSource Source, string Name)? OfWhat(string aggregate) => aggregate switch
    {
        "sum" or "average" or "min" or "max" => Pick([(ValueSource.Product, "price"), (ValueSource.Product, "quantity"), (ValueSource.Property, "revenue"), (ValueSource.Property, "size")]),
        "distinct" or "first" or "last" or "last_n" => Pick([(ValueSource.Property, "colour"), (ValueSource.Product, "category"), (ValueSource.Product, "id"), (ValueSource.Property, "size")]),
        "decayed_sum" or "affinity" => random.Next(2) == 0 ? null : (ValueSource.Product, "price"),
        _ => null,
    };

    private EventPattern Pattern()
    {
        var names = random.Next(3) == 0 ? ImmutableArray.Create("Product Viewed", "Order Completed") : [Pick(ConditionMaker.Events)];
        return new EventPattern(names, random.Next(4) switch
        {
            0 => new Comparison("", ValueSource.Property, "colour", ComparisonOperator.Equal, [new Literal(ScalarKind.Text, Text: "red")]),
            1 => new Comparison("", ValueSource.Product, "category", ComparisonOperator.NotEqual, [new Literal(ScalarKind.Text, Text: "books")]),
            _ => null,
        });
    }

    private T Pick<T>(IReadOnlyList<T> of) => of[random.Next(of.Count)];
}
