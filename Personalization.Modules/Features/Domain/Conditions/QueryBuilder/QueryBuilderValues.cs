using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Personalization.Features.Domain.Conditions.QueryBuilder;

/// <summary>Values of rules: lists come as arrays or, from its simplest editor, as one text with commas; numbers may come as texts.</summary>
internal static class QueryBuilderValues
{
    /// <summary>As a condition has it; null when there is none.</summary>
    public static JsonNode? Of(JsonElement value, string op, bool parseNumbers)
    {
        if (op is "exists" or "notExists" || value.ValueKind == JsonValueKind.Undefined)
        {
            return null;
        }

        var isList = op is "between" or "in" or "nin";
        var isDuration = op is "withinLast" or "moreThanAgo" or "withinNext";
        return isList && value.ValueKind == JsonValueKind.String
            ? new JsonArray([.. value.GetString()!.Split(',', StringSplitOptions.TrimEntries).Select(part => Number(part, parseNumbers))])
            : isList && value.ValueKind == JsonValueKind.Array
                ? new JsonArray([.. value.EnumerateArray().Select(part => One(part, parseNumbers))])
                : One(value, parseNumbers && !isDuration);
    }

    private static JsonNode? One(JsonElement value, bool parseNumbers) =>
        parseNumbers && value.ValueKind == JsonValueKind.String ? Number(value.GetString()!, parseNumbers) : JsonNode.Parse(value.GetRawText());

    private static JsonValue Number(string text, bool parseNumbers) =>
        parseNumbers && double.TryParse(text.Trim(), NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && double.IsFinite(number)
            ? JsonValue.Create(number)
            : JsonValue.Create(text);
}
