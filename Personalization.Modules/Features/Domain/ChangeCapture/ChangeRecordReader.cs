using System.Text.Json;

namespace Personalization.Features.Domain.ChangeCapture;

/// <summary>
/// Takes a change out of its wrappings. Understood are, in one another: a Kafka record (<c>key</c> and <c>value</c>), a CloudEvent, Kafka
/// Connect's schema and payload, Debezium's envelope, and the row that its ExtractNewRecordState makes of one.
/// </summary>
internal static class ChangeRecordReader
{
    private const string NoShape = "It is neither a Debezium envelope (op, before, after, source) nor a flattened row (__op, __table).";
    private static readonly string[] Meta = ["__op", "__deleted", "__table", "__source_table", "__source_ts_ms", "__lsn", "__source_lsn"];

    /// <summary>
    /// The change, or why there is none. Null for both: there is nothing to do, for example a tombstone, which repeats the deletion before it.
    /// </summary>
    public static ChangeRecord? Read(JsonElement record, out (CaptureReason Reason, string Detail)? refusal)
    {
        refusal = null;
        var key = default(JsonElement);
        if (IsKafkaRecord(record))
        {
            key = record.TryGetProperty("key", out var found) ? found : default;
            record = record.GetProperty("value");
        }

        var keySchema = Unwrap(ref key);
        if (record.ValueKind == JsonValueKind.Null)
        {
            return null;
        }

        var source = default(SourceFields?);
        var operation = default(string);
        if (IsCloudEvent(record))
        {
            source = new SourceFields(record, SourceForm.CloudEvent);
            operation = source.Value.Text("op");
            record = record.TryGetProperty("data", out var data) ? data : default;
        }

        var schema = Unwrap(ref record);
        if (record.ValueKind == JsonValueKind.Null || IsHouseKeeping(record))
        {
            return null;
        }

        if (record.ValueKind != JsonValueKind.Object)
        {
            refusal = (CaptureReason.UnknownShape, NoShape);
            return null;
        }

        var keyImage = new RowImage(key, keySchema);
        return operation is not null ? ReadEnvelope(record, schema, keyImage, operation, source!.Value, out refusal)
            : record.TryGetProperty("op", out var op) && op.ValueKind == JsonValueKind.String && IsEnvelope(record)
                ? ReadEnvelope(record, schema, keyImage, op.GetString()!, SourceOf(record), out refusal)
            : ReadFlattened(record, schema, keyImage, out refusal);
    }

    private static ChangeRecord? ReadEnvelope(
        JsonElement envelope, JsonElement schema, RowImage key, string operation, SourceFields source, out (CaptureReason, string)? refusal)
    {
        refusal = operation switch
        {
            "c" or "u" or "d" or "r" => null,
            "t" => (CaptureReason.UnsupportedOperation, "A truncation (t) names no rows: withdraw the items, or let Debezium take a new snapshot."),
            "m" => (CaptureReason.UnsupportedOperation, "A message of the log (m) is no change of a row."),
            _ => (CaptureReason.UnsupportedOperation, "op must be c, u, d or r."),
        };
        if (refusal is not null)
        {
            return null;
        }

        var before = Image(envelope, schema, "before");
        var row = operation == "d" ? before : Image(envelope, schema, "after");
        row = row.IsThere ? row : operation == "d" ? key : Partial(envelope, key);
        if (!row.IsThere)
        {
            refusal = (CaptureReason.RowMissing, operation == "d" ? "It has neither before nor a key: which row was deleted?" : "after is missing.");
            return null;
        }

        return new ChangeRecord { Operation = operation[0], Source = source, Row = row, Before = before, Key = key };
    }

    private static ChangeRecord? ReadFlattened(JsonElement row, JsonElement schema, RowImage key, out (CaptureReason, string)? refusal)
    {
        refusal = null;
        if (!Array.Exists(Meta, name => row.TryGetProperty(name, out _)))
        {
            refusal = (CaptureReason.UnknownShape, NoShape);
            return null;
        }

        var operation = row.TryGetProperty("__op", out var op) && op.ValueKind == JsonValueKind.String ? op.GetString()! : "u";
        if (row.TryGetProperty("__deleted", out var deleted) && (deleted.ValueKind == JsonValueKind.True || deleted is { ValueKind: JsonValueKind.String } text && text.ValueEquals("true")))
        {
            operation = "d";
        }

        if (operation is not ("c" or "u" or "d" or "r"))
        {
            refusal = (CaptureReason.UnsupportedOperation, "__op must be c, u, d or r.");
            return null;
        }

        return new ChangeRecord
        {
            Operation = operation[0],
            Source = new SourceFields(row, SourceForm.Flattened),
            Row = new RowImage(row, schema),
            Key = key,
        };
    }

    /// <summary>A row image; MongoDB's is a document written as a text.</summary>
    private static RowImage Image(JsonElement envelope, JsonElement schema, string name) =>
        !envelope.TryGetProperty(name, out var image) ? default
        : image.ValueKind == JsonValueKind.String ? Document(image, isWhole: true)
        : new RowImage(image, RowImage.FieldOf(schema, name));

    /// <summary>
    /// What MongoDB tells of an update when it does not look the document up: the fields that changed. Which document it was, only the message's key tells.
    /// </summary>
    private static RowImage Partial(JsonElement envelope, RowImage key) =>
        key.IsThere && envelope.TryGetProperty("updateDescription", out var update) && update.ValueKind == JsonValueKind.Object &&
        update.TryGetProperty("updatedFields", out var fields) && fields.ValueKind == JsonValueKind.String
            ? Document(fields, isWhole: false)
            : default;

    private static RowImage Document(JsonElement text, bool isWhole)
    {
        try
        {
            return new RowImage(JsonElement.Parse(text.GetString()!), default, isWhole);
        }
        catch (JsonException)
        {
            // A text that is no document is no row: the record is refused for that.
            return default;
        }
    }

    /// <summary>Takes the payload out of Kafka Connect's wrapping and returns the schema that came with it.</summary>
    private static JsonElement Unwrap(ref JsonElement value)
    {
        if (value.ValueKind != JsonValueKind.Object || !value.TryGetProperty("payload", out var payload) || value.TryGetProperty("op", out _))
        {
            return default;
        }

        var schema = value.TryGetProperty("schema", out var found) ? found : default;
        value = payload;
        return schema;
    }

    private static SourceFields SourceOf(JsonElement envelope) =>
        new(envelope.TryGetProperty("source", out var source) ? source : default, SourceForm.Envelope);

    private static bool IsKafkaRecord(JsonElement record) =>
        record.ValueKind == JsonValueKind.Object && record.TryGetProperty("value", out _) && !record.TryGetProperty("op", out _) &&
        !record.TryGetProperty("payload", out _) && !Array.Exists(Meta, name => record.TryGetProperty(name, out _));

    private static bool IsCloudEvent(JsonElement record) =>
        record.ValueKind == JsonValueKind.Object && record.TryGetProperty("specversion", out _) && record.TryGetProperty("iodebeziumop", out _);

    private static bool IsEnvelope(JsonElement record) =>
        record.TryGetProperty("after", out _) || record.TryGetProperty("before", out _) || record.TryGetProperty("source", out _);

    /// <summary>What Debezium sends beside changes: heartbeats, the limits of transactions, changes of a table's schema.</summary>
    private static bool IsHouseKeeping(JsonElement record)
    {
        if (record.ValueKind != JsonValueKind.Object || record.TryGetProperty("op", out _))
        {
            return false;
        }

        return record.TryGetProperty("tableChanges", out _) || record.TryGetProperty("ddl", out _) ||
            (record.TryGetProperty("status", out var status) && status.ValueKind == JsonValueKind.String && (status.ValueEquals("BEGIN") || status.ValueEquals("END"))) ||
            (record.TryGetProperty("ts_ms", out _) && record.EnumerateObject().Count() == 1);
    }
}
