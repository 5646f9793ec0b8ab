using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Unicode;
using Personalization.Tracking.Contracts;
using Personalization.Tracking.Domain;
using Personalization.Tracking.Domain.DeadLetters;
using Personalization.Tracking.Domain.Import;

namespace Personalization.Tracking.Pipeline.DeadLetters;

/// <summary>
/// The request that a letter becomes when it is sent in again: what was around the event in its first request is put around it
/// once more, so that its time comes out the same. An event without a message id gets one of the letter, so that sending the same letter
/// in twice counts once; a line of an import keeps the one of its place, so that the letter and the mended file count once.
/// </summary>
internal static class ReplayBody
{
    private static readonly JsonSerializerOptions AsItCame = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>
    /// Why the body of a single event cannot be put between others; null when it can. Two events would slip in as one, and what is not UTF-8
    /// would come out as something else.
    /// </summary>
    public static string? FaultOf(DeadLetter letter)
    {
        if (!letter.IsEvent || letter.Route != default)
        {
            return null;
        }

        var body = Plain(letter);
        if (letter.Origin == EventOrigin.Import)
        {
            return ImportLine.TryRead(body, out _, out var fault) ? null : fault;
        }

        return IsOneValue(body) ? null : "The event is not one JSON value in UTF-8.";
    }

    /// <summary>Writes the body, of which <see cref="FaultOf"/> finds nothing. <paramref name="route"/> is the call that goes with it; default for a batch.</summary>
    public static void Write(DeadLetter letter, IBufferWriter<byte> output, out EventType route)
    {
        route = letter.Route;
        var body = WithMessageIds(letter);
        if (!letter.IsEvent || letter.Route != default)
        {
            output.Write(body);
            return;
        }

        output.Write("{"u8);
        if (letter.SentAtMs != long.MinValue)
        {
            var sentAt = DateTimeOffset.FromUnixTimeMilliseconds(letter.SentAtMs).ToString("yyyy-MM-ddTHH:mm:ss.fffZ", CultureInfo.InvariantCulture);
            output.Write(Encoding.UTF8.GetBytes($"\"sentAt\":\"{sentAt}\","));
        }

        if (letter.Context.Length > 0)
        {
            output.Write("\"context\":"u8);
            output.Write(letter.Context);
            output.Write(","u8);
        }

        output.Write("\"batch\":["u8);
        output.Write(body);
        output.Write("]}"u8);
    }

    private static ReadOnlySpan<byte> WithMessageIds(DeadLetter letter)
    {
        var body = Plain(letter);
        if (!Utf8.IsValid(body))
        {
            // The tree would put signs of replacement into it; the door says what is wrong with it.
            return body;
        }

        try
        {
            if (JsonNode.Parse(body) is not JsonObject root)
            {
                return body;
            }

            var id = IdOf(letter);
            var isChanged = letter.IsEvent || letter.Route != default ? Name(root, id) : NameAll(root, id);
            return isChanged ? JsonSerializer.SerializeToUtf8Bytes(root, AsItCame) : body;
        }
        catch (Exception error) when (error is JsonException or ArgumentException or InvalidOperationException)
        {
            // Not JSON, or with a key twice: it is sent in as it is, and the door says what is wrong with it.
            return body;
        }
    }

    private static string IdOf(DeadLetter letter) =>
        letter.Origin == EventOrigin.Import && letter.MessageId.StartsWith(ImportChunk.MessageIdStart, StringComparison.Ordinal)
            ? letter.MessageId
            : $"dead-letter-{letter.Id}";

    private static ReadOnlySpan<byte> Plain(DeadLetter letter)
    {
        ReadOnlySpan<byte> body = letter.Body;
        return body.StartsWith("\uFEFF"u8) ? body[3..] : body;
    }

    private static bool IsOneValue(ReadOnlySpan<byte> body)
    {
        if (!Utf8.IsValid(body))
        {
            return false;
        }

        try
        {
            var json = new Utf8JsonReader(body, new JsonReaderOptions { MaxDepth = ParserLimits.BodyDepth });
            json.Read();
            json.Skip();

            // Anything but white space behind the end is an error of the reader.
            json.Read();
            return true;
        }
        catch (JsonException)
        {
            return false;
        }
    }

    private static bool NameAll(JsonObject root, string id)
    {
        var isChanged = false;
        var events = root["batch"] as JsonArray ?? [];
        for (var i = 0; i < events.Count; i++)
        {
            isChanged |= events[i] is JsonObject single && Name(single, $"{id}-{i}");
        }

        return isChanged;
    }

    private static bool Name(JsonObject single, string id)
    {
        if (single["messageId"] is JsonValue value && !(value.TryGetValue<string>(out var text) && text.Length == 0))
        {
            return false;
        }

        single["messageId"] = id;
        return true;
    }
}
