using System.Text.Json;

namespace Personalization.Features.Endpoints;

/// <summary>
/// The records in a request: one, an array of them, one a line, or the <c>records</c> of Kafka's REST form. A body that is no JSON is refused as a
/// whole, before anything of it is taken.
/// </summary>
internal static class ChangeBody
{
    private static readonly JsonReaderOptions ManyValues = new() { AllowMultipleValues = true };

    /// <summary>Calls <paramref name="take"/> for each record, with its place from 0. The element is valid during the call.</summary>
    /// <exception cref="JsonException">The body is no JSON, or is nested deeper than 64 levels.</exception>
    public static void Read(ReadOnlySpan<byte> body, Action<JsonElement, int> take)
    {
        var reader = new Utf8JsonReader(SkipByteOrderMark(body), ManyValues);
        var index = 0;
        while (reader.Read())
        {
            using var document = JsonDocument.ParseValue(ref reader);
            var root = document.RootElement;
            if (Records(root) is { } records)
            {
                foreach (var record in records.EnumerateArray())
                {
                    take(record, index++);
                }
            }
            else
            {
                take(root, index++);
            }
        }
    }

    private static JsonElement? Records(JsonElement root) => root.ValueKind == JsonValueKind.Array ? root
        : root.ValueKind == JsonValueKind.Object && root.TryGetProperty("records", out var records) && records.ValueKind == JsonValueKind.Array &&
            !root.TryGetProperty("op", out _) && !root.TryGetProperty("__op", out _) ? records
        : null;

    private static ReadOnlySpan<byte> SkipByteOrderMark(ReadOnlySpan<byte> body) => body is [0xEF, 0xBB, 0xBF, ..] ? body[3..] : body;
}
