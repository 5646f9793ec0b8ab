using System.Text.Json;
using System.Text.Unicode;
using Personalization.Kernel.Log;
using Personalization.Tracking.Domain;
using Personalization.Tracking.Domain.Import;

namespace Personalization.Tracking.Pipeline.Import;

/// <summary>Turns the records of a body into the events of chunks. One thread.</summary>
internal abstract class ImportReader(RecordCutter cutter) : IDisposable
{
    /// <summary>Bytes read, decoded.</summary>
    public long Bytes => cutter.Bytes;

    /// <summary>Columns that nothing comes from.</summary>
    public virtual IReadOnlyList<string> UnknownColumns => [];

    /// <summary>Last line that was read.</summary>
    public long EndLine => cutter.EndLine;

    /// <summary>The body begins at this line of the whole; before the first call of <see cref="FillAsync"/>.</summary>
    public void StartAt(long line) => cutter.NextLine = line;

    /// <summary>Adds lines until the chunk is full. False when the body has ended.</summary>
    /// <param name="chunk">Gets events and refused lines.</param>
    /// <param name="doneLines">Lines up to this one were dealt with before and are passed over unread.</param>
    /// <param name="cancellationToken">Ends the waiting for the body.</param>
    public async ValueTask<bool> FillAsync(ImportChunk chunk, long doneLines, CancellationToken cancellationToken)
    {
        while (!chunk.IsFull)
        {
            if (!await cutter.NextAsync(cancellationToken))
            {
                return false;
            }

            if (cutter.Line > doneLines && !cutter.Record.Span.Trim(" \t\r"u8).IsEmpty)
            {
                Add(chunk);
            }
            else if (cutter.Line <= doneLines && (cutter.Line & 0xFFF) == 0)
            {
                // A body that is already here would else keep the thread for all of what is passed over.
                await Task.Yield();
            }
        }

        return true;
    }

    public virtual void Dispose() => cutter.Dispose();

    protected abstract void AddRecord(ImportChunk chunk, long line, ReadOnlyMemory<byte> record);

    private void Add(ImportChunk chunk)
    {
        var record = cutter.Record.Span;
        if (cutter.IsTooLong)
        {
            chunk.RefuseTooLong(cutter.Line, "The line has more bytes than one event may have.", record);
        }
        else if (cutter.IsUnclosed)
        {
            chunk.Refuse(cutter.Line, RefusalReason.WrongColumns, "A quote is opened and never closed.", record);
        }
        else
        {
            AddRecord(chunk, cutter.Line, cutter.Record);
        }
    }

    /// <summary>Refuses the record, or the first line of it.</summary>
    protected void RefuseFirstLine(ImportChunk chunk, RefusalReason reason, string detail)
    {
        cutter.KeepFirstLine();
        chunk.Refuse(cutter.Line, reason, detail, cutter.Record.Span);
    }
}

/// <summary>Each line one event.</summary>
internal sealed class NdjsonReader(RecordCutter cutter) : ImportReader(cutter)
{
    protected override void AddRecord(ImportChunk chunk, long line, ReadOnlyMemory<byte> record)
    {
        if (ImportLine.TryRead(record.Span, out var hasMessageId, out var fault))
        {
            chunk.Add(line, record.Span, hasMessageId);
        }
        else
        {
            chunk.Refuse(line, RefusalReason.NotJson, fault!, record.Span);
        }
    }
}

/// <summary>Each row one event, behind a header.</summary>
internal sealed class CsvRowReader(RecordCutter cutter, CsvFields fields, ColumnMapping mapping) : ImportReader(cutter)
{
    private readonly ByteBuffer _json = new();
    private readonly Utf8JsonWriter _writer = new(Stream.Null, new JsonWriterOptions { SkipValidation = true });

    /// <summary>Reads the header. Null, with the reason, when nothing can be read by it.</summary>
    public static async ValueTask<(CsvRowReader? Reader, string? Fault)> OpenAsync(
        RecordCutter cutter, IEnumerable<string> rules, IEnumerable<string> constants, CancellationToken cancellationToken)
    {
        if (!await cutter.NextAsync(cancellationToken))
        {
            return (null, "The body is empty: its first line must be the header.");
        }

        if (cutter.IsTooLong || cutter.IsUnclosed || !Utf8.IsValid(cutter.Record.Span))
        {
            return (null, "The first line cannot be read as a header.");
        }

        var fields = new CsvFields(CsvFields.DelimiterOf(cutter.Record.Span));
        if (!fields.TryRead(cutter.Record, out var unreadable))
        {
            return (null, $"The first line cannot be read as a header. {unreadable}");
        }

        var header = Enumerable.Range(0, fields.Count).Select(i => fields[i].Trim()).ToArray();
        if (ColumnMapping.Make(header, rules, constants, out var fault) is { } mapping)
        {
            return (new CsvRowReader(cutter, fields, mapping), null);
        }

        return (null, fault);
    }

    public override IReadOnlyList<string> UnknownColumns => mapping.UnknownColumns;

    public override void Dispose()
    {
        _writer.Dispose();
        base.Dispose();
    }

    protected override void AddRecord(ImportChunk chunk, long line, ReadOnlyMemory<byte> record)
    {
        if (Read(record) is { } fault)
        {
            RefuseFirstLine(chunk, fault.Reason, fault.Detail);
            return;
        }

        // Written by us, so it is JSON; whether it names its message must still be seen.
        ImportLine.TryRead(_json.Written, out var hasMessageId, out _);
        chunk.Add(line, _json.Written, hasMessageId);
    }

    private (RefusalReason Reason, string Detail)? Read(ReadOnlyMemory<byte> record)
    {
        if (!Utf8.IsValid(record.Span))
        {
            return (RefusalReason.NotJson, "The row is not UTF-8.");
        }

        if (!fields.TryRead(record, out var unreadable))
        {
            return (RefusalReason.WrongColumns, unreadable!);
        }

        if (fields.Count != mapping.ColumnCount)
        {
            return (RefusalReason.WrongColumns, $"The row has {fields.Count} columns, the header {mapping.ColumnCount}.");
        }

        _json.Clear();
        _writer.Reset(_json);
        if (mapping.Write(fields, _writer) is { } fault)
        {
            return (RefusalReason.WrongColumns, fault);
        }

        _writer.Flush();
        return null;
    }
}
