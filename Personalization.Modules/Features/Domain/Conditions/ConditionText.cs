using System.Collections.Immutable;
using Personalization.Features.Domain.Conditions.Reading;

namespace Personalization.Features.Domain.Conditions;

/// <summary>Says conditions in words, for a person who wants to know why.</summary>
internal static class ConditionText
{
    /// <summary>Values of a long list that are told.</summary>
    private const int MaxValues = 5;

    public static string Of(Condition condition) => condition switch
    {
        AllOf all => $"all of {all.Of.Length}",
        AnyOf any => $"any of {any.Of.Length}",
        NoneOf none => $"none of {none.Of.Length}",
        Comparison each => $"{Words.Of(each.Source)} {each.Name} {Of(each.Operator, each.Values)}",
        EventMeasure measure => $"{Measured(measure)} {Of(measure.Pattern)}{Of(measure.Window)} {Of(measure.Operator, measure.Values)}",
        Sequence sequence => string.Join(", then ", sequence.Steps.Select(Of)) + Of(sequence.Window),
        FunnelStage funnel => $"steps of funnel {funnel.Funnel} {Of(funnel.Operator, [new Literal(ScalarKind.Number, funnel.Step)])}",
        InSegment segment => $"in segment {segment.Segment}",
        OnList list => $"on list {list.List}",
        RandomShare random => $"a random {random.Share:P2} of all people by '{random.Seed}'",
        ConsentIs consent => $"consent to {consent.Purpose} is {(consent.IsGranted ? "granted" : "denied")}",
        _ => throw new ArgumentOutOfRangeException(nameof(condition), condition, "There is no such condition."),
    };

    private static string Of(EventPattern pattern) =>
        string.Join(" or ", pattern.Names) + (pattern.Where is { } where ? $" where {Where(where)}" : "");

    private static string Where(Condition where) => where switch
    {
        AllOf all => $"({string.Join(" and ", all.Of.Select(Where))})",
        AnyOf any => $"({string.Join(" or ", any.Of.Select(Where))})",
        NoneOf none => $"not ({string.Join(" or ", none.Of.Select(Where))})",
        _ => Of(where),
    };

    private static string Measured(EventMeasure measure) => (measure.Measure, measure.Of) switch
    {
        (Measure.Count, _) => "number of",
        (Measure.Days, _) => "days with",
        (var kind, var (source, name)) => $"{Words.Of(kind)} of {Words.Of(source)} {name} of",
        (var kind, _) => Words.Of(kind),
    };

    private static string Of(TimeWindow window)
    {
        var text = window.WithinMs is { } within ? $" within {Duration.Format(within)}" : "";
        text += window.SinceMs is { } since ? $" since {Time(since)}" : "";
        text += window.UntilMs is { } until ? $" until {Time(until)}" : "";
        return text + (window.IsSession ? " in the current session" : "");
    }

    private static string Time(long ms) => DateTimeOffset.FromUnixTimeMilliseconds(ms).ToString("yyyy-MM-dd'T'HH:mm:ss'Z'");

    private static string Of(SequenceStep step) =>
        (step.IsAbsent ? "no " : "") + Of(step.Pattern) + (step.Times > 1 ? $" {step.Times} times" : "")
        + (step.WithinMs is { } within ? $" within {Duration.Format(within)}" : "");

    private static string Of(ComparisonOperator comparison, ImmutableArray<Literal> values)
    {
        var all = values.Length > MaxValues ? $"{string.Join(", ", values.Take(MaxValues).Select(Of))} and {values.Length - MaxValues} more" : string.Join(", ", values.Select(Of));
        return comparison switch
        {
            ComparisonOperator.Equal => $"is {all}",
            ComparisonOperator.NotEqual => $"is not {all}",
            ComparisonOperator.Less => $"is less than {all}",
            ComparisonOperator.AtMost => $"is at most {all}",
            ComparisonOperator.Greater => $"is more than {all}",
            ComparisonOperator.AtLeast => $"is at least {all}",
            ComparisonOperator.Between => $"is from {Of(values[0])} to {Of(values[1])}",
            ComparisonOperator.In => $"is one of {all}",
            ComparisonOperator.NotIn => $"is none of {all}",
            ComparisonOperator.Contains => $"contains {all}",
            ComparisonOperator.StartsWith => $"starts with {all}",
            ComparisonOperator.EndsWith => $"ends with {all}",
            ComparisonOperator.Exists => "is known",
            ComparisonOperator.NotExists => "is not known",
            ComparisonOperator.WithinLast => $"lies in the last {Duration.Format((long)values[0].Number)}",
            ComparisonOperator.MoreThanAgo => $"lies at least {Duration.Format((long)values[0].Number)} ago",
            _ => $"lies in the next {Duration.Format((long)values[0].Number)}",
        };
    }

    private static string Of(Literal value) => value.Kind switch
    {
        ScalarKind.Number => value.Number.ToString("R"),
        ScalarKind.Text => $"'{value.Text}'",
        ScalarKind.True => "true",
        _ => "false",
    };
}
