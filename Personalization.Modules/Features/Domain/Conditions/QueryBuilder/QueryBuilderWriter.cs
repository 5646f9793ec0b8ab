using System.Collections.Immutable;
using System.Text.Json.Nodes;
using Personalization.Features.Domain.Conditions.Reading;
using Personalization.Features.Domain.Definitions;

namespace Personalization.Features.Domain.Conditions.QueryBuilder;

/// <summary>Turns a condition into a query of react-querybuilder. What it has no words for is a fault: sequences, and measures other than counts.</summary>
internal sealed class QueryBuilderWriter(List<DefinitionFault> faults)
{
    /// <summary>Null when something cannot be said. A condition alone becomes a group of one, since a query is a group.</summary>
    public JsonObject? Write(Condition condition)
    {
        var before = faults.Count;
        var written = Of(condition);
        return faults.Count > before ? null : written.ContainsKey("rules") ? written : Group("and", isNegated: false, [written]);
    }

    private JsonObject Of(Condition condition) => condition switch
    {
        AllOf all => GroupOf("and", isNegated: false, all.Of),
        AnyOf { Of.Length: 0 } or NoneOf { Of.Length: 0 } => Group("and", condition is AnyOf, []),
        AnyOf any => GroupOf("or", isNegated: false, any.Of),
        NoneOf none => GroupOf("or", isNegated: true, none.Of),
        Comparison comparison => Rule($"{Words.Of(comparison.Source)}.{comparison.Name}", comparison.Operator, comparison.Values),
        EventMeasure measure => Of(measure),
        FunnelStage funnel => Rule($"funnel.{funnel.Funnel}", funnel.Operator, [new Literal(ScalarKind.Number, funnel.Step)]),
        InSegment segment => Rule("segment", ComparisonOperator.Equal, [new Literal(ScalarKind.Text, Text: segment.Segment)]),
        OnList list => Rule("list", ComparisonOperator.Equal, [new Literal(ScalarKind.Text, Text: list.List)]),
        RandomShare random => Rule($"random.{random.Seed}", ComparisonOperator.Less, [new Literal(ScalarKind.Number, random.Share)]),
        ConsentIs consent => Rule($"consent.{consent.Purpose}", ComparisonOperator.Equal, [new Literal(ScalarKind.Text, Text: consent.IsGranted ? "granted" : "denied")]),
        _ => Refuse(condition.Path, "A sequence has no words in react-querybuilder; put it into a segment of its own and ask for that."),
    };

    private JsonObject Of(EventMeasure measure)
    {
        var threshold = measure.Values.IsEmpty ? 0 : measure.Values[0].Number;
        var mode = measure.Operator switch
        {
            ComparisonOperator.AtLeast => "atLeast",
            ComparisonOperator.AtMost => "atMost",
            ComparisonOperator.Equal => "exactly",
            _ => null,
        };
        if (measure.Measure != Measure.Count || measure.Pattern.Names.Length != 1)
        {
            return Refuse(measure.Path, "Only counts of one event have words in react-querybuilder; put it into a segment of its own and ask for that.");
        }

        if (measure.Pattern.Where is null && measure.Window == new TimeWindow())
        {
            return Rule($"event.{measure.Pattern.Names[0]}", measure.Operator, measure.Values);
        }

        if (mode is null)
        {
            return Refuse(measure.Path, "With a filter or a window, react-querybuilder has words for gte, lte and eq only.");
        }

        return new JsonObject
        {
            ["field"] = $"event.{measure.Pattern.Names[0]}",
            ["operator"] = "=",
            ["match"] = new JsonObject { ["mode"] = mode, ["threshold"] = threshold },
            ["value"] = Group("and", isNegated: false, [.. measure.Pattern.Where is { } where ? [Of(where)] : Array.Empty<JsonObject>(), .. WindowRules(measure.Window)]),
        };
    }

    private static IEnumerable<JsonObject> WindowRules(TimeWindow window)
    {
        if (window.WithinMs is { } within)
        {
            yield return Rule("within", Duration.Format(within));
        }

        if (window.SinceMs is { } since)
        {
            yield return Rule("since", ConditionWriter.Time(since));
        }

        if (window.UntilMs is { } until)
        {
            yield return Rule("until", ConditionWriter.Time(until));
        }

        if (window.IsSession)
        {
            yield return Rule("session", true);
        }
    }

    private JsonObject GroupOf(string combinator, bool isNegated, ImmutableArray<Condition> of) => Group(combinator, isNegated, [.. of.Select(Of)]);

    private static JsonObject Group(string combinator, bool isNegated, JsonObject[] rules)
    {
        var group = new JsonObject { ["combinator"] = combinator };
        if (isNegated)
        {
            group["not"] = true;
        }

        group["rules"] = new JsonArray([.. rules]);
        return group;
    }

    private static JsonObject Rule(string field, JsonNode value) => new() { ["field"] = field, ["operator"] = "=", ["value"] = value };

    private static JsonObject Rule(string field, ComparisonOperator comparison, ImmutableArray<Literal> values)
    {
        var rule = new JsonObject { ["field"] = field, ["operator"] = QueryBuilderOperators.TheirsOf(Words.Of(comparison)) };
        rule["value"] = comparison switch
        {
            ComparisonOperator.Exists or ComparisonOperator.NotExists => null,
            ComparisonOperator.WithinLast or ComparisonOperator.MoreThanAgo or ComparisonOperator.WithinNext => Duration.Format((long)values[0].Number),
            ComparisonOperator.Between or ComparisonOperator.In or ComparisonOperator.NotIn => new JsonArray([.. values.Select(Value)]),
            _ => Value(values[0]),
        };
        return rule;
    }

    private static JsonNode? Value(Literal value) => value.Kind switch
    {
        ScalarKind.Number => JsonValue.Create(value.Number),
        ScalarKind.Text => JsonValue.Create(value.Text),
        _ => JsonValue.Create(value.Kind == ScalarKind.True),
    };

    private JsonObject Refuse(string path, string message)
    {
        faults.Add(new DefinitionFault(path, message));
        return [];
    }
}
