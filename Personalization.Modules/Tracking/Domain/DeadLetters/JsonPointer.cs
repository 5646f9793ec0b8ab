using System.Globalization;
using System.Text.Json.Nodes;

namespace Personalization.Tracking.Domain.DeadLetters;

/// <summary>A place in a JSON document (RFC 6901).</summary>
internal static class JsonPointer
{
    /// <summary>The steps of a pointer, unescaped; none for the whole document.</summary>
    /// <exception cref="JsonPatchException">The text is no pointer.</exception>
    public static string[] Parse(string pointer)
    {
        if (pointer.Length == 0)
        {
            return [];
        }

        return pointer[0] == '/'
            ? Array.ConvertAll(pointer[1..].Split('/'), static step => step.Replace("~1", "/", StringComparison.Ordinal).Replace("~0", "~", StringComparison.Ordinal))
            : throw new JsonPatchException($"'{pointer}' is not a JSON pointer: it must be empty or begin with '/'.");
    }

    /// <summary>The value at a place, which must exist; null is JSON's null.</summary>
    /// <exception cref="JsonPatchException">There is no such place.</exception>
    public static JsonNode? Find(JsonNode? document, ReadOnlySpan<string> steps)
    {
        foreach (var step in steps)
        {
            document = document switch
            {
                JsonObject fields when fields.TryGetPropertyValue(step, out var value) => value,
                JsonArray items => items[Index(step, items.Count - 1)],
                _ => throw new JsonPatchException($"There is nothing at '{step}'."),
            };
        }

        return document;
    }

    /// <summary>A place in an array.</summary>
    /// <exception cref="JsonPatchException">The step is no number, or beyond the last place.</exception>
    public static int Index(string step, int last) =>
        int.TryParse(step, NumberStyles.None, CultureInfo.InvariantCulture, out var index) && (step.Length == 1 || step[0] != '0') && index <= last
            ? index
            : throw new JsonPatchException($"There is no place '{step}' in the array.");
}

/// <summary>A patch that cannot be applied: said to whoever sent it.</summary>
internal sealed class JsonPatchException(string message) : Exception(message);
