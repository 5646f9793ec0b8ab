using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Personalization.Tracking.Contracts;
using Personalization.Tracking.Domain.DeadLetters;

namespace Personalization.Tracking.Pipeline.DeadLetters;

/// <summary>
/// The request that a letter becomes when it is sent in again: what was around the event in its first request is put around it
/// once more, so that its time comes out the same. An event without a message id gets one of the letter, so that sending the same letter
/// in twice counts once.
/// </summary>
internal static class ReplayBody
{
    private static readonly JsonSerializerOptions AsItCame = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Writes the body. <paramref name="route"/> is the call that goes with it; default for a batch.</summary>
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
        ReadOnlySpan<byte> body = letter.Body;
        body = body.StartsWith("\uFEFF"u8) ? body[3..] : body;
        try
        {
            if (JsonNode.Parse(body) is not JsonObject root)
            {
                return body;
            }

            var id = $"dead-letter-{letter.Id}";
            var isChanged = letter.IsEvent || letter.Route != default ? Name(root, id) : NameAll(root, id);
            return isChanged ? JsonSerializer.SerializeToUtf8Bytes(root, AsItCame) : body;
        }
        catch (Exception error) when (error is JsonException or ArgumentException or InvalidOperationException)
        {
            // Not JSON, or with a key twice: it is sent in as it is, and the door says what is wrong with it.
            return body;
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
