using System.Buffers;
using System.Collections.Immutable;
using System.Text.Encodings.Web;
using System.Text.Json;
using Personalization.Features.Domain.Conditions.Reading;

namespace Personalization.Features.Domain.Conditions;

/// <summary>Writes conditions in one way only, so that two that mean the same by the same parts are the same text: what was read comes back.</summary>
internal static class ConditionWriter
{
    private static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static string Write(Condition condition)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(buffer, Options))
        {
            Write(writer, condition);
        }

        return System.Text.Encoding.UTF8.GetString(buffer.WrittenSpan);
    }

    public static void Write(Utf8JsonWriter json, Condition condition)
    {
        json.WriteStartObject();
        switch (condition)
        {
            case AllOf all:
                WriteMany(json, "all", all.Of);
                break;
            case AnyOf any:
                WriteMany(json, "any", any.Of);
                break;
            case NoneOf none:
                WriteMany(json, "none", none.Of);
                break;
            case Comparison comparison:
                json.WriteString(Words.Of(comparison.Source), comparison.Name);
                WriteOperator(json, comparison.Operator, comparison.Values);
                break;
            case EventMeasure measure:
                WritePattern(json, measure.Pattern);
                WriteWindow(json, measure.Window);
                WriteMeasure(json, measure);
                break;
            case Sequence sequence:
                json.WriteStartArray("sequence");
                foreach (var step in sequence.Steps)
                {
                    WriteStep(json, step);
                }

                json.WriteEndArray();
                WriteWindow(json, sequence.Window);
                break;
            case FunnelStage funnel:
                json.WriteString("funnel", funnel.Funnel);
                json.WriteString("op", Words.Of(funnel.Operator));
                json.WriteNumber("step", funnel.Step);
                break;
            case InSegment segment:
                json.WriteString("segment", segment.Segment);
                break;
            case OnList list:
                json.WriteString("list", list.List);
                break;
            case RandomShare random:
                json.WriteStartObject("random");
                json.WriteNumber("share", random.Share);
                json.WriteString("seed", random.Seed);
                json.WriteEndObject();
                break;
            case ConsentIs consent:
                json.WriteString("consent", consent.Purpose);
                json.WriteString("is", consent.IsGranted ? "granted" : "denied");
                break;
        }

        json.WriteEndObject();
    }

    /// <summary>A time as <c>since</c> and <c>until</c> have it.</summary>
    public static string Time(long ms) => DateTimeOffset.FromUnixTimeMilliseconds(ms).ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'");

    private static void WriteMany(Utf8JsonWriter json, string name, ImmutableArray<Condition> of)
    {
        json.WriteStartArray(name);
        foreach (var each in of)
        {
            Write(json, each);
        }

        json.WriteEndArray();
    }

    private static void WritePattern(Utf8JsonWriter json, EventPattern pattern)
    {
        if (pattern.Names is [var one])
        {
            json.WriteString("event", one);
        }
        else
        {
            json.WriteStartArray("event");
            foreach (var name in pattern.Names)
            {
                json.WriteStringValue(name);
            }

            json.WriteEndArray();
        }

        if (pattern.Where is { } where)
        {
            json.WritePropertyName("where");
            Write(json, where);
        }
    }

    private static void WriteWindow(Utf8JsonWriter json, TimeWindow window)
    {
        if (window.WithinMs is { } within)
        {
            json.WriteString("within", Duration.Format(within));
        }

        WriteTime(json, "since", window.SinceMs);
        WriteTime(json, "until", window.UntilMs);
        if (window.IsSession)
        {
            json.WriteBoolean("session", true);
        }
    }

    private static void WriteTime(Utf8JsonWriter json, string name, long? timeMs)
    {
        if (timeMs is { } ms)
        {
            json.WriteString(name, Time(ms));
        }
    }

    /// <summary>At least one is what no measure means.</summary>
    private static void WriteMeasure(Utf8JsonWriter json, EventMeasure measure)
    {
        if (measure is { Measure: Measure.Count, Operator: ComparisonOperator.AtLeast, Values: [{ Number: 1 }] })
        {
            return;
        }

        json.WriteStartObject(Words.Of(measure.Measure));
        if (measure.Of is var (source, name))
        {
            json.WriteString(Words.Of(source), name);
        }

        WriteOperator(json, measure.Operator, measure.Values);
        json.WriteEndObject();
    }

    private static void WriteStep(Utf8JsonWriter json, SequenceStep step)
    {
        json.WriteStartObject();
        if (step.IsAbsent)
        {
            json.WriteStartObject("not");
            WritePattern(json, step.Pattern);
            json.WriteEndObject();
        }
        else
        {
            WritePattern(json, step.Pattern);
        }

        if (step.Times > 1)
        {
            json.WriteNumber("times", step.Times);
        }

        if (step.WithinMs is { } within)
        {
            json.WriteString("within", Duration.Format(within));
        }

        json.WriteEndObject();
    }

    private static void WriteOperator(Utf8JsonWriter json, ComparisonOperator comparison, ImmutableArray<Literal> values)
    {
        json.WriteString("op", Words.Of(comparison));
        switch (comparison)
        {
            case ComparisonOperator.Exists or ComparisonOperator.NotExists:
                break;
            case ComparisonOperator.WithinLast or ComparisonOperator.MoreThanAgo or ComparisonOperator.WithinNext:
                json.WriteString("value", Duration.Format((long)values[0].Number));
                break;
            case ComparisonOperator.Between or ComparisonOperator.In or ComparisonOperator.NotIn:
                json.WriteStartArray("value");
                foreach (var value in values)
                {
                    WriteValue(json, value);
                }

                json.WriteEndArray();
                break;
            default:
                json.WritePropertyName("value");
                WriteValue(json, values[0]);
                break;
        }
    }

    private static void WriteValue(Utf8JsonWriter json, Literal value)
    {
        switch (value.Kind)
        {
            case ScalarKind.Number:
                json.WriteNumberValue(value.Number);
                break;
            case ScalarKind.Text:
                json.WriteStringValue(value.Text);
                break;
            default:
                json.WriteBooleanValue(value.Kind == ScalarKind.True);
                break;
        }
    }
}
