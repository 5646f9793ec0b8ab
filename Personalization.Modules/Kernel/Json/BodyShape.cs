using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Personalization.Kernel.Json;

/// <summary>
/// Reads a record from a body, strictly: nothing may be misspelt, missing, there twice or of another kind. What is wrong is told in the words of JSON and all at once:
/// whoever sends a body knows nothing of our types, nor which fault a parser meets first.
/// </summary>
internal static class BodyShape
{
    /// <summary>More are not told: a body of noise shall not be answered with a longer one.</summary>
    public const int MaxFaults = 50;

    /// <summary>Null when something is wrong.</summary>
    /// <param name="json">The body.</param>
    /// <param name="type">The record, by what the serializer knows of it.</param>
    /// <param name="faults">Takes what is wrong, at most <see cref="MaxFaults"/>.</param>
    public static T? Read<T>(ReadOnlySpan<byte> json, JsonTypeInfo<T> type, List<BodyFault> faults)
        where T : class
    {
        try
        {
            var body = BodyJson.Parse(json, new JsonDocumentOptions { MaxDepth = type.Options.MaxDepth });
            Check(body, type, "", faults);
            return faults.Count == 0 ? body.Deserialize(type) : null;
        }
        catch (JsonException error)
        {
            // What is no JSON has a place in bytes, and what a converter refuses one in the document.
            faults.Add(error.BytePositionInLine is { } at
                ? new BodyFault("", $"It is not JSON from byte {at} of line {error.LineNumber} on.")
                : new BodyFault("", $"What stands at {error.Path ?? "$"} is not what belongs there."));
            return null;
        }
    }

    private static void Check(JsonElement value, JsonTypeInfo type, string pointer, List<BodyFault> faults)
    {
        if (type.Kind == JsonTypeInfoKind.Object && value.ValueKind == JsonValueKind.Object)
        {
            CheckMembers(value, type, pointer, faults);
        }
        else if (type.Kind == JsonTypeInfoKind.Enumerable && value.ValueKind == JsonValueKind.Array && type.ElementType is { } elements)
        {
            foreach (var (i, element) in value.EnumerateArray().Index())
            {
                Check(element, type.Options.GetTypeInfo(elements), $"{pointer}/{i}", faults);
            }
        }
        else if (!Fits(value, type))
        {
            Add(faults, pointer, $"It must be {NameOf(type)}.");
        }
    }

    private static void CheckMembers(JsonElement value, JsonTypeInfo type, string pointer, List<BodyFault> faults)
    {
        var open = type.Properties.Where(property => property.Set is not null || property.AssociatedParameter is not null).ToDictionary(property => property.Name, StringComparer.OrdinalIgnoreCase);
        var known = open.Keys.ToList();
        foreach (var member in value.EnumerateObject())
        {
            var at = $"{pointer}/{member.Name.Replace("~", "~0", StringComparison.Ordinal).Replace("/", "~1", StringComparison.Ordinal)}";
            if (!known.Contains(member.Name, StringComparer.OrdinalIgnoreCase))
            {
                Add(faults, at, $"It means nothing here. Known are: {string.Join(", ", known)}.");
            }
            else if (!open.Remove(member.Name, out var property))
            {
                Add(faults, at, "It stands here twice.");
            }
            else if (member.Value.ValueKind != JsonValueKind.Null || !property.IsSetNullable)
            {
                Check(member.Value, type.Options.GetTypeInfo(property.PropertyType), at, faults);
            }
        }

        foreach (var missing in open.Values.Where(property => property.IsRequired))
        {
            Add(faults, $"{pointer}/{missing.Name}", $"It is missing: {NameOf(type.Options.GetTypeInfo(missing.PropertyType))}.");
        }
    }

    private static bool Fits(JsonElement value, JsonTypeInfo type)
    {
        try
        {
            return value.Deserialize(type) is not null || type.Type == typeof(JsonElement);
        }
        catch (JsonException)
        {
            return false;
        }
    }

    private static string NameOf(JsonTypeInfo type) => (Nullable.GetUnderlyingType(type.Type) ?? type.Type) switch
    {
        var each when each == typeof(string) => "a text",
        var each when each == typeof(bool) => "true or false",
        var each when each == typeof(int) || each == typeof(long) => "a whole number",
        var each when each == typeof(double) => "a number",
        var each when each == typeof(DateOnly) => "a day, such as 2026-05-01",
        var each when each == typeof(JsonElement) => "a value",
        _ => type.Kind == JsonTypeInfoKind.Enumerable ? "an array" : "an object",
    };

    private static void Add(List<BodyFault> faults, string pointer, string detail)
    {
        if (faults.Count < MaxFaults)
        {
            faults.Add(new BodyFault(pointer, detail));
        }
    }
}

/// <summary>What is wrong with a body.</summary>
/// <param name="Pointer">Where, as a JSON pointer.</param>
/// <param name="Detail">What would be right.</param>
internal readonly record struct BodyFault(string Pointer, string Detail);
