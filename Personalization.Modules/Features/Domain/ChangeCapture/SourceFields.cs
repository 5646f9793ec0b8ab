using System.Globalization;
using System.Text.Json;

namespace Personalization.Features.Domain.ChangeCapture;

/// <summary>How the fields of a change's source are written.</summary>
internal enum SourceForm
{
    /// <summary>The envelope's <c>source</c> object.</summary>
    Envelope,

    /// <summary>Extension attributes of a CloudEvent: <c>iodebeziumlsn</c> for <c>lsn</c>.</summary>
    CloudEvent,

    /// <summary>Beside the columns of a flattened row: <c>__lsn</c> or <c>__source_lsn</c>.</summary>
    Flattened,
}

/// <summary>Reads what is told of a change's source, in whichever of its forms.</summary>
/// <param name="holder">The object that holds the fields; undefined when there is none.</param>
/// <param name="form">How they are named in it.</param>
internal readonly struct SourceFields(JsonElement holder, SourceForm form)
{
    private const string CloudEventPrefix = "iodebezium";

    /// <summary>A text, also of a number; null when absent.</summary>
    public string? Text(string name) => TryGet(name, out var value)
        ? value.ValueKind switch
        {
            JsonValueKind.String => value.GetString(),
            JsonValueKind.Number => value.GetRawText(),
            _ => null,
        }
        : null;

    /// <summary>A whole number from 0, also written as a text, as CloudEvents do; null when absent or something else.</summary>
    public ulong? Number(string name) =>
        Text(name) is { } text && ulong.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;

    private bool TryGet(string name, out JsonElement value)
    {
        value = default;
        if (holder.ValueKind != JsonValueKind.Object)
        {
            return false;
        }

        var isFound = form switch
        {
            SourceForm.Envelope => holder.TryGetProperty(name, out value),
            SourceForm.CloudEvent => TryGetAttribute(name, out value),

            // The transform's own ts_ms is when Debezium saw the change, not when it was made.
            _ => holder.TryGetProperty("__source_" + name, out value) ||
                (!name.StartsWith("ts_", StringComparison.Ordinal) && holder.TryGetProperty("__" + name, out value)),
        };
        return isFound && value.ValueKind != JsonValueKind.Null;
    }

    /// <summary>Attribute names have no underscores, and older versions keep capitals in them.</summary>
    private bool TryGetAttribute(string name, out JsonElement value)
    {
        var attribute = CloudEventPrefix + name.Replace("_", "", StringComparison.Ordinal);
        foreach (var property in holder.EnumerateObject())
        {
            if (property.Name.Equals(attribute, StringComparison.OrdinalIgnoreCase))
            {
                value = property.Value;
                return true;
            }
        }

        value = default;
        return false;
    }
}
