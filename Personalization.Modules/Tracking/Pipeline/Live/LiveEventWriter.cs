using System.Buffers;
using System.Text.Json;
using Personalization.Tracking.Contracts;
using Personalization.Tracking.Domain.Live;

namespace Personalization.Tracking.Pipeline.Live;

/// <summary>Writes what the live view knows of an event.</summary>
internal static class LiveEventWriter
{
    private static readonly string[] ConsentNames = [.. Enum.GetNames<ConsentReason>().Select(JsonNamingPolicy.SnakeCaseLower.ConvertName)];

    public static byte[] ToJson(string source, in LiveEvent seen, StoredEvent? stored)
    {
        var buffer = new ArrayBufferWriter<byte>(stored?.Json.Length + 256 ?? 256);
        using (var json = new Utf8JsonWriter(buffer))
        {
            Write(json, source, seen, stored);
        }

        return buffer.WrittenSpan.ToArray();
    }

    public static byte[] ToJson(string source, in LiveRefusal refusal)
    {
        var buffer = new ArrayBufferWriter<byte>(256);
        using (var json = new Utf8JsonWriter(buffer))
        {
            Write(json, source, refusal);
        }

        return buffer.WrittenSpan.ToArray();
    }

    public static byte[] Skipped(string source, long count) => JsonSerializer.SerializeToUtf8Bytes(new { source, count }, FlagJson.Options);

    /// <summary>An event of the log. One that is not there any more was erased.</summary>
    public static void Write(Utf8JsonWriter json, string source, in LiveEvent seen, StoredEvent? stored)
    {
        json.WriteStartObject();
        json.WriteString("source", source);
        json.WriteString("verdict", NameOf(seen.Verdict));
        if (seen.Verdict is EventVerdict.Accepted or EventVerdict.Gated)
        {
            json.WriteString("consent", ConsentNames[(int)seen.Reason]);
        }

        json.WriteString("receivedAt", DateTimeOffset.FromUnixTimeMilliseconds(seen.ReceivedAtMs));
        json.WriteString("type", seen.Type.ToString().ToLowerInvariant());
        json.WriteNumber("offset", seen.Offset);
        if (stored is null)
        {
            json.WriteBoolean("isErased", true);
        }
        else
        {
            json.WriteString("timestamp", DateTimeOffset.FromUnixTimeMilliseconds(stored.TimestampMs));
            json.WritePropertyName("event");
            json.WriteRawValue(OnOneLine(stored.Json.Span), skipInputValidation: true);
        }

        json.WriteEndObject();
    }

    public static void Write(Utf8JsonWriter json, string source, in LiveRefusal refusal)
    {
        json.WriteStartObject();
        json.WriteString("source", source);
        json.WriteString("verdict", NameOf(EventVerdict.Invalid));
        json.WriteString("receivedAt", DateTimeOffset.FromUnixTimeMilliseconds(refusal.ReceivedAtMs));
        if (refusal.Type != default)
        {
            json.WriteString("type", refusal.Type.ToString().ToLowerInvariant());
        }

        if (refusal.Event is { } name)
        {
            json.WriteString("name", name);
        }

        if (refusal.Index >= 0)
        {
            json.WriteNumber("index", refusal.Index);
        }

        json.WriteString("reason", refusal.Reason);
        json.WriteString("location", refusal.Location);
        json.WriteEndObject();
    }

    public static string NameOf(EventVerdict? verdict) => verdict?.ToString().ToLowerInvariant() ?? "pending";

    /// <summary>
    /// JSON has line breaks between tokens only, and a message of a stream is one line. The text was read as JSON when it came in; it is
    /// copied rather than read again because clients send half surrogate pairs, which a writer refuses.
    /// </summary>
    private static byte[] OnOneLine(ReadOnlySpan<byte> json)
    {
        var line = json.ToArray();
        line.AsSpan().Replace((byte)'\n', (byte)' ');
        line.AsSpan().Replace((byte)'\r', (byte)' ');
        return line;
    }
}
