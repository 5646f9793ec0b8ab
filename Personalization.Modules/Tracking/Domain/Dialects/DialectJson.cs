using System.Buffers;
using System.Runtime.InteropServices;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Unicode;

namespace Personalization.Tracking.Domain.Dialects;

/// <summary>JSON as translators read and write it: values are copied as they were written, so that nothing of them is lost on the way.</summary>
internal static class DialectJson
{
    /// <summary>
    /// Levels of JSON that comes inside a text. An event may have 32; what is taken out of a text stands a few levels down in it.
    /// </summary>
    private const int InnerDepth = 24;

    private static readonly JsonWriterOptions WriterOptions = new()
    {
        // Straight to the log, never into a page: only what JSON itself forbids is escaped.
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        SkipValidation = true,
    };

    public static Utf8JsonWriter Writer(IBufferWriter<byte> output) => new(output, WriterOptions);

    /// <summary>A body; null when it is not JSON in UTF-8.</summary>
    public static JsonDocument? TryParse(ReadOnlyMemory<byte> utf8) => TryParse(utf8, ParserLimits.BodyDepth);

    /// <summary>JSON that came inside a text; null when it is none, or nested too deep to stand in an event.</summary>
    public static JsonDocument? TryParseInner(ReadOnlyMemory<byte> utf8) => TryParse(utf8, InnerDepth);

    /// <summary>The member of an object; undefined when it has none of this name, or is no object.</summary>
    public static JsonElement Get(this JsonElement element, string name)
    {
        if (element.ValueKind != JsonValueKind.Object)
        {
            return default;
        }

        try
        {
            return element.TryGetProperty(name, out var value) ? value : default;
        }
        catch (InvalidOperationException)
        {
            // Some name among them holds half a surrogate pair, and says nothing about the others.
            return element.EnumerateObject().LastOrDefault(member => NameOf(member) == name).Value;
        }
    }

    /// <summary>A member's name; null when it holds half a surrogate pair.</summary>
    public static string? NameOf(JsonProperty member)
    {
        try
        {
            return member.Name;
        }
        catch (InvalidOperationException)
        {
            return null;
        }
    }

    /// <summary>A text, or a number as it is written; null for anything else, empty texts among it.</summary>
    public static string? Text(this JsonElement element)
    {
        switch (element.ValueKind)
        {
            case JsonValueKind.Number:
                return element.GetRawText();
            case JsonValueKind.String:
                try
                {
                    return element.GetString() is { Length: > 0 } text ? text : null;
                }
                catch (InvalidOperationException)
                {
                    // Half a surrogate pair: no text, as in the parser.
                    return null;
                }

            default:
                return null;
        }
    }

    /// <summary>Whether there is something: not absent, not null, not empty.</summary>
    public static bool HasValue(this JsonElement element) =>
        element.ValueKind is not (JsonValueKind.Undefined or JsonValueKind.Null) && !JsonMarshal.GetRawUtf8Value(element).SequenceEqual("\"\""u8);

    public static bool IsSame(this JsonElement one, JsonElement other) =>
        one.HasValue() && other.HasValue() && JsonMarshal.GetRawUtf8Value(one).SequenceEqual(JsonMarshal.GetRawUtf8Value(other));

    /// <summary>A value as it was written; nothing when there is none.</summary>
    public static void Copy(this Utf8JsonWriter writer, string name, JsonElement value)
    {
        if (value.HasValue())
        {
            writer.WritePropertyName(name);
            writer.Copy(value);
        }
    }

    public static void Copy(this Utf8JsonWriter writer, JsonElement value) =>
        writer.WriteRawValue(JsonMarshal.GetRawUtf8Value(value), skipInputValidation: true);

    /// <summary>A text; nothing when there is none.</summary>
    public static void Text(this Utf8JsonWriter writer, string name, string? value)
    {
        if (!string.IsNullOrEmpty(value))
        {
            writer.WriteString(name, value);
        }
    }

    /// <summary>A number that came as a text; the text where it is none.</summary>
    public static void Number(this Utf8JsonWriter writer, string name, string? value)
    {
        if (decimal.TryParse(value, System.Globalization.NumberStyles.Float, null, out var number))
        {
            writer.WriteNumber(name, number);
        }
        else
        {
            writer.Text(name, value);
        }
    }

    private static JsonDocument? TryParse(ReadOnlyMemory<byte> utf8, int maxDepth)
    {
        if (!Utf8.IsValid(utf8.Span))
        {
            return null;
        }

        try
        {
            return JsonDocument.Parse(utf8.Span.StartsWith("\uFEFF"u8) ? utf8[3..] : utf8, new JsonDocumentOptions { MaxDepth = maxDepth });
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
