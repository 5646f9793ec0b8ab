using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Personalization.Features.Domain.ChangeCapture;

/// <summary>Attributes that several tables, or a table and the shop's own uploads, fill together.</summary>
internal static class CapturedAttributes
{
    /// <summary>Texts stay as they are written: nothing here goes into a page of HTML.</summary>
    public static readonly JsonWriterOptions Plain = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>
    /// Sets each attribute that the patch names, or takes it out for null (the first level of RFC 7386). Null when none is left.
    /// </summary>
    public static string? Merge(string? before, string? patch)
    {
        if (patch is null)
        {
            return before;
        }

        var merged = new SortedDictionary<string, JsonElement>(StringComparer.Ordinal);
        Set(merged, before);
        Set(merged, patch);
        if (merged.Count == 0)
        {
            return null;
        }

        using var text = new MemoryStream();
        using (var json = new Utf8JsonWriter(text, Plain))
        {
            json.WriteStartObject();
            foreach (var (name, value) in merged)
            {
                json.WritePropertyName(name);
                value.WriteTo(json);
            }

            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(text.GetBuffer().AsSpan(0, (int)text.Length));
    }

    private static void Set(SortedDictionary<string, JsonElement> merged, string? attributes)
    {
        if (attributes is null)
        {
            return;
        }

        foreach (var attribute in JsonElement.Parse(attributes).EnumerateObject())
        {
            if (attribute.Value.ValueKind == JsonValueKind.Null)
            {
                merged.Remove(attribute.Name);
            }
            else
            {
                merged[attribute.Name] = attribute.Value;
            }
        }
    }
}
