using System.Text.Json;

namespace Personalization.Features.Domain.ChangeCapture;

/// <summary>One change of one row, out of whatever it was wrapped in. Valid as long as the document it was read from.</summary>
internal sealed class ChangeRecord
{
    /// <summary>Debezium's letter: c, u, d, r.</summary>
    public required char Operation { get; init; }

    public required SourceFields Source { get; init; }

    /// <summary>The row after the change, or of a deletion what is known of it. The first place to look for a column.</summary>
    public required RowImage Row { get; init; }

    /// <summary>The row before an update; its key tells whether the key has changed.</summary>
    public RowImage Before { get; init; }

    /// <summary>The message's key, where it came along: tells which row when the value does not.</summary>
    public RowImage Key { get; init; }

    public bool IsDeletion => Operation == 'd';

    public ChangeRank Rank => Operation switch
    {
        'r' => ChangeRank.Snapshot,
        'd' => ChangeRank.Deletion,
        _ => ChangeRank.Write,
    };
}

/// <summary>A row's columns, with what the schema says of them.</summary>
/// <param name="Columns">An object; undefined when there is none.</param>
/// <param name="Schema">Kafka Connect's schema of that object; undefined when none came along.</param>
/// <param name="IsWhole">Whether a column that is missing is empty, as in a document; in a table's row it is not captured.</param>
internal readonly record struct RowImage(JsonElement Columns, JsonElement Schema, bool IsWhole = false)
{
    public bool IsThere => Columns.ValueKind == JsonValueKind.Object;

    /// <summary>The column of this name, else the field at this path (<c>price.amount</c>) of a document.</summary>
    public bool TryGet(string column, out JsonElement value)
    {
        value = default;
        if (!IsThere || Columns.TryGetProperty(column, out value))
        {
            return IsThere;
        }

        value = Columns;
        foreach (var step in column.Split('.'))
        {
            if (value.ValueKind != JsonValueKind.Object || !value.TryGetProperty(step, out value))
            {
                value = default;
                return IsWhole;
            }
        }

        return true;
    }

    /// <summary>The schema of a column; undefined when nothing is known of it.</summary>
    public JsonElement SchemaOf(string column) => FieldOf(Schema, column);

    /// <summary>The field of a struct's schema.</summary>
    public static JsonElement FieldOf(JsonElement schema, string name)
    {
        if (schema.ValueKind == JsonValueKind.Object && schema.TryGetProperty("fields", out var fields) && fields.ValueKind == JsonValueKind.Array)
        {
            foreach (var field in fields.EnumerateArray())
            {
                if (field.ValueKind == JsonValueKind.Object && field.TryGetProperty("field", out var named) &&
                    named.ValueKind == JsonValueKind.String && named.ValueEquals(name))
                {
                    return field;
                }
            }
        }

        return default;
    }
}
