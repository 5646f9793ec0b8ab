using System.Buffers;
using Personalization.Features.Domain;
using Personalization.Kernel.Log;

namespace Personalization.Features.Pipeline;

/// <summary>Applies catalogue changes where they stand in the log, between the events before and after them.</summary>
internal sealed class CatalogHandler(Catalog catalog) : ILogEntryHandler
{
    public byte Kind => CatalogEntry.EntryKind;

    public LogEntry Read(long firstOffset, int count, ReadOnlySpan<byte> body)
    {
        var entry = CatalogEntry.Read(count, body);
        entry.FirstOffset = firstOffset;
        return entry;
    }

    public ValueTask HandleAsync(LogEntry entry, CancellationToken cancellationToken)
    {
        catalog.Apply(((CatalogEntry)entry).Changes);
        entry.Release();
        return ValueTask.CompletedTask;
    }

    public ValueTask DrainAsync(CancellationToken cancellationToken) => ValueTask.CompletedTask;

    /// <summary>Nobody is in a catalogue, so no erasure asks for this; it is done all the same, as the contract says.</summary>
    public void WriteWithout(ReadOnlySpan<byte> body, ReadOnlySpan<int> indexes, IBufferWriter<byte> output)
    {
        var rest = body[1..];
        var changes = new List<CatalogChange>();
        for (var i = 0; !rest.IsEmpty; i++)
        {
            var change = CatalogChange.Read(ref rest);
            changes.Add(indexes.BinarySearch(i) >= 0 ? CatalogChange.Erased : change);
        }

        CatalogEntry.Write([.. changes], output);
    }
}
