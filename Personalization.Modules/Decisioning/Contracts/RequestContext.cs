using System.Buffers;
using System.Globalization;
using System.Text.Json;

namespace Personalization.Decisioning.Contracts;

/// <summary>
/// What the shop says of the request itself: device, place, campaign, channel, whatever it likes. Rules and offers ask for it by dotted paths, such as
/// <c>device.type</c>. Immutable; kept nowhere.
/// </summary>
public sealed class RequestContext
{
    /// <summary>Values at most.</summary>
    public const int MaxKeys = 32;

    /// <summary>Characters of a path, and of a text, at most.</summary>
    public const int MaxLength = 256;

    /// <summary>Names within names.</summary>
    private const int MaxDepth = 8;

    private RequestContext(JsonElement json) => Json = json;

    /// <summary>Objects within objects, with texts, numbers and booleans in them.</summary>
    public JsonElement Json { get; }

    /// <summary>The shop's channel, such as <c>web</c> or <c>email</c>; null when it does not say.</summary>
    public string? Channel => Json.TryGetProperty("channel"u8, out var channel) && channel.ValueKind == JsonValueKind.String ? channel.GetString() : null;

    /// <summary>From dotted paths and texts, as a query string has them.</summary>
    /// <param name="pairs">A text that is a number or boolean stays a text.</param>
    /// <param name="fault">What is wrong; null when nothing is.</param>
    /// <returns>Null when something is wrong.</returns>
    public static RequestContext? From(IEnumerable<KeyValuePair<string, string>> pairs, out string? fault) =>
        Build(pairs.Select(pair => KeyValuePair.Create(pair.Key, JsonSerializer.SerializeToElement(pair.Value))), out fault);

    /// <summary>From an object of objects and values; dots in a name go deeper too. Nulls are passed over.</summary>
    /// <param name="json">Any JSON.</param>
    /// <param name="fault">What is wrong; null when nothing is.</param>
    /// <returns>Null when something is wrong.</returns>
    public static RequestContext? From(JsonElement json, out string? fault)
    {
        var values = new List<KeyValuePair<string, JsonElement>>();
        if (json.ValueKind == JsonValueKind.Object && Collect(json, "", 1, values))
        {
            return Build(values, out fault);
        }

        fault = $"must be an object of at most {MaxKeys} texts, numbers and booleans, at most {MaxDepth} deep";
        return null;
    }

    private static bool Collect(JsonElement json, string path, int depth, List<KeyValuePair<string, JsonElement>> into)
    {
        foreach (var member in json.EnumerateObject())
        {
            var name = path.Length == 0 ? member.Name : $"{path}.{member.Name}";
            var isGood = name.Length <= MaxLength * 2 && member.Value.ValueKind switch
            {
                JsonValueKind.Null => true,
                JsonValueKind.Object => depth < MaxDepth && Collect(member.Value, name, depth + 1, into),
                JsonValueKind.Array => false,
                _ => into.Count <= MaxKeys,
            };
            if (!isGood)
            {
                return false;
            }

            if (member.Value.ValueKind is not (JsonValueKind.Null or JsonValueKind.Object))
            {
                into.Add(KeyValuePair.Create(name, member.Value));
            }
        }

        return true;
    }

    private static RequestContext? Build(IEnumerable<KeyValuePair<string, JsonElement>> pairs, out string? fault)
    {
        var root = new SortedDictionary<string, object>(StringComparer.Ordinal);
        var count = 0;
        fault = null;
        foreach (var (path, value) in pairs)
        {
            fault ??= ++count > MaxKeys ? $"must have at most {MaxKeys} values"
                : path.Length > MaxLength || (value.ValueKind == JsonValueKind.String && value.GetString()!.Length > MaxLength)
                    ? $"must have names and texts of at most {MaxLength} characters"
                : !TryPut(root, path.Split('.'), value) ? $"cannot have '{(path.Length > 64 ? path[..64] : path)}': a name is not empty, comes once, and has a value or names below it"
                : null;
        }

        return fault is null ? new RequestContext(Write(root)) : null;
    }

    private static bool TryPut(SortedDictionary<string, object> at, string[] path, JsonElement value)
    {
        if (path.Length > MaxDepth || Array.Exists(path, string.IsNullOrEmpty))
        {
            return false;
        }

        foreach (var name in path.AsSpan(0, path.Length - 1))
        {
            if (!at.TryGetValue(name, out var below))
            {
                at[name] = below = new SortedDictionary<string, object>(StringComparer.Ordinal);
            }

            if (below is not SortedDictionary<string, object> names)
            {
                return false;
            }

            at = names;
        }

        return at.TryAdd(path[^1], value);
    }

    private static JsonElement Write(SortedDictionary<string, object> root)
    {
        var bytes = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(bytes))
        {
            Write(json, root);
        }

        return JsonElement.Parse(bytes.WrittenSpan);
    }

    private static void Write(Utf8JsonWriter json, SortedDictionary<string, object> names)
    {
        json.WriteStartObject();
        foreach (var (name, value) in names)
        {
            json.WritePropertyName(name);
            if (value is JsonElement element)
            {
                element.WriteTo(json);
            }
            else
            {
                Write(json, (SortedDictionary<string, object>)value);
            }
        }

        json.WriteEndObject();
    }

    /// <inheritdoc/>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"context of {Json.GetRawText().Length} characters");
}
