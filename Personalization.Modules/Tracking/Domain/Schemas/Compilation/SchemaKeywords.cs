using System.Text.Json;

namespace Personalization.Tracking.Domain.Schemas.Compilation;

/// <summary>Where in a schema other schemas stand. What stands anywhere else is data, whatever it looks like.</summary>
internal static class SchemaKeywords
{
    private static readonly string[] Single =
    [
        "not", "if", "then", "else", "items", "contains", "additionalProperties", "propertyNames", "unevaluatedItems",
        "unevaluatedProperties", "contentSchema",
    ];

    private static readonly string[] Lists = ["allOf", "anyOf", "oneOf", "prefixItems"];

    private static readonly string[] Maps = ["$defs", "definitions", "properties", "patternProperties", "dependentSchemas"];

    /// <summary>The subschemas of a schema with their pointers.</summary>
    public static IEnumerable<(string Pointer, JsonElement Schema)> Subschemas(JsonElement schema, string pointer)
    {
        foreach (var keyword in schema.EnumerateObject())
        {
            var at = JsonPointer.Append(pointer, keyword.Name);
            if (Single.Contains(keyword.Name, StringComparer.Ordinal))
            {
                yield return (at, keyword.Value);
            }
            else if (keyword.Value.ValueKind == JsonValueKind.Array && Lists.Contains(keyword.Name, StringComparer.Ordinal))
            {
                var index = 0;
                foreach (var item in keyword.Value.EnumerateArray())
                {
                    yield return (JsonPointer.Append(at, index++), item);
                }
            }
            else if (keyword.Value.ValueKind == JsonValueKind.Object && Maps.Contains(keyword.Name, StringComparer.Ordinal))
            {
                foreach (var member in keyword.Value.EnumerateObject())
                {
                    yield return (JsonPointer.Append(at, member.Name), member.Value);
                }
            }
        }
    }
}
