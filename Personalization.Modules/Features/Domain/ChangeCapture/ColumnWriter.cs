using System.Globalization;
using System.Numerics;
using System.Text.Json;

namespace Personalization.Features.Domain.ChangeCapture;

/// <summary>
/// Writes a column as plain JSON: what the logical types of Kafka Connect and Debezium, and MongoDB's extended JSON, encode becomes the number,
/// text or time that it stands for. A value that cannot be decoded stays as it is.
/// </summary>
internal static class ColumnWriter
{
    /// <summary>What Debezium writes for a large value that the database did not log because it did not change.</summary>
    public const string Unavailable = "__debezium_unavailable_value";
    private const int MaxDecimalBytes = 64;

    public static bool IsUnavailable(JsonElement value) => value.ValueKind == JsonValueKind.String && value.ValueEquals(Unavailable);

    public static void Write(Utf8JsonWriter json, JsonElement value, JsonElement schema)
    {
        switch (value.ValueKind)
        {
            case JsonValueKind.Undefined or JsonValueKind.Null:
                json.WriteNullValue();
                break;
            case JsonValueKind.String when Logical(schema) is { } name:
                WriteText(json, value, schema, name);
                break;
            case JsonValueKind.Number when Logical(schema) is { } name && value.TryGetInt64(out var number) && TimeOf(name, number) is { } time:
                json.WriteStringValue(time);
                break;
            case JsonValueKind.Object when Number(value) is { } number:
                json.WriteRawValue(number);
                break;
            case JsonValueKind.Object when Extended(value) is { } inner:
                Write(json, inner, default);
                break;
            default:
                value.WriteTo(json);
                break;
        }
    }

    /// <summary>The same for a field that is a number, of which databases that must not lose digits send the text. Other texts stay.</summary>
    public static void WriteNumber(Utf8JsonWriter json, JsonElement value, JsonElement schema)
    {
        if (NumberOf(value, schema) is { } number)
        {
            json.WriteNumberValue(number);
        }
        else
        {
            Write(json, value, schema);
        }
    }

    /// <summary>Units that can be sold: parts of one cannot, and what is oversold is sold out.</summary>
    public static void WriteStock(Utf8JsonWriter json, JsonElement value, JsonElement schema)
    {
        if (NumberOf(value, schema) is { } number)
        {
            json.WriteNumberValue(Math.Max(0, decimal.Floor(number)));
        }
        else
        {
            Write(json, value, schema);
        }
    }

    /// <summary>A document, also when the column holds it as a text, as databases' own JSON does.</summary>
    public static void WriteDocument(Utf8JsonWriter json, JsonElement value, JsonElement schema)
    {
        if (value.ValueKind == JsonValueKind.String && Parse(value.GetString()!) is { ValueKind: JsonValueKind.Object } document)
        {
            document.WriteTo(json);
        }
        else
        {
            Write(json, value, schema);
        }
    }

    /// <summary>The JSON in a text; null when there is none.</summary>
    public static JsonElement? Parse(string text)
    {
        try
        {
            return JsonElement.Parse(text);
        }
        catch (JsonException)
        {
            // The database has let it through as JSON; here it stays a text.
            return null;
        }
    }

    private static decimal? NumberOf(JsonElement value, JsonElement schema)
    {
        var text = value.ValueKind switch
        {
            JsonValueKind.Number => value.GetRawText(),
            JsonValueKind.String when Logical(schema) == "org.apache.kafka.connect.data.Decimal" => Unscaled(value.GetString()!, Scale(schema)),
            JsonValueKind.String => value.GetString(),
            JsonValueKind.Object => Number(value) ?? (Extended(value) is { ValueKind: JsonValueKind.String or JsonValueKind.Number } inner ? inner.ToString() : null),
            _ => null,
        };
        return decimal.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) ? number : null;
    }

    private static void WriteText(Utf8JsonWriter json, JsonElement value, JsonElement schema, string name)
    {
        if (name == "org.apache.kafka.connect.data.Decimal" && Unscaled(value.GetString()!, Scale(schema)) is { } number)
        {
            json.WriteRawValue(number);
        }
        else if (name == "io.debezium.data.Json" && Parse(value.GetString()!) is { } document)
        {
            document.WriteTo(json);
        }
        else
        {
            value.WriteTo(json);
        }
    }

    /// <summary>Decimals of a scale that differs by row, and MongoDB's numbers.</summary>
    private static string? Number(JsonElement value)
    {
        if (value.TryGetProperty("scale", out var scale) && value.TryGetProperty("value", out var unscaled))
        {
            return scale.ValueKind == JsonValueKind.Number && scale.TryGetInt32(out var digits) && unscaled.ValueKind == JsonValueKind.String
                ? Unscaled(unscaled.GetString()!, digits)
                : null;
        }

        foreach (var name in (ReadOnlySpan<string>)["$numberDecimal", "$numberDouble", "$numberLong", "$numberInt"])
        {
            if (value.TryGetProperty(name, out var number) && number.ValueKind == JsonValueKind.String &&
                decimal.TryParse(number.GetString(), NumberStyles.Float, CultureInfo.InvariantCulture, out var parsed))
            {
                return parsed.ToString(CultureInfo.InvariantCulture);
            }
        }

        return null;
    }

    /// <summary>The value inside <c>{"$oid": …}</c> and the like: an object of one field whose name begins with a dollar sign.</summary>
    private static JsonElement? Extended(JsonElement value)
    {
        var fields = value.EnumerateObject();
        if (!fields.MoveNext() || !fields.Current.Name.StartsWith('$'))
        {
            return null;
        }

        var only = fields.Current;
        return fields.MoveNext() ? null
            : only.Name == "$date" && Millis(only.Value) is { } time ? JsonSerializer.SerializeToElement(time)
            : only.Value;
    }

    private static string? Millis(JsonElement date)
    {
        if (date.ValueKind == JsonValueKind.Object && date.TryGetProperty("$numberLong", out var inner))
        {
            date = inner;
        }

        return date.ValueKind is JsonValueKind.Number or JsonValueKind.String &&
            long.TryParse(date.ToString(), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var millis)
            ? Instant(millis * (Int128)TimeSpan.TicksPerMillisecond)
            : null;
    }

    /// <summary>Base64 of a big-endian number in two's complement, with the point put in; null when it is none, or absurdly long.</summary>
    private static string? Unscaled(string base64, int scale)
    {
        Span<byte> bytes = stackalloc byte[MaxDecimalBytes];
        if (scale is < -100 or > 100 || !Convert.TryFromBase64String(base64, bytes, out var length) || length == 0)
        {
            return null;
        }

        var digits = new BigInteger(bytes[..length], isUnsigned: false, isBigEndian: true).ToString(CultureInfo.InvariantCulture);
        if (scale <= 0)
        {
            return digits == "0" ? digits : digits + new string('0', -scale);
        }

        var sign = digits[0] == '-' ? "-" : "";
        var unsigned = digits[sign.Length..].PadLeft(scale + 1, '0');
        return $"{sign}{unsigned[..^scale]}.{unsigned[^scale..]}";
    }

    private static string? TimeOf(string logicalType, long value) => logicalType switch
    {
        "org.apache.kafka.connect.data.Date" or "io.debezium.time.Date" => Instant(value * (Int128)TimeSpan.TicksPerDay)?[..10],
        "org.apache.kafka.connect.data.Timestamp" or "io.debezium.time.Timestamp" => Instant(value * (Int128)TimeSpan.TicksPerMillisecond),
        "io.debezium.time.MicroTimestamp" => Instant(value * (Int128)TimeSpan.TicksPerMicrosecond),
        "io.debezium.time.NanoTimestamp" => Instant(value / TimeSpan.NanosecondsPerTick),
        "org.apache.kafka.connect.data.Time" or "io.debezium.time.Time" => TimeOfDay(value * (Int128)TimeSpan.TicksPerMillisecond),
        "io.debezium.time.MicroTime" => TimeOfDay(value * (Int128)TimeSpan.TicksPerMicrosecond),
        "io.debezium.time.NanoTime" => TimeOfDay(value / TimeSpan.NanosecondsPerTick),
        _ => null,
    };

    /// <summary>ISO 8601 in UTC; null beyond the years that can be written, as of PostgreSQL's infinity.</summary>
    private static string? Instant(Int128 ticks)
    {
        var sinceYearOne = ticks + DateTime.UnixEpoch.Ticks;
        return sinceYearOne >= 0 && sinceYearOne <= DateTime.MaxValue.Ticks
            ? new DateTime((long)sinceYearOne, DateTimeKind.Utc).ToString("yyyy-MM-ddTHH:mm:ss.FFFFFFFK", CultureInfo.InvariantCulture)
            : null;
    }

    private static string? TimeOfDay(Int128 ticks) =>
        ticks >= 0 && ticks < TimeSpan.TicksPerDay ? new TimeOnly((long)ticks).ToString("HH:mm:ss.FFFFFFF", CultureInfo.InvariantCulture) : null;

    private static string? Logical(JsonElement schema) =>
        schema.ValueKind == JsonValueKind.Object && schema.TryGetProperty("name", out var name) && name.ValueKind == JsonValueKind.String ? name.GetString() : null;

    private static int Scale(JsonElement schema) =>
        schema.TryGetProperty("parameters", out var parameters) && parameters.ValueKind == JsonValueKind.Object &&
        parameters.TryGetProperty("scale", out var scale) && int.TryParse(scale.ToString(), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var digits)
            ? digits
            : 0;
}
