using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Personalization.Features.Domain;
using Personalization.Features.Domain.Conditions;

namespace Personalization.Tests.Features.Model;

/// <summary>Writes a condition as an administrator would: a second hand beside the product's own.</summary>
internal static class ConditionJson
{
    private static readonly string[] _operators =
    [
        "eq", "ne", "lt", "lte", "gt", "gte", "between", "in", "nin", "contains", "startsWith", "endsWith", "exists", "notExists", "withinLast", "moreThanAgo",
        "withinNext",
    ];

    public static JsonObject Write(Condition condition) => condition switch
    {
        AllOf all => new JsonObject { ["all"] = Array(all.Of) },
        AnyOf any => new JsonObject { ["any"] = Array(any.Of) },
        NoneOf none => new JsonObject { ["none"] = Array(none.Of) },
        Comparison comparison => Compared(
            new JsonObject { [comparison.Source.ToString().ToLowerInvariant()] = comparison.Name }, comparison.Operator, [.. comparison.Values]),
        EventMeasure measure => Measured(measure),
        Sequence sequence => Windowed(new JsonObject { ["sequence"] = new JsonArray([.. sequence.Steps.Select(Step)]) }, sequence.Window),
        FunnelStage funnel => new JsonObject { ["funnel"] = funnel.Funnel, ["op"] = _operators[(int)funnel.Operator], ["step"] = funnel.Step },
        InSegment segment => new JsonObject { ["segment"] = segment.Segment },
        OnList list => new JsonObject { ["list"] = list.List },
        RandomShare share => new JsonObject { ["random"] = new JsonObject { ["share"] = share.Share, ["seed"] = share.Seed } },
        ConsentIs consent => new JsonObject { ["consent"] = consent.Purpose, ["is"] = consent.IsGranted ? "granted" : "denied" },
        _ => throw new NotSupportedException(condition.GetType().Name),
    };

    private static JsonObject Measured(EventMeasure measure)
    {
        var json = Windowed(Pattern(measure.Pattern), measure.Window);
        var inner = measure.Of is { } of ? new JsonObject { [of.Source.ToString().ToLowerInvariant()] = of.Name } : [];
        json[measure.Measure.ToString().ToLowerInvariant()] = Compared(inner, measure.Operator, [.. measure.Values]);
        return json;
    }

    private static JsonNode Step(SequenceStep step)
    {
        var pattern = Pattern(step.Pattern);
        var json = step.IsAbsent ? new JsonObject { ["not"] = pattern } : pattern;
        if (step.Times > 1)
        {
            json["times"] = step.Times;
        }

        return Put(json, "within", step.WithinMs);
    }

    public static JsonObject Pattern(EventPattern pattern)
    {
        var json = new JsonObject
        {
            ["event"] = pattern.Names.Length == 1 ? pattern.Names[0] : new JsonArray([.. pattern.Names.Select(name => JsonValue.Create(name))]),
        };
        if (pattern.Where is { } where)
        {
            json["where"] = Write(where);
        }

        return json;
    }

    private static JsonObject Windowed(JsonObject json, TimeWindow window)
    {
        Put(json, "within", window.WithinMs);
        foreach (var (name, time) in new[] { ("since", window.SinceMs), ("until", window.UntilMs) })
        {
            if (time is { } ms)
            {
                json[name] = DateTimeOffset.FromUnixTimeMilliseconds(ms).ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);
            }
        }

        if (window.IsSession)
        {
            json["session"] = true;
        }

        return json;
    }

    private static JsonObject Compared(JsonObject json, ComparisonOperator op, Literal[] values)
    {
        json["op"] = _operators[(int)op];
        switch (op)
        {
            case ComparisonOperator.Exists or ComparisonOperator.NotExists:
                break;
            case ComparisonOperator.WithinLast or ComparisonOperator.MoreThanAgo or ComparisonOperator.WithinNext:
                Put(json, "value", (long)values[0].Number);
                break;
            case ComparisonOperator.Between or ComparisonOperator.In or ComparisonOperator.NotIn:
                json["value"] = new JsonArray([.. values.Select(Value)]);
                break;
            default:
                json["value"] = Value(values[0]);
                break;
        }

        return json;
    }

    private static JsonArray Array(IEnumerable<Condition> of) => [.. of.Select(Write)];

    private static JsonNode? Value(Literal literal) => literal.Kind switch
    {
        ScalarKind.Text => JsonValue.Create(literal.Text),
        ScalarKind.Number => JsonValue.Create(literal.Number),
        ScalarKind.True => JsonValue.Create(true),
        ScalarKind.False => JsonValue.Create(false),
        _ => null,
    };

    /// <summary>In the largest unit that says it exactly.</summary>
    public static JsonObject Put(JsonObject json, string name, long? durationMs)
    {
        if (durationMs is { } ms)
        {
            json[name] = (ms % 86_400_000, ms % 3_600_000, ms % 60_000) switch
            {
                (0, _, _) => $"{ms / 86_400_000}d",
                (_, 0, _) => $"{ms / 3_600_000}h",
                (_, _, 0) => $"{ms / 60_000}m",
                _ => $"{ms / 1_000}s",
            };
        }

        return json;
    }

    public static string Text(Condition condition) => Write(condition).ToJsonString(new JsonSerializerOptions { WriteIndented = false });
}
