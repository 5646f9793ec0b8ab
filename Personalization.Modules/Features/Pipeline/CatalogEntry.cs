using System.Buffers;
using System.Text.Json;
using Personalization.Features.Domain;
using Personalization.Kernel.Log;

namespace Personalization.Features.Pipeline;

/// <summary>Catalogue changes of one request in the log.</summary>
internal sealed class CatalogEntry : LogEntry
{
    public const byte EntryKind = 2;
    private readonly byte[] _body;

    public CatalogEntry(CatalogChange[] changes)
    {
        Changes = changes;
        _body = JsonSerializer.SerializeToUtf8Bytes(changes, CatalogJson.Default.CatalogChangeArray);
    }

    public CatalogEntry(int count, ReadOnlySpan<byte> body)
    {
        _body = body.ToArray();
        Changes = JsonSerializer.Deserialize(body, CatalogJson.Default.CatalogChangeArray)!;
        if (Changes.Length != count)
        {
            throw new InvalidDataException($"A catalogue entry of {count} changes holds {Changes.Length}.");
        }
    }

    public CatalogChange[] Changes { get; }

    public override byte Kind => EntryKind;

    public override int Count => Changes.Length;

    public override int ByteCount => _body.Length;

    public override void WriteTo(IBufferWriter<byte> output) => output.Write(_body);

    /// <summary>Uploads are rare; the collector takes them.</summary>
    protected override void OnReleased()
    {
    }
}

/// <summary>Applies catalogue changes where they stand in the log, between the events before and after them.</summary>
internal sealed class CatalogHandler(Catalog catalog) : ILogEntryHandler
{
    public byte Kind => CatalogEntry.EntryKind;

    public LogEntry Read(long firstOffset, int count, ReadOnlySpan<byte> body) => new CatalogEntry(count, body) { FirstOffset = firstOffset };

    public ValueTask HandleAsync(LogEntry entry, CancellationToken cancellationToken)
    {
        foreach (var change in ((CatalogEntry)entry).Changes)
        {
            catalog.Apply(change);
        }

        entry.Release();
        return ValueTask.CompletedTask;
    }

    public ValueTask DrainAsync(CancellationToken cancellationToken) => ValueTask.CompletedTask;

    /// <summary>Nobody is in a catalogue: nothing is ever erased from it.</summary>
    public void WriteWithout(ReadOnlySpan<byte> body, ReadOnlySpan<int> indexes, IBufferWriter<byte> output) => output.Write(body);
}
