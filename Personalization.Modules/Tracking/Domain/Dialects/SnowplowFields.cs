using System.Buffers.Text;
using System.Text;
using System.Text.Json;

namespace Personalization.Tracking.Domain.Dialects;

/// <summary>The fields of one Snowplow event: the same short names and texts, whether they came in a body or in a query.</summary>
internal sealed class SnowplowFields
{
    private readonly Dictionary<string, string> _values = new(StringComparer.Ordinal);

    public string? this[string name] => _values.GetValueOrDefault(name);

    public IEnumerable<KeyValuePair<string, string>> All => _values;

    /// <summary>From an element of <c>data</c>; null when it holds a text that is none.</summary>
    public static SnowplowFields? Of(JsonElement sent)
    {
        var fields = new SnowplowFields();
        foreach (var member in sent.EnumerateObject())
        {
            var (name, value) = (DialectJson.NameOf(member), member.Value);
            if (name is null || (value.ValueKind == JsonValueKind.String && value.Text() is null && value.HasValue()))
            {
                return null;
            }

            if (value.HasValue())
            {
                fields._values[name] = value.Text() ?? value.GetRawText();
            }
        }

        return fields;
    }

    /// <summary>From a query. Bytes that are no UTF-8 stay percent-encoded, so that two different ids stay different.</summary>
    public static SnowplowFields Of(string query)
    {
        var fields = new SnowplowFields();
        foreach (var pair in new Microsoft.AspNetCore.WebUtilities.QueryStringEnumerable(query))
        {
            fields._values[pair.DecodeName().ToString()] = pair.DecodeValue().ToString();
        }

        return fields;
    }

    /// <summary>JSON that comes as a text or, in another field, as base64; null when there is none or it is damaged.</summary>
    public JsonDocument? Json(string plain, string base64)
    {
        if (this[plain] is { Length: > 0 } text)
        {
            return DialectJson.TryParseInner(Encoding.UTF8.GetBytes(text));
        }

        return this[base64] is { Length: > 0 } encoded && Decode(encoded) is { } decoded ? DialectJson.TryParseInner(decoded) : null;
    }

    /// <summary>A context or event that was sent and cannot be read, so that it can be kept as it came.</summary>
    public string? Unread(string plain, string base64) => this[plain] ?? this[base64];

    /// <summary>Base64 in either alphabet, with padding or without.</summary>
    private static byte[]? Decode(string encoded)
    {
        var text = encoded.Replace('+', '-').Replace('/', '_').TrimEnd('=');
        return Base64Url.IsValid(text) ? Base64Url.DecodeFromChars(text) : null;
    }
}
