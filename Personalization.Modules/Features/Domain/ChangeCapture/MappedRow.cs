using System.Buffers;
using System.Text.Json;

namespace Personalization.Features.Domain.ChangeCapture;

/// <summary>The columns of a change that its table's mapping names.</summary>
internal sealed class MappedRow(ChangeRecord change, TableMapping mapping)
{
    /// <summary>The key as a text; null when it is not in the record.</summary>
    public string? Key { get; } = KeyOf(change.Row, mapping.Key) ?? KeyOf(change.Key, mapping.Key) ?? (mapping.Key == "_id" ? DocumentKey(change.Key) : null);

    /// <summary>The key that the row had before this update, when that was another one.</summary>
    public string? FormerKey => change.Operation == 'u' && KeyOf(change.Before, mapping.Key) is { } before && before != Key ? before : null;

    public static string KeyMissing(TableMapping mapping) =>
        $"The column '{mapping.Key}' is not in the row. Of a deletion, databases tell the primary key only, unless told to log whole rows (REPLICA IDENTITY FULL).";

    /// <summary>Writes the fields of an item and tells which.</summary>
    public PatchedFields WriteItemFields(Utf8JsonWriter json)
    {
        var written = PatchedFields.None;
        foreach (var field in mapping.Fields)
        {
            if (TryGet(field.Column, out var value, out var schema))
            {
                json.WritePropertyName(field.Name);
                WriteField(json, field.Name, value, schema);
                written |= TableMapping.BitOf(field.Name);
            }
        }

        return written | WriteAttributes(json);
    }

    /// <summary>Writes traits, of a deletion each as null, and tells how many.</summary>
    public int WriteTraits(Utf8JsonWriter json, bool isGone)
    {
        var written = 0;
        foreach (var field in mapping.Fields)
        {
            if (isGone)
            {
                json.WriteNull(field.Name);
                written++;
            }
            else if (TryGet(field.Column, out var value, out var schema))
            {
                json.WritePropertyName(field.Name);
                ColumnWriter.Write(json, value, schema);
                written++;
            }
        }

        return written;
    }

    private PatchedFields WriteAttributes(Utf8JsonWriter json)
    {
        var isBegun = false;
        foreach (var attribute in mapping.Attributes)
        {
            if (!TryGet(attribute.Column, out var value, out var schema))
            {
                continue;
            }

            if (!isBegun)
            {
                json.WriteStartObject("attributes");
                isBegun = true;
            }

            json.WritePropertyName(attribute.Name);
            ColumnWriter.Write(json, value, schema);
        }

        if (isBegun)
        {
            json.WriteEndObject();
        }

        return isBegun ? PatchedFields.Attributes : PatchedFields.None;
    }

    /// <summary>A column of the row. One that the database did not log, because it is large and unchanged, is taken from the row before or left as it is.</summary>
    private bool TryGet(string column, out JsonElement value, out JsonElement schema)
    {
        schema = change.Row.SchemaOf(column);
        return change.Row.TryGet(column, out value) &&
            (!ColumnWriter.IsUnavailable(value) || (change.Before.TryGet(column, out value) && !ColumnWriter.IsUnavailable(value)));
    }

    private static void WriteField(Utf8JsonWriter json, string field, JsonElement value, JsonElement schema)
    {
        switch (field)
        {
            case "price":
                ColumnWriter.WriteNumber(json, value, schema);
                break;
            case "stock":
                ColumnWriter.WriteStock(json, value, schema);
                break;
            case "attributes":
                ColumnWriter.WriteDocument(json, value, schema);
                break;
            default:
                ColumnWriter.Write(json, value, schema);
                break;
        }
    }

    /// <summary>The key of MongoDB's messages: the document's id as JSON, in a text, under another name.</summary>
    private static string? DocumentKey(RowImage key) => !key.TryGet("id", out var id) ? null
        : id.ValueKind == JsonValueKind.String && ColumnWriter.Parse(id.GetString()!) is { } document ? Plain(document, default)
        : Plain(id, default);

    private static string? KeyOf(RowImage row, string column) => row.TryGet(column, out var value) ? Plain(value, row.SchemaOf(column)) : null;

    private static string? Plain(JsonElement value, JsonElement schema)
    {
        if (value.ValueKind is JsonValueKind.Undefined or JsonValueKind.Null)
        {
            return null;
        }

        var written = new ArrayBufferWriter<byte>(64);
        using (var json = new Utf8JsonWriter(written, CapturedAttributes.Plain))
        {
            ColumnWriter.Write(json, value, schema);
        }

        var plain = JsonElement.Parse(written.WrittenSpan);
        return plain.ValueKind is JsonValueKind.String or JsonValueKind.Number ? plain.ToString() : null;
    }
}
