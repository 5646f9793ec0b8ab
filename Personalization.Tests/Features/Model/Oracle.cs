using System.Text;
using Personalization.Features.Domain;
using Personalization.Features.Domain.Conditions;

namespace Personalization.Tests.Features.Model;

/// <summary>
/// Says whether a condition holds, straight from what its comments say: from all events, by trying whatever there is to try, remembering nothing.
/// It shares no code with the product but the condition's tree, and is as slow as it likes.
/// </summary>
internal static class Oracle
{
    public static bool Holds(Condition condition, Person person, long nowMs) => condition switch
    {
        AllOf all => all.Of.All(part => Holds(part, person, nowMs)),
        AnyOf any => any.Of.Any(part => Holds(part, person, nowMs)),
        NoneOf none => !none.Of.Any(part => Holds(part, person, nowMs)),
        Comparison comparison => Compares(comparison, Find(comparison, person, nowMs), nowMs),
        EventMeasure measure => OracleMeasures.Holds(measure, person, nowMs),
        Sequence sequence => OracleSequences.Holds(sequence, person, nowMs),
        FunnelStage funnel => Compares(funnel.Operator, person.Stage(funnel.Funnel, nowMs), [funnel.Step], nowMs),
        InSegment segment => person.IsIn(segment.Segment),
        OnList list => person.IsOn(list.List),
        RandomShare share => person.Share(share.Seed) < share.Share,
        ConsentIs consent => person.Grants(consent.Purpose) == consent.IsGranted,
        _ => throw new NotSupportedException(condition.GetType().Name),
    };

    /// <summary>Whether an event matches a pattern: by itself, or by one of its lines when products are asked for.</summary>
    public static bool Matches(EventPattern pattern, PastEvent happened, Person person, long nowMs) =>
        pattern.Names.Contains(happened.Name)
        && (pattern.Where is not { } where
            || (AsksForProducts(where)
                ? happened.Lines.Any(line => HoldsOn(where, happened, line, person, nowMs))
                : HoldsOn(where, happened, line: null, person, nowMs)));

    /// <summary>Whether one line of an event satisfies a pattern.</summary>
    public static bool Matches(EventPattern pattern, PastEvent happened, PastLine line, Person person, long nowMs) =>
        pattern.Names.Contains(happened.Name) && (pattern.Where is not { } where || HoldsOn(where, happened, line, person, nowMs));

    /// <summary>Whether an event lies in a window.</summary>
    public static bool IsIn(TimeWindow window, PastEvent happened, Person person, long nowMs)
    {
        if (window.IsSession)
        {
            var latest = InOrder(person)[^1];
            return happened.Session != 0 && happened.Session == latest.Session && nowMs - latest.TimeMs < person.SessionGapMs;
        }

        return (window.WithinMs is not { } within || nowMs - happened.TimeMs < within)
            && (window.SinceMs is not { } since || happened.TimeMs >= since)
            && (window.UntilMs is not { } until || happened.TimeMs < until);
    }

    public static IReadOnlyList<PastEvent> InOrder(Person person) => [.. person.Events.OrderBy(happened => happened.TimeMs).ThenBy(happened => happened.Place)];

    public static object? PropertyOf(PastEvent happened, string name) => name switch
    {
        "revenue" => happened.Revenue,
        "name" => happened.Name,
        _ => happened.Properties.GetValueOrDefault(name),
    };

    public static object? ProductOf(PastLine line, string name) => name switch
    {
        "id" => line.Id,
        "category" => line.Category,
        "brand" => line.Brand,
        "price" => line.Price,
        "quantity" => line.Quantity,
        _ => throw new NotSupportedException(name),
    };

    public static bool Compares(ComparisonOperator op, double found, IReadOnlyList<double> with, long nowMs) =>
        Compares(new Comparison("", ValueSource.Property, "", op, [.. with.Select(number => new Literal(ScalarKind.Number, number))]), found, nowMs);

    public static bool Compares(Comparison asked, object? found, long nowMs) => asked.Operator switch
    {
        ComparisonOperator.Exists => found is not null,
        ComparisonOperator.NotExists => found is null,
        ComparisonOperator.Equal => Order(found, asked.Values[0]) == 0,
        ComparisonOperator.NotEqual => Order(found, asked.Values[0]) != 0,
        ComparisonOperator.In => asked.Values.Any(value => Order(found, value) == 0),
        ComparisonOperator.NotIn => asked.Values.All(value => Order(found, value) != 0),
        ComparisonOperator.Less => Order(found, asked.Values[0]) < 0,
        ComparisonOperator.AtMost => Order(found, asked.Values[0]) <= 0,
        ComparisonOperator.Greater => Order(found, asked.Values[0]) > 0,
        ComparisonOperator.AtLeast => Order(found, asked.Values[0]) >= 0,
        ComparisonOperator.Between => Order(found, asked.Values[0]) >= 0 && Order(found, asked.Values[1]) <= 0,
        ComparisonOperator.Contains => found is string text && text.Contains(asked.Values[0].Text!, StringComparison.Ordinal),
        ComparisonOperator.StartsWith => found is string text && text.StartsWith(asked.Values[0].Text!, StringComparison.Ordinal),
        ComparisonOperator.EndsWith => found is string text && text.EndsWith(asked.Values[0].Text!, StringComparison.Ordinal),
        ComparisonOperator.WithinLast => TimeOf(found) is { } time && time <= nowMs && nowMs - time < asked.Values[0].Number,
        ComparisonOperator.MoreThanAgo => TimeOf(found) is { } time && nowMs - time >= asked.Values[0].Number,
        ComparisonOperator.WithinNext => TimeOf(found) is { } time && time > nowMs && time - nowMs <= asked.Values[0].Number,
        _ => throw new NotSupportedException(asked.Operator.ToString()),
    };

    private static object? Find(Comparison asked, Person person, long nowMs) => asked.Source switch
    {
        ValueSource.Trait => person.Traits.GetValueOrDefault(asked.Name) is { } trait && nowMs < trait.ExpiresAtMs ? trait.Value : null,
        ValueSource.Feature => person.Feature(asked.Name, nowMs),
        ValueSource.Context => person.Events.Count == 0 ? null : PropertyOf(InOrder(person)[^1], "context." + asked.Name),
        _ => throw new NotSupportedException($"{asked.Source} outside where"),
    };

    private static bool HoldsOn(Condition where, PastEvent happened, PastLine? line, Person person, long nowMs) => where switch
    {
        AllOf all => all.Of.All(part => HoldsOn(part, happened, line, person, nowMs)),
        AnyOf any => any.Of.Any(part => HoldsOn(part, happened, line, person, nowMs)),
        NoneOf none => !none.Of.Any(part => HoldsOn(part, happened, line, person, nowMs)),
        Comparison { Source: ValueSource.Property } asked => Compares(asked, PropertyOf(happened, asked.Name), nowMs),
        Comparison { Source: ValueSource.Product } asked => Compares(asked, line is null ? null : ProductOf(line, asked.Name), nowMs),
        Comparison { Source: ValueSource.Context } asked => Compares(asked, PropertyOf(happened, "context." + asked.Name), nowMs),
        _ => Holds(where, person, nowMs),
    };

    private static bool AsksForProducts(Condition where) => where switch
    {
        AllOf all => all.Of.Any(AsksForProducts),
        AnyOf any => any.Of.Any(AsksForProducts),
        NoneOf none => none.Of.Any(AsksForProducts),
        Comparison comparison => comparison.Source == ValueSource.Product,
        _ => false,
    };

    /// <summary>Below, equal or above; null, which compares to nothing, when the kinds differ or have no order.</summary>
    private static int? Order(object? found, Literal with) => (found, with.Kind) switch
    {
        (double number, ScalarKind.Number) => number.CompareTo(with.Number),
        (string text, ScalarKind.Text) => Encoding.UTF8.GetBytes(text).AsSpan().SequenceCompareTo(Encoding.UTF8.GetBytes(with.Text!)),
        (true, ScalarKind.True) or (false, ScalarKind.False) => 0,
        _ => null,
    };

    private static long? TimeOf(object? found) => found switch
    {
        double number => (long)(Math.Abs(number) < 1e11 ? number * 1_000 : number),
        string text when DateTimeOffset.TryParse(text, null, System.Globalization.DateTimeStyles.AssumeUniversal, out var time) => time.ToUnixTimeMilliseconds(),
        _ => null,
    };
}
