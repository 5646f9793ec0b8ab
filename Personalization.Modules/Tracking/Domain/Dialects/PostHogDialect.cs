using System.Buffers;
using System.Text;
using System.Text.Json;

namespace Personalization.Tracking.Domain.Dialects;

/// <summary>
/// PostHog's capture protocol: <c>{"api_key": …, "batch": [ … ], "sent_at": …}</c>, one event alone, or an array of events that each carry
/// the key; where a page's last words may not be of another type than a form's, in base64 as the field <c>data</c> of one. Its special events become the
/// calls that they stand for, everything else a track call with the same name.
/// </summary>
internal sealed class PostHogDialect : IDialect
{
    public Translation Translate(in DialectRequest request, IBufferWriter<byte> output)
    {
        using var body = DialectJson.TryParse(request.Body) ?? (FormData(request.Body.Span) is { } data ? DialectJson.TryParse(data) : null);
        if (body is null)
        {
            return Translation.Unreadable;
        }

        var root = body.RootElement;
        var events = root.ValueKind == JsonValueKind.Array ? root : root.Get("batch");
        var isOne = !events.HasValue() && root.Get("event").HasValue();
        if (events.ValueKind != JsonValueKind.Array && !isOne)
        {
            return new Translation(TranslationStatus.OtherForm, "'batch' must be an array of events: this address takes what PostHog's clients send.");
        }

        var first = isOne ? root : events.EnumerateArray().FirstOrDefault();
        using var writer = DialectJson.Writer(output);
        writer.WriteStartObject();
        writer.Copy("writeKey", Any(root.Get("api_key"), root.Get("token"), first.Get("properties").Get("token"), first.Get("api_key")));
        writer.Copy("sentAt", root.Get("sent_at"));
        writer.WriteStartArray("batch"u8);
        if (isOne)
        {
            Write(writer, root);
        }
        else
        {
            foreach (var sent in events.EnumerateArray())
            {
                Write(writer, sent);
            }
        }

        writer.WriteEndArray();
        writer.WriteEndObject();
        writer.Flush();
        return new Translation(TranslationStatus.Translated);
    }

    /// <summary>The field <c>data</c> that a form begins with, out of its base64; null for a body that is no such form.</summary>
    private static byte[]? FormData(ReadOnlySpan<byte> body)
    {
        if (!body.StartsWith("data="u8))
        {
            return null;
        }

        var field = body["data="u8.Length..];
        field = field.IndexOf((byte)'&') is var end and >= 0 ? field[..end] : field;
        var text = Uri.UnescapeDataString(Encoding.UTF8.GetString(field));
        var data = new byte[(text.Length / 4 * 3) + 3];
        return Convert.TryFromBase64String(text, data, out var length) ? data[..length] : null;
    }

    private static void Write(Utf8JsonWriter writer, JsonElement sent)
    {
        var name = sent.Get("event").Text();
        if (name is null)
        {
            writer.Copy(sent);
            return;
        }

        var properties = sent.Get("properties");
        writer.WriteStartObject();
        writer.Copy("messageId", Any(sent.Get("uuid"), properties.Get("$insert_id")));
        writer.Copy("timestamp", sent.Get("timestamp"));
        PostHogPerson.Of(sent, name).Write(writer);
        WriteCall(writer, sent, name, properties);
        WriteContext(writer, sent, properties);
        writer.WriteEndObject();
    }

    private static void WriteCall(Utf8JsonWriter writer, JsonElement sent, string name, JsonElement properties)
    {
        switch (name)
        {
            case "$pageview":
                writer.WriteString("type"u8, "page"u8);
                writer.Copy("name", properties.Get("title"));
                WriteObject(writer, "properties", properties);
                break;
            case "$screen":
                writer.WriteString("type"u8, "screen"u8);
                writer.Copy("name", properties.Get("$screen_name"));
                WriteObject(writer, "properties", properties);
                break;
            case "$identify" or "$set":
                writer.WriteString("type"u8, "identify"u8);
                WriteObject(writer, "traits", Any(sent.Get("$set"), properties.Get("$set")));
                break;
            case "$create_alias":
                writer.WriteString("type"u8, "alias"u8);
                writer.Copy("previousId", properties.Get("alias"));
                break;
            case "$groupidentify":
                writer.WriteString("type"u8, "group"u8);
                writer.Copy("groupId", properties.Get("$group_key"));
                WriteObject(writer, "traits", properties.Get("$group_set"));
                break;
            default:
                writer.WriteString("type"u8, "track"u8);
                writer.Copy("event", sent.Get("event"));
                WriteObject(writer, "properties", properties);
                break;
        }
    }

    private static void WriteContext(Utf8JsonWriter writer, JsonElement sent, JsonElement properties)
    {
        writer.WriteStartObject("context"u8);
        writer.Copy("sessionId", properties.Get("$session_id"));
        writer.WriteStartObject("page"u8);
        writer.Copy("url", properties.Get("$current_url"));
        writer.Copy("path", properties.Get("$pathname"));
        writer.Copy("title", properties.Get("title"));
        writer.Copy("referrer", properties.Get("$referrer"));
        writer.WriteEndObject();
        writer.Copy("userAgent", properties.Get("$raw_user_agent"));
        writer.Copy("locale", properties.Get("$browser_language"));
        writer.Copy("timezone", properties.Get("$timezone"));
        writer.WriteStartObject("library"u8);
        writer.Copy("name", properties.Get("$lib"));
        writer.Copy("version", properties.Get("$lib_version"));
        writer.WriteEndObject();
        writer.Copy("groupType", properties.Get("$group_type"));
        writer.Copy("setOnce", Any(sent.Get("$set_once"), properties.Get("$set_once")));
        writer.WriteEndObject();
    }

    private static void WriteObject(Utf8JsonWriter writer, string name, JsonElement value)
    {
        if (value.ValueKind == JsonValueKind.Object)
        {
            writer.Copy(name, value);
        }
    }

    private static JsonElement Any(params ReadOnlySpan<JsonElement> values)
    {
        foreach (var value in values)
        {
            if (value.HasValue())
            {
                return value;
            }
        }

        return default;
    }
}
