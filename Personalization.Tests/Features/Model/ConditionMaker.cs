using System.Collections.Immutable;
using Personalization.Features.Domain;
using Personalization.Features.Domain.Conditions;

namespace Personalization.Tests.Features.Model;

/// <summary>Random conditions over a small world, so that they hold now and then. The same seed makes the same ones.</summary>
/// <param name="random">Chance.</param>
/// <param name="segments">Ids that may be asked for.</param>
internal sealed class ConditionMaker(Random random, IReadOnlyList<string> segments)
{
    public static readonly string[] Events = ["Product Viewed", "Product Added", "Order Completed", "Tent Pitched"];
    public static readonly string[] Categories = ["camping", "books", "music"];
    public static readonly string[] Colours = ["red", "blue", "reddish"];
    public static readonly string[] Plans = ["gold", "silver"];
    private static readonly long[] _durations = [30_000, 60_000, 300_000, 1_800_000, 3_600_000];

    /// <summary>1 January 2026, about which worlds happen.</summary>
    public static readonly long StartMs = new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero).ToUnixTimeMilliseconds();

    /// <summary>Whether shares, consent and sessions may be asked for.</summary>
    public bool IsWide { get; init; } = true;

    /// <summary>Whether context may be asked for: nobody is a member of a segment that does, before a request is answered.</summary>
    public bool HasContext { get; init; } = true;

    /// <summary>Whether the world has a list, and shares by chance may be asked for.</summary>
    public bool HasLists { get; init; }

    /// <summary>Whether traits may be asked for.</summary>
    public bool HasTraits { get; init; } = true;

    /// <summary>Features that may be asked for.</summary>
    public IReadOnlyList<FeatureSpec> Features { get; init; } = [];

    /// <summary>Funnels that may be asked for.</summary>
    public IReadOnlyList<string> Funnels { get; init; } = [];

    public Condition Next(int depth = 2)
    {
        if (depth > 0 && random.Next(3) == 0)
        {
            var of = Enumerable.Range(0, random.Next(1, 4)).Select(_ => Next(depth - 1)).ToImmutableArray();
            return random.Next(3) switch { 0 => new AllOf("", of), 1 => new AnyOf("", of), _ => new NoneOf("", of) };
        }

        if (Features.Count > 0 && random.Next(3) == 0)
        {
            return Feature(Pick(Features));
        }

        if (Funnels.Count > 0 && random.Next(5) == 0)
        {
            return new FunnelStage("", Pick(Funnels), Pick([ComparisonOperator.AtLeast, ComparisonOperator.Equal, ComparisonOperator.Less]), random.Next(4));
        }

        return random.Next(10) switch
        {
            0 or 1 when HasTraits => Trait(),
            2 when segments.Count > 0 => new InSegment("", Pick(segments)),
            3 when IsWide => random.Next(HasContext ? 3 : 2) switch
            {
                0 => new RandomShare("", random.Next(1, 10) / 10.0, Pick(Plans)),
                1 => new ConsentIs("", "personalise", random.Next(2) == 0),
                _ => new Comparison("", ValueSource.Context, "device.type", ComparisonOperator.Equal, [Text("mobile")]),
            },
            7 when HasLists => random.Next(3) == 0 ? new RandomShare("", random.Next(1, 10) / 10.0, Pick(Plans)) : new OnList("", Uploads.Name),
            4 or 5 or 6 => Sequence(),
            _ => Measured(),
        };
    }

    /// <summary>Thresholds that no decayed sum meets exactly.</summary>
    private Comparison Feature(FeatureSpec spec) => !spec.IsNumber
        ? new Comparison("", ValueSource.Feature, spec.Id, Pick([ComparisonOperator.Exists, ComparisonOperator.NotExists]), [])
        : new Comparison(
            "", ValueSource.Feature, spec.Id, Pick([ComparisonOperator.AtLeast, ComparisonOperator.Less, ComparisonOperator.Greater]),
            [Number(spec.Aggregate switch
            {
                "recency" => random.Next(1, 5) * 300,
                "decayed_sum" => 0.7137 * random.Next(1, 20),
                "sum" or "min" or "max" or "average" => random.Next(1, 6) * 5,
                "rate" or "ratio" => random.Next(1, 4) / 4.0,
                _ => random.Next(1, 4),
            })]);

    private Comparison Trait() => random.Next(4) switch
    {
        0 => new Comparison("", ValueSource.Trait, "plan", Pick([ComparisonOperator.Equal, ComparisonOperator.NotEqual]), [Text(Pick(Plans))]),
        1 => new Comparison("", ValueSource.Trait, "plan", Pick([ComparisonOperator.Exists, ComparisonOperator.NotExists]), []),
        2 => new Comparison(
            "", ValueSource.Trait, "renews", Pick([ComparisonOperator.WithinLast, ComparisonOperator.MoreThanAgo, ComparisonOperator.WithinNext]), [Number(Pick(_durations))]),
        _ => new Comparison(
            "", ValueSource.Trait, "level", Pick([ComparisonOperator.Less, ComparisonOperator.AtLeast, ComparisonOperator.NotEqual]), [Number(random.Next(4))]),
    };

    private EventMeasure Measured()
    {
        var (window, op) = (Window(), Pick([ComparisonOperator.AtLeast, ComparisonOperator.Less, ComparisonOperator.Equal, ComparisonOperator.Greater]));
        return random.Next(8) switch
        {
            0 => new EventMeasure("", Pattern(), window, Measure.Sum, Pick([(ValueSource.Product, "price"), (ValueSource.Property, "revenue")]), op, [Number(random.Next(1, 5) * 10)]),
            1 => new EventMeasure("", Pattern(), window, Pick([Measure.Min, Measure.Max]), (ValueSource.Product, "price"), op, [Number(random.Next(1, 4) * 10)]),
            2 => new EventMeasure("", Pattern(), window, Measure.Average, (ValueSource.Product, "price"), op, [Number(random.Next(1, 4) * 10)]),
            3 => new EventMeasure("", Pattern(), window, Measure.Distinct, Pick([(ValueSource.Property, "colour"), (ValueSource.Product, "category")]), op, [Number(random.Next(1, 3))]),
            4 => new EventMeasure("", Pattern(), window, Measure.Days, null, op, [Number(random.Next(1, 3))]),
            _ => new EventMeasure("", Pattern(), window, Measure.Count, null, op, [Number(random.Next(1, 4))]),
        };
    }

    private Sequence Sequence()
    {
        var length = random.Next(2, 4);
        var steps = ImmutableArray.CreateBuilder<SequenceStep>();
        for (var i = 0; i < length; i++)
        {
            var isLast = i == length - 1;
            if (i > 0 && !steps[^1].IsAbsent && random.Next(3) == 0)
            {
                steps.Add(new SequenceStep(Pattern(), 1, isLast ? Pick(_durations) : null, IsAbsent: true));
            }
            else
            {
                steps.Add(new SequenceStep(Pattern(), random.Next(4) == 0 ? 2 : 1, i > 0 && random.Next(2) == 0 ? Pick(_durations) : null, IsAbsent: false));
            }
        }

        return new Sequence("", steps.ToImmutable(), random.Next(3) == 0 ? new TimeWindow() : new TimeWindow(WithinMs: Pick(_durations)));
    }

    private EventPattern Pattern()
    {
        var names = random.Next(4) == 0 ? ImmutableArray.Create(Events[0], Events[random.Next(1, Events.Length)]) : [Pick(Events)];
        return new EventPattern(names, random.Next(3) switch { 0 => Where(), 1 when random.Next(2) == 0 => new AllOf("", [Where(), Where()]), _ => null });
    }

    private Condition Where() => random.Next(6) switch
    {
        0 => new Comparison("", ValueSource.Property, "colour", Pick([ComparisonOperator.Equal, ComparisonOperator.StartsWith, ComparisonOperator.NotEqual]), [Text(Pick(Colours))]),
        1 => new Comparison("", ValueSource.Property, "colour", Pick([ComparisonOperator.Exists, ComparisonOperator.NotExists]), []),
        2 => new Comparison("", ValueSource.Product, "category", Pick([ComparisonOperator.Equal, ComparisonOperator.NotEqual]), [Text(Pick(Categories))]),
        3 => new Comparison("", ValueSource.Product, "price", ComparisonOperator.Between, [Number(10), Number(20)]),
        4 => new NoneOf("", [new Comparison("", ValueSource.Property, "colour", ComparisonOperator.In, [Text("red"), Text("blue")])]),
        _ => new Comparison("", ValueSource.Property, "size", Pick([ComparisonOperator.Less, ComparisonOperator.AtMost]), [Number(random.Next(4))]),
    };

    private TimeWindow Window() => random.Next(8) switch
    {
        0 => new TimeWindow(),
        1 => new TimeWindow(SinceMs: StartMs + Pick(_durations)),
        2 => new TimeWindow(SinceMs: StartMs, UntilMs: StartMs + Pick(_durations)),
        3 when IsWide => new TimeWindow(IsSession: true),
        _ => new TimeWindow(WithinMs: Pick(_durations)),
    };

    private T Pick<T>(IReadOnlyList<T> of) => of[random.Next(of.Count)];

    private static Literal Text(string text) => new(ScalarKind.Text, Text: text);

    private static Literal Number(double number) => new(ScalarKind.Number, number);
}
