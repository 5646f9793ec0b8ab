using System.Buffers;
using System.Text.Json;
using Personalization.Features.Contracts;
using Personalization.Kernel.Hashing;

namespace Personalization.Features.Domain.ChangeCapture;

/// <summary>What a change record means to us: changes of items, events of customers, or nothing new.</summary>
/// <param name="positions">What was applied before: a repetition is left out here already, and again where it would be applied.</param>
/// <param name="catalog">Items by their ids.</param>
/// <param name="hasher">Makes message ids.</param>
/// <param name="options">Which tables, and what becomes of them.</param>
internal sealed class ChangeTranslator(CapturedPositions positions, Catalog catalog, KeyHasher hasher, ChangeCaptureOptions options)
{
    private readonly TableMapping[] _mappings = [.. options.Tables.Select(table => new TableMapping(table))];

    /// <summary>Adds what one record means to the capture of its request.</summary>
    /// <param name="record">As it came.</param>
    /// <param name="index">Its place in the request.</param>
    /// <param name="table">The table of records that do not tell theirs; empty for none.</param>
    /// <param name="capture">Of the request.</param>
    public void Translate(JsonElement record, int index, string table, Capture capture)
    {
        try
        {
            var change = ChangeRecordReader.Read(record, out var refusal);
            if (refusal is { } refused)
            {
                capture.Refuse(index, refused.Reason, refused.Detail);
            }
            else if (change is null)
            {
                capture.Ignore();
            }
            else
            {
                Translate(change, index, table, capture);
            }
        }
        catch (InvalidOperationException)
        {
            // Half a surrogate pair: JSON by its grammar, but no text.
            capture.Refuse(index, CaptureReason.InvalidValue, "A name or text in it is not valid Unicode.");
        }
    }

    private void Translate(ChangeRecord change, int index, string fallback, Capture capture)
    {
        if (TableName.Read(change.Source, fallback) is not { } table)
        {
            capture.Refuse(index, CaptureReason.UnknownShape, "Nothing tells its table: add it to the record (__table), or to the address as ?table=.");
        }
        else if (Array.Find(_mappings, candidate => candidate.Fits(table)) is not { } mapping)
        {
            capture.Refuse(index, CaptureReason.UnmappedTable, "No table of Personalization:Features:ChangeCapture:Tables fits it.");
        }
        else if (PositionReader.Read(change.Source, change.Rank) is not { } position)
        {
            capture.Refuse(index, CaptureReason.PositionMissing, "Its source tells neither a place in the database's log nor a time (ts_ms).");
        }
        else if (table.Full.Length > CapturedPositions.MaxNameLength || !positions.HasRoomFor(table.Full))
        {
            capture.Refuse(index, CaptureReason.TooManyTables, "Positions of no more tables are kept (Personalization:Features:ChangeCapture:MaxTables), or its name is too long.");
        }
        else if (mapping.Target == CaptureTarget.Traits)
        {
            new TraitsTranslation(mapping, hasher).Add(change, new ChangeSource(table.Full, position), index, capture);
        }
        else
        {
            AddItem(change, mapping, new ChangeSource(table.Full, position), index, capture);
        }
    }

    private void AddItem(ChangeRecord change, TableMapping mapping, ChangeSource source, int index, Capture capture)
    {
        var row = new MappedRow(change, mapping);
        if (row.Key is not { } id)
        {
            capture.Refuse(index, CaptureReason.RowMissing, MappedRow.KeyMissing(mapping));
            return;
        }

        if (change.IsDeletion && !CatalogItemBody.IsId(id))
        {
            capture.Refuse(index, CaptureReason.InvalidValue, $"id: Must be a text of 1 to {NameDirectory.MaxBytes} bytes.");
            return;
        }

        // Under a former key that no item may bear, none has ever been.
        var changes = new List<CatalogChange>(2);
        if (row.FormerKey is { } former && CatalogItemBody.IsId(former))
        {
            changes.Add(Removal(former, mapping, source));
        }

        if (change.IsDeletion)
        {
            changes.Add(Removal(id, mapping, source));
        }
        else if (ReadItem(row, mapping, source, index, capture) is { } merge)
        {
            changes.Add(merge);
        }
        else
        {
            return;
        }

        capture.Add(changes, item => positions.Find(source.Table, catalog.Find(item)));
    }

    /// <summary>A product that is gone is withdrawn; stock that is gone is none.</summary>
    private static CatalogChange Removal(string id, TableMapping mapping, ChangeSource source) => mapping.Target == CaptureTarget.Catalog
        ? new CatalogChange(CatalogChangeKind.Withdraw, new CatalogItem { Id = id }) { Source = source }
        : new CatalogChange(CatalogChangeKind.Adjust, new CatalogItem { Id = id, Stock = 0 }, PatchedFields.Stock) { Source = source };

    /// <summary>The row as the JSON of an item, read by the rules of the catalogue's own uploads. Null when it was refused.</summary>
    private static CatalogChange? ReadItem(MappedRow row, TableMapping mapping, ChangeSource source, int index, Capture capture)
    {
        var body = new ArrayBufferWriter<byte>(512);
        PatchedFields written;
        using (var json = new Utf8JsonWriter(body, CapturedAttributes.Plain))
        {
            json.WriteStartObject();
            json.WriteString("id", row.Key);
            written = row.WriteItemFields(json);
            json.WriteEndObject();
        }

        if (written == PatchedFields.None)
        {
            capture.Refuse(index, CaptureReason.RowMissing, "None of the mapped columns is in the row.");
            return null;
        }

        var errors = new List<CatalogError>();
        if (CatalogItemBody.Read(body.WrittenMemory, index, errors) is { } item)
        {
            var kind = mapping.Target == CaptureTarget.Catalog ? CatalogChangeKind.Merge : CatalogChangeKind.Adjust;
            return new CatalogChange(kind, item, written) { Source = source, MergesAttributes = mapping.Attributes.Length > 0 };
        }

        capture.Refuse(index, CaptureReason.InvalidValue, string.Join(' ', errors.Select(error => $"{error.Field}: {error.Reason}{Hint(error.Field)}")));
        return null;
    }

    private static string Hint(string field) => field == "price"
        ? " Without a schema in the envelope, decimal.handling.mode must be string or double."
        : "";
}
