namespace Personalization.Features.Domain.Conditions.Reading;

/// <summary>The words of the language, in one place for reader, writer, schema and conversions.</summary>
internal static class Words
{
    public static readonly string[] Kinds =
        ["all", "any", "none", "trait", "feature", "context", "event", "sequence", "funnel", "segment", "list", "random", "consent"];

    /// <summary>What <c>where</c> knows: an event is not a person.</summary>
    public static readonly string[] KindsOfWhere = ["all", "any", "none", "property", "product"];

    public static readonly string[] Measures = ["count", "sum", "min", "max", "average", "distinct", "days"];

    public static readonly string[] Windows = ["within", "since", "until", "session"];

    public static readonly string[] ProductFields = ["id", "category", "brand", "price", "quantity"];

    public static readonly string[] Purposes = ["collect", "profile", "personalise", "measure", "activate", "train"];

    private static readonly (string Word, ComparisonOperator Operator)[] Operators =
    [
        ("eq", ComparisonOperator.Equal),
        ("ne", ComparisonOperator.NotEqual),
        ("lt", ComparisonOperator.Less),
        ("lte", ComparisonOperator.AtMost),
        ("gt", ComparisonOperator.Greater),
        ("gte", ComparisonOperator.AtLeast),
        ("between", ComparisonOperator.Between),
        ("in", ComparisonOperator.In),
        ("nin", ComparisonOperator.NotIn),
        ("contains", ComparisonOperator.Contains),
        ("startsWith", ComparisonOperator.StartsWith),
        ("endsWith", ComparisonOperator.EndsWith),
        ("exists", ComparisonOperator.Exists),
        ("notExists", ComparisonOperator.NotExists),
        ("withinLast", ComparisonOperator.WithinLast),
        ("moreThanAgo", ComparisonOperator.MoreThanAgo),
        ("withinNext", ComparisonOperator.WithinNext),
    ];

    public static readonly ComparisonOperator[] All = [.. Operators.Select(each => each.Operator)];

    /// <summary>Inside <c>where</c>: an event matches or does not, whatever the time is.</summary>
    public static readonly ComparisonOperator[] OfEvents = [.. All.Where(each => each < ComparisonOperator.WithinLast)];

    /// <summary>Of numbers that are always there.</summary>
    public static readonly ComparisonOperator[] OfNumbers =
    [
        ComparisonOperator.Equal, ComparisonOperator.NotEqual, ComparisonOperator.Less, ComparisonOperator.AtMost, ComparisonOperator.Greater,
        ComparisonOperator.AtLeast, ComparisonOperator.Between,
    ];

    /// <summary>Of numbers that may be absent.</summary>
    public static readonly ComparisonOperator[] OfMaybeNumbers = [.. OfNumbers, ComparisonOperator.Exists, ComparisonOperator.NotExists];

    public static readonly ComparisonOperator[] OfSteps =
    [
        ComparisonOperator.Equal, ComparisonOperator.NotEqual, ComparisonOperator.Less, ComparisonOperator.AtMost, ComparisonOperator.Greater,
        ComparisonOperator.AtLeast,
    ];

    public static string Of(ComparisonOperator comparison) => Array.Find(Operators, each => each.Operator == comparison).Word;

    public static ComparisonOperator? Operator(string word) =>
        Array.FindIndex(Operators, each => each.Word == word) is var index and >= 0 ? Operators[index].Operator : null;

    public static string Of(ValueSource source) => source switch
    {
        ValueSource.Trait => "trait",
        ValueSource.Feature => "feature",
        ValueSource.Context => "context",
        ValueSource.Property => "property",
        _ => "product",
    };

    public static string Of(Measure measure) => Measures[(int)measure];
}
