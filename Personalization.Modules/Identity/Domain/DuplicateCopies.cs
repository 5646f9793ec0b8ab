using System.Runtime.InteropServices;
using System.Text.Json;
using Personalization.Kernel.Checkpoints;
using Personalization.Kernel.Privacy;
using Personalization.Tracking.Contracts;

namespace Personalization.Identity.Domain;

/// <summary>
/// Where copies of events lie that fell out as duplicates: they count for nobody, and yet speak of somebody, so that an erasure must find
/// them. Kept by identifier rather than by profile, since a copy may name somebody whom nobody knows yet. One row for each checkpoint that
/// saw duplicates, 24 bytes for each identifier of each; on disk alone but for those since the last checkpoint.
/// </summary>
[ReplayRows(CopyTable, RowForm.Joined, "A row of each checkpoint; together they are all copies in the order of the log.")]
internal sealed class DuplicateCopies : ISequencerStep, ICheckpointed, ICheckpointObserver, IPersonalDataStore
{
    private const byte CopyTable = 102;

    private readonly Lock _lock = new();
    private readonly List<Copy> _fresh = [];
    private readonly List<Copy> _collected = [];
    private readonly Dictionary<long, Copy[]> _rewritten = [];
    private ICheckpointRows? _rows;
    private long _nextRow;

    public string FileName => "identity";

    public int Version => 1;

    public string Name => "identity/duplicate-copies";

    /// <summary>Nothing: what comes here is no duplicate.</summary>
    public void Resolve(TrackedEvent trackedEvent)
    {
    }

    public void Dropped(TrackedEvent trackedEvent)
    {
        lock (_lock)
        {
            Add(trackedEvent.UserKey, trackedEvent.Offset);
            Add(trackedEvent.AnonymousKey, trackedEvent.Offset);
            Add(trackedEvent.PreviousKey, trackedEvent.Offset);
            foreach (ref readonly var identifier in trackedEvent.Identifiers)
            {
                Add(identifier.Kind < IdentifierKind.Network ? identifier.Key : default, trackedEvent.Offset);
            }
        }
    }

    /// <summary>Places of the copies that name one of these identifiers. Reads disk; complete when a checkpoint has just been taken.</summary>
    public IReadOnlySet<long> Offsets(IReadOnlySet<UInt128> keys)
    {
        var offsets = new HashSet<long>();
        lock (_lock)
        {
            Take(CollectionsMarshal.AsSpan(_fresh));
            Take(CollectionsMarshal.AsSpan(_collected));
        }

        _rows?.Visit(CopyTable, long.MinValue, long.MaxValue, (_, row) => Take(MemoryMarshal.Cast<byte, Copy>(row)));
        return offsets;

        void Take(ReadOnlySpan<Copy> copies)
        {
            foreach (ref readonly var copy in copies)
            {
                if (keys.Contains(copy.Key))
                {
                    offsets.Add(copy.Offset);
                }
            }
        }
    }

    public void Load(CheckpointReader reader) => reader.Visit(CopyTable, (row, _) => _nextRow = row + 1);

    public void Collect(CheckpointWriter writer)
    {
        lock (_lock)
        {
            foreach (var (row, copies) in _rewritten)
            {
                if (copies.Length == 0)
                {
                    writer.Delete(CopyTable, row);
                }
                else
                {
                    writer.Put(CopyTable, row, MemoryMarshal.AsBytes<Copy>(copies));
                }
            }

            if (_fresh.Count > 0)
            {
                writer.Put(CopyTable, _nextRow++, MemoryMarshal.AsBytes(CollectionsMarshal.AsSpan(_fresh)));
            }

            _collected.AddRange(_fresh);
            _fresh.Clear();
            _rewritten.Clear();
        }
    }

    public void OnPersisted(ICheckpointRows rows)
    {
        lock (_lock)
        {
            _rows = rows;
            _collected.Clear();
        }
    }

    /// <summary>A copy that names several people goes with the first of them, as the event itself does.</summary>
    public ValueTask<long> EraseAsync(ErasureSubject subject, CancellationToken cancellationToken)
    {
        var erased = (long)_fresh.RemoveAll(copy => IsOf(copy, subject));
        _rows?.Visit(CopyTable, long.MinValue, long.MaxValue, (row, value) =>
        {
            var copies = MemoryMarshal.Cast<byte, Copy>(value).ToArray();
            var kept = Array.FindAll(copies, copy => !IsOf(copy, subject));
            if (kept.Length < copies.Length)
            {
                _rewritten[row] = kept;
                erased += copies.Length - kept.Length;
            }
        });
        return ValueTask.FromResult(erased);
    }

    public ValueTask<long> CountAsync(ErasureSubject subject, CancellationToken cancellationToken)
    {
        var count = (long)_fresh.Count(copy => IsOf(copy, subject));
        _rows?.Visit(CopyTable, long.MinValue, long.MaxValue, (_, row) =>
        {
            foreach (ref readonly var copy in MemoryMarshal.Cast<byte, Copy>(row))
            {
                count += IsOf(copy, subject) ? 1 : 0;
            }
        });
        return ValueTask.FromResult(count);
    }

    /// <summary>How many copies there are; what stands in them comes from the log.</summary>
    public ValueTask ExportAsync(ErasureSubject subject, Utf8JsonWriter json, CancellationToken cancellationToken)
    {
        json.WriteStartObject();
        json.WriteNumber("copies", Offsets(subject.IdentifierKeys).Count);
        json.WriteEndObject();
        return default;
    }

    private void Add(UInt128 key, long offset)
    {
        if (key != default)
        {
            _fresh.Add(new Copy(key, offset));
        }
    }

    private static bool IsOf(Copy copy, ErasureSubject subject) =>
        subject.IdentifierKeys.Contains(copy.Key) || Contains(subject.Offsets, copy.Offset);

    private static bool Contains(IReadOnlyList<long> ascending, long offset) => ascending switch
    {
        long[] array => Array.BinarySearch(array, offset) >= 0,
        List<long> list => list.BinarySearch(offset) >= 0,
        _ => ascending.Contains(offset),
    };

    [StructLayout(LayoutKind.Sequential, Pack = 1)]
    private readonly record struct Copy(UInt128 Key, long Offset);
}
