using System.Buffers;
using System.Data.Common;
using Microsoft.Extensions.Logging;
using Personalization.Features.Domain;
using Personalization.Kernel.Log;

namespace Personalization.Features.Pipeline;

/// <summary>Applies catalogue changes where they stand in the log, between the events before and after them.</summary>
internal sealed partial class CatalogHandler(
    Catalog catalog, ItemTermHistory terms, ILogger<CatalogHandler> logger, IItemObserver? observer = null) : ILogEntryHandler
{
    private long _failed;

    public byte Kind => CatalogEntry.EntryKind;

    /// <summary>Changes that threw and were left out, since the start. Anything but 0 is a flaw of ours, or a damaged log.</summary>
    public long FailedChanges => Volatile.Read(ref _failed);

    public LogEntry Read(long firstOffset, int count, ReadOnlySpan<byte> body)
    {
        var entry = CatalogEntry.Read(count, body);
        entry.FirstOffset = firstOffset;
        return entry;
    }

    public ValueTask HandleAsync(LogEntry entry, CancellationToken cancellationToken)
    {
        var changes = ((CatalogEntry)entry).Changes;
        for (var i = 0; i < changes.Length; i++)
        {
            ApplySafely(changes[i], entry.FirstOffset + i);
        }

        catalog.Publish();
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
            var change = CatalogEntry.ReadChange(body[0], ref rest);
            changes.Add(indexes.BinarySearch(i) >= 0 ? CatalogChange.Erased : change);
        }

        CatalogEntry.Write([.. changes], output);
    }

    private void ApplySafely(CatalogChange change, long offset)
    {
        try
        {
            var before = TermsOf(change);
            var (details, wasSellable) = (catalog[before.Item], catalog.IsSellable(before.Item));
            catalog.Apply(change);
            observer?.Changed(before.Item, details, wasSellable, offset);
            if (TermsOf(change) is var after && after.Item >= 0 && (after.Category, after.Brand) != (before.Category, before.Brand))
            {
                terms.Add(after.Item, offset, after.Category, after.Brand);
            }
        }
        catch (Exception error) when (error is not DbException and not IOException) // The change is in the log: what ended the sequencer here would end it at every start again.
        {
            Volatile.Write(ref _failed, _failed + 1);
            LogChangeFailed(error, offset);
        }
    }

    private (int Item, int Category, int Brand) TermsOf(CatalogChange change)
    {
        var item = catalog.Find(change.Item.Id);
        var details = catalog[item];
        return (item, details?.CategoryTerm ?? -1, details?.BrandTerm ?? -1);
    }

    [LoggerMessage(EventId = 4002, Level = LogLevel.Error, Message = "The catalogue change at offset {Offset} failed; it was left out")]
    private partial void LogChangeFailed(Exception error, long offset);
}
