using Personalization.Kernel.Checkpoints;
using Personalization.Kernel.Collections;

namespace Personalization.Features.Domain.Cold;

/// <summary>
/// A table of entries by profile number, in which those that are on disk only are marks. Each profile is written by its partition's loop only; any
/// thread reads, and may bring a profile back. Each cut has a mark of its own, so that nobody puts back what he read before the profile came,
/// changed and left again.
/// </summary>
/// <param name="table">Of the checkpoint.</param>
/// <param name="decode">Makes an entry of its row.</param>
/// <param name="newMark">Makes a mark.</param>
/// <param name="memory">How much may be loaded at the start; null for all.</param>
internal sealed class ColdSlots<T>(byte table, ColdDecoder<T> decode, Func<T> newMark, MemoryBudget? memory)
    where T : class, IColdEntry
{
    private readonly ChunkedArray<T?> _slots = new();
    private readonly Lock _lock = new();
    private readonly ColdRows _rows = new(table);
    private T _mark = newMark();
    private long _bytes;
    private int _cold;

    /// <summary>About what the entries in memory take.</summary>
    public long Bytes => Volatile.Read(ref _bytes);

    public int Capacity => _slots.Capacity;

    public int ColdCount => Volatile.Read(ref _cold);

    /// <summary>Rows that were read from the checkpoint.</summary>
    public long Reads => _rows.Reads;

    /// <summary>What stands there now: an entry, a mark or nothing.</summary>
    public T? Slot(int profileId) => (uint)profileId < (uint)_slots.Capacity ? Volatile.Read(ref _slots[profileId]) : null;

    public bool IsCold(int profileId) => Slot(profileId) is { IsCold: true };

    /// <summary>The entry as it is, from disk when it is there only, where it then stays. Any thread.</summary>
    public T? Read(int profileId)
    {
        while (Slot(profileId) is { IsCold: true } mark)
        {
            if (TryReadRow(profileId, mark, out var read))
            {
                return read;
            }
        }

        return Slot(profileId);
    }

    /// <summary>The entry, brought back into memory when it was on disk only. Any thread; to write to it, the profile's loop.</summary>
    public T? Take(int profileId)
    {
        while (Slot(profileId) is { IsCold: true } mark)
        {
            if (TryReadRow(profileId, mark, out var read) && Interlocked.CompareExchange(ref _slots[profileId], read, mark) == mark)
            {
                Interlocked.Decrement(ref _cold);
                Grew(read.Bytes);
                return read;
            }
        }

        return Slot(profileId);
    }

    /// <summary>Puts an entry in the place of the one before. The profile's loop only.</summary>
    public void Put(int profileId, T entry)
    {
        if (Slot(profileId) is null)
        {
            // Partitions share the table, so its growth is guarded; a profile comes once.
            lock (_lock)
            {
                _slots.Ensure(profileId);
            }
        }

        Count(Interlocked.Exchange(ref _slots[profileId], entry), entry);
    }

    /// <summary>The profile's loop, or anyone while the pipeline rests.</summary>
    public void Remove(int profileId) => Count(Interlocked.Exchange(ref _slots[profileId], null), null);

    /// <summary>An entry takes so many bytes more than it did.</summary>
    public void Grew(long bytes) => Interlocked.Add(ref _bytes, bytes);

    /// <summary>Leaves a mark in the place of a clean entry. At rest only, while the last cut is on disk.</summary>
    public bool TryEvict(int profileId)
    {
        if (Slot(profileId) is not { IsCold: false, IsDirty: false } entry || Interlocked.CompareExchange(ref _slots[profileId], _mark, entry) != entry)
        {
            return false;
        }

        Count(entry, _mark);
        return true;
    }

    /// <summary>Takes back as many as fit, and marks the others.</summary>
    public void Load(CheckpointReader reader)
    {
        var room = memory?.LoadBytes(Bytes) ?? long.MaxValue;
        reader.Visit(table, (id, row) =>
        {
            var entry = Bytes < room ? decode(row) : _mark;
            _slots.Ensure((int)id) = entry.IsCold || Bytes + entry.Bytes <= room ? entry : _mark;
            Count(null, _slots[(int)id]);
        });
        memory?.Loaded(Bytes);
    }

    /// <summary>Begins another cut. At rest only.</summary>
    public void Cut() => _mark = newMark();

    /// <summary>The last cut is on disk, and can be read there.</summary>
    public void Attach(ICheckpointRows rows) => _rows.Attach(rows);

    /// <summary>Hands over every row of the last cut on disk, in order: some microsecond a row.</summary>
    public void VisitRows(CheckpointRowVisitor visitor) => _rows.VisitAll(visitor);

    private bool TryReadRow(int profileId, T mark, out T read)
    {
        T? found = null;
        if (!_rows.TryRead(profileId, (_, row) => found = decode(row)) && Slot(profileId) == mark)
        {
            throw _rows.Missing(profileId);
        }

        read = found!;
        return found is not null;
    }

    private void Count(T? before, T? after)
    {
        Grew((after?.Bytes ?? 0) - (before?.Bytes ?? 0));
        var cold = (after is { IsCold: true } ? 1 : 0) - (before is { IsCold: true } ? 1 : 0);
        if (cold != 0)
        {
            Interlocked.Add(ref _cold, cold);
        }
    }
}
