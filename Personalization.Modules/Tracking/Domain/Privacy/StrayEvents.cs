using System.Buffers.Binary;
using System.Text.Json;
using Personalization.Kernel.Checkpoints;
using Personalization.Kernel.Http;
using Personalization.Kernel.Privacy;
using Personalization.Tracking.Contracts;
using Personalization.Tracking.Pipeline;

namespace Personalization.Tracking.Domain.Privacy;

/// <summary>
/// Events of the log that belong to nobody's history, because they were dropped before anybody asked whose they are: those that a step
/// threw on, and those of suppressed people that had passed the door. Their content is in the log all the same, so an erasure must
/// find them; duplicates are found by Identity. Kept by offset with the keyed hashes that they name; on disk but for those since the last checkpoint.
/// </summary>
internal sealed class StrayEvents : IEventObserver, ICheckpointed, ICheckpointObserver, IPersonalDataStore, IErasureTraces
{
    private const byte Table = 12;
    private const byte SuppressedTable = 13;
    private const int RowBytes = 3 * 16;

    private readonly Lock _lock = new();
    private readonly Dictionary<long, Stray> _fresh = [];
    private readonly SortedSet<long> _suppressed = [];
    private readonly HashSet<long> _suppressedSaved = [];
    private readonly HashSet<long> _gone = [];
    private ICheckpointRows? _rows;

    public string FileName => "tracking";

    public int Version => 1;

    public string Name => "tracking/stray-events";

    public void Refused(Source? source, EventBatch batch, Problem? problem)
    {
        // Is in no log.
    }

    public void Warned(Source source, EventBatch batch)
    {
        // Was taken, and is somebody's.
    }

    public void Applied(TrackedEvent trackedEvent, EventVerdict verdict)
    {
        // Is in somebody's history.
    }

    public void Sequenced(TrackedEvent trackedEvent)
    {
        if (!trackedEvent.IsDropped || trackedEvent.Raw.IsEmpty || (trackedEvent.Drop == DropReason.Failed && trackedEvent.ProfileId >= 0))
        {
            return;
        }

        lock (_lock)
        {
            if (trackedEvent.Drop == DropReason.Erased)
            {
                _suppressed.Add(trackedEvent.Offset);
            }
            else if (trackedEvent.Drop != DropReason.Duplicate && (trackedEvent.UserKey | trackedEvent.AnonymousKey | trackedEvent.PreviousKey) != default)
            {
                _fresh[trackedEvent.Offset] = new Stray(trackedEvent.UserKey, trackedEvent.AnonymousKey, trackedEvent.PreviousKey);
            }
        }
    }

    public IReadOnlyCollection<long> OffsetsOf(IReadOnlySet<UInt128> identifiers)
    {
        var offsets = new HashSet<long>();
        lock (_lock)
        {
            offsets.UnionWith(_fresh.Where(stray => stray.Value.Names(identifiers)).Select(stray => stray.Key));
        }

        _rows?.Visit(Table, long.MinValue, long.MaxValue, (offset, value) =>
        {
            if (Read(value).Names(identifiers) && !_gone.Contains(offset))
            {
                offsets.Add(offset);
            }
        });
        return offsets;
    }

    public IReadOnlyCollection<long> Suppressed()
    {
        lock (_lock)
        {
            return [.. _suppressed];
        }
    }

    public void Forget(IReadOnlyCollection<long> offsets)
    {
        lock (_lock)
        {
            foreach (var offset in offsets)
            {
                _fresh.Remove(offset);
                _suppressed.Remove(offset);
                _gone.Add(offset);
            }
        }
    }

    /// <summary>The rows of a person's strays; their events leave the log by <see cref="OffsetsOf"/>.</summary>
    public ValueTask<long> EraseAsync(ErasureSubject subject, CancellationToken cancellationToken)
    {
        var offsets = OffsetsOf(subject.IdentifierKeys);
        Forget(offsets);
        return ValueTask.FromResult((long)offsets.Count);
    }

    public ValueTask<long> CountAsync(ErasureSubject subject, CancellationToken cancellationToken) =>
        ValueTask.FromResult((long)OffsetsOf(subject.IdentifierKeys).Count);

    public ValueTask ExportAsync(ErasureSubject subject, Utf8JsonWriter json, CancellationToken cancellationToken)
    {
        json.WriteStartArray();
        foreach (var offset in OffsetsOf(subject.IdentifierKeys).Order())
        {
            json.WriteStartObject();
            json.WriteNumber("offset", offset);
            json.WriteString("kept", "an event that failed, as it was received");
            json.WriteEndObject();
        }

        json.WriteEndArray();
        return default;
    }

    public void Load(CheckpointReader reader) => reader.Visit(SuppressedTable, (offset, _) =>
    {
        _suppressed.Add(offset);
        _suppressedSaved.Add(offset);
    });

    public void Collect(CheckpointWriter writer)
    {
        lock (_lock)
        {
            foreach (var (offset, stray) in _fresh)
            {
                Write(writer.Reserve(Table, offset, RowBytes), stray);
            }

            foreach (var offset in _suppressed.Where(_suppressedSaved.Add))
            {
                writer.Put(SuppressedTable, offset, []);
            }

            foreach (var offset in _gone)
            {
                writer.Delete(Table, offset);
                if (_suppressedSaved.Remove(offset))
                {
                    writer.Delete(SuppressedTable, offset);
                }
            }

            _fresh.Clear();
            _gone.Clear();
        }
    }

    public void OnPersisted(ICheckpointRows rows) => _rows = rows;

    private static void Write(Span<byte> row, in Stray stray)
    {
        BinaryPrimitives.WriteUInt128LittleEndian(row, stray.User);
        BinaryPrimitives.WriteUInt128LittleEndian(row[16..], stray.Anonymous);
        BinaryPrimitives.WriteUInt128LittleEndian(row[32..], stray.Previous);
    }

    private static Stray Read(ReadOnlySpan<byte> row) => new(
        BinaryPrimitives.ReadUInt128LittleEndian(row),
        BinaryPrimitives.ReadUInt128LittleEndian(row[16..]),
        BinaryPrimitives.ReadUInt128LittleEndian(row[32..]));

    private readonly record struct Stray(UInt128 User, UInt128 Anonymous, UInt128 Previous)
    {
        /// <summary>A dropped event had no effect, so that it costs nobody anything when one of its identifiers decides.</summary>
        public bool Names(IReadOnlySet<UInt128> identifiers) =>
            identifiers.Contains(User) || identifiers.Contains(Anonymous) || identifiers.Contains(Previous);
    }
}
