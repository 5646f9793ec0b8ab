using System.Text.Json;

namespace Personalization.Tracking.Domain.Import;

/// <summary>How a column's texts become JSON values.</summary>
internal enum ColumnType : byte
{
    /// <summary>A text; below <c>properties</c>, <c>traits</c> and <c>context</c> a number or boolean that is written like one.</summary>
    Automatic,
    Text,

    /// <summary>A number, also with a decimal comma; anything else refuses the row.</summary>
    Number,

    /// <summary>true, false, yes, no, 1 or 0; anything else refuses the row.</summary>
    Boolean,

    /// <summary>JSON as it is, for example a list of products.</summary>
    Json,
}

/// <summary>Writes the texts of a row as JSON values.</summary>
internal static class ColumnValue
{
    /// <summary>Beyond it a double would change digits; such a "number" is an identifier.</summary>
    private const int MaxDigits = 15;

    /// <summary>Names whose values are identifiers however they look: a leading zero or a long one must survive.</summary>
    private static readonly string[] Identifiers = ["sku", "code", "coupon", "zip", "postcode", "phone", "ean", "gtin", "isbn", "barcode"];

    /// <summary>False when the text is not of the type that was asked for.</summary>
    public static bool TryWrite(Utf8JsonWriter json, string text, ColumnType type) => type switch
    {
        ColumnType.Number => TryWriteNumber(json, IsNumber(text) ? text : text.Replace(',', '.')),
        ColumnType.Boolean => TryWriteBoolean(json, text),
        ColumnType.Json => TryWriteJson(json, text),
        ColumnType.Automatic when TryWriteBoolean(json, text, wordsOnly: true) || TryWriteNumber(json, text) => true,
        _ => Write(json, text),
    };

    /// <summary>The type of a column for which none was named.</summary>
    public static ColumnType TypeOf(string path)
    {
        var dot = path.LastIndexOf('.');
        var name = path[(dot + 1)..].ToLowerInvariant();
        var isText = dot < 0 || name.EndsWith("id", StringComparison.Ordinal) || name.EndsWith("name", StringComparison.Ordinal) ||
            Identifiers.Contains(name, StringComparer.Ordinal);
        return isText ? ColumnType.Text : ColumnType.Automatic;
    }

    private static bool Write(Utf8JsonWriter json, string text)
    {
        json.WriteStringValue(text);
        return true;
    }

    private static bool TryWriteNumber(Utf8JsonWriter json, string text)
    {
        if (IsNumber(text))
        {
            json.WriteRawValue(text, skipInputValidation: true);
            return true;
        }

        return false;
    }

    /// <summary>A JSON number without an exponent: <c>-12.50</c>, not <c>007</c>.</summary>
    private static bool IsNumber(string text)
    {
        var digits = text.StartsWith('-') ? text.AsSpan(1) : text;
        var point = digits.IndexOf('.');
        var whole = point < 0 ? digits : digits[..point];
        var rest = point < 0 ? "0" : digits[(point + 1)..];
        return whole.Length > 0 && rest.Length > 0 && digits.Length <= MaxDigits + 1 && (whole.Length == 1 || whole[0] != '0') &&
            !whole.ContainsAnyExceptInRange('0', '9') && !rest.ContainsAnyExceptInRange('0', '9');
    }

    private static bool TryWriteBoolean(Utf8JsonWriter json, string text, bool wordsOnly = false)
    {
        bool? value = text.ToLowerInvariant() switch
        {
            "true" => true,
            "false" => false,
            "yes" or "1" when !wordsOnly => true,
            "no" or "0" when !wordsOnly => false,
            _ => null,
        };
        if (value is { } written)
        {
            json.WriteBooleanValue(written);
        }

        return value is not null;
    }

    private static bool TryWriteJson(Utf8JsonWriter json, string text)
    {
        try
        {
            using var value = JsonDocument.Parse(text, new JsonDocumentOptions { MaxDepth = ParserLimits.EventDepth });
            value.RootElement.WriteTo(json);
            return true;
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException)
        {
            // No JSON, or half a surrogate pair in it, which is met only when it is written.
            return false;
        }
    }
}
