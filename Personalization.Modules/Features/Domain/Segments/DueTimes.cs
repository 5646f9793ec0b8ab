using System.Buffers.Binary;
using Personalization.Kernel.Checkpoints;

namespace Personalization.Features.Domain.Segments;

/// <summary>
/// When each profile of a partition must be looked at again because time passes: one time a profile, the earliest over its segments, in a
/// heap of four branches in which each profile knows its place. 16 bytes a profile; to bring a time forward costs a few steps. Written by
/// the partition's loop and by whoever prepares a definition, so it is guarded; the earliest time is read by anybody.
/// </summary>
internal sealed class DueTimes(int partition, int partitions)
{
    private const int Branches = 4;
    private readonly Lock _lock = new();
    private readonly List<int> _changed = [];
    private long[] _due = [];
    private int[] _placeOf = [];
    private int[] _heap = [];
    private bool[] _isChanged = [];
    private int _count;
    private long _next = long.MaxValue;

    /// <summary>The earliest time, Unix ms; <see cref="long.MaxValue"/> when nothing is due. Any thread.</summary>
    public long NextMs => Volatile.Read(ref _next);

    /// <summary>Profiles that have a time.</summary>
    public int Count => Volatile.Read(ref _count);

    /// <summary>The profile's time; <see cref="long.MaxValue"/> for none.</summary>
    public long Of(int profileId)
    {
        lock (_lock)
        {
            var local = profileId / partitions;
            return local < _due.Length && _placeOf[local] >= 0 ? _due[local] : long.MaxValue;
        }
    }

    /// <summary>The profile is due at a time, or earlier if it was anyway.</summary>
    public void Lower(int profileId, long dueMs)
    {
        if (dueMs == long.MaxValue)
        {
            return;
        }

        lock (_lock)
        {
            var local = profileId / partitions;
            Ensure(local);
            if (_placeOf[local] < 0)
            {
                _due[local] = dueMs;
                _heap[_count] = local;
                _placeOf[local] = _count++;
            }
            else if (dueMs >= _due[local])
            {
                return;
            }

            _due[local] = dueMs;
            Rise(_placeOf[local]);
            Changed(local);
        }
    }

    /// <summary>The profile is not due any more; nothing for one of another partition.</summary>
    public void Remove(int profileId)
    {
        if (profileId % partitions != partition)
        {
            return;
        }

        lock (_lock)
        {
            var local = profileId / partitions;
            if (local < _placeOf.Length && _placeOf[local] >= 0)
            {
                RemoveAt(_placeOf[local]);
                Changed(local);
            }
        }
    }

    /// <summary>
    /// Takes out the profile that is due first, if it is due at a time; of several at once that with the lowest number, so that a replay
    /// takes them in the same order.
    /// </summary>
    public bool TryTake(long nowMs, out int profileId, out long dueMs)
    {
        if (NextMs > nowMs)
        {
            (profileId, dueMs) = (-1, long.MaxValue);
            return false;
        }

        lock (_lock)
        {
            if (_count == 0 || _due[_heap[0]] > nowMs)
            {
                (profileId, dueMs) = (-1, long.MaxValue);
                return false;
            }

            var local = _heap[0];
            (profileId, dueMs) = ((local * partitions) + partition, _due[local]);
            RemoveAt(0);
            Changed(local);
            return true;
        }
    }

    public void Collect(CheckpointWriter writer, byte table)
    {
        lock (_lock)
        {
            foreach (var local in _changed)
            {
                _isChanged[local] = false;
                var profileId = (local * (long)partitions) + partition;
                if (_placeOf[local] < 0)
                {
                    writer.Delete(table, profileId);
                }
                else
                {
                    BinaryPrimitives.WriteInt64LittleEndian(writer.Reserve(table, profileId, sizeof(long)), _due[local]);
                }
            }

            _changed.Clear();
        }
    }

    /// <summary>Takes a row back: it is on disk already.</summary>
    public void Load(int profileId, ReadOnlySpan<byte> row)
    {
        Lower(profileId, BinaryPrimitives.ReadInt64LittleEndian(row));
        _isChanged[profileId / partitions] = false;
        _changed.Clear();
    }

    private bool IsBefore(int left, int right) => _due[left] < _due[right] || (_due[left] == _due[right] && left < right);

    private void RemoveAt(int place)
    {
        _placeOf[_heap[place]] = -1;
        var last = _heap[--_count];
        if (place < _count)
        {
            _heap[place] = last;
            _placeOf[last] = place;
            Sink(place);
            Rise(_placeOf[last]);
        }

        Volatile.Write(ref _next, _count == 0 ? long.MaxValue : _due[_heap[0]]);
    }

    private void Rise(int place)
    {
        var risen = _heap[place];
        for (; place > 0; place = (place - 1) / Branches)
        {
            var parent = _heap[(place - 1) / Branches];
            if (!IsBefore(risen, parent))
            {
                break;
            }

            Put(parent, place);
        }

        Put(risen, place);
        Volatile.Write(ref _next, _due[_heap[0]]);
    }

    private void Sink(int place)
    {
        var sunk = _heap[place];
        while (FirstOf(place) is var child && child >= 0 && IsBefore(_heap[child], sunk))
        {
            Put(_heap[child], place);
            place = child;
        }

        Put(sunk, place);
    }

    /// <summary>The earliest child of a place; -1 when it has none.</summary>
    private int FirstOf(int place)
    {
        var first = (place * Branches) + 1;
        var end = Math.Min(first + Branches, _count);
        var best = first < end ? first : -1;
        for (var child = first + 1; child < end; child++)
        {
            best = IsBefore(_heap[child], _heap[best]) ? child : best;
        }

        return best;
    }

    private void Put(int local, int place)
    {
        _heap[place] = local;
        _placeOf[local] = place;
    }

    private void Changed(int local)
    {
        if (!_isChanged[local])
        {
            _isChanged[local] = true;
            _changed.Add(local);
        }
    }

    private void Ensure(int local)
    {
        if (local < _due.Length)
        {
            return;
        }

        var before = _due.Length;
        var size = Math.Max(local + 1, Math.Max(256, before * 2));
        Array.Resize(ref _due, size);
        Array.Resize(ref _placeOf, size);
        Array.Resize(ref _heap, size);
        Array.Resize(ref _isChanged, size);
        _placeOf.AsSpan(before).Fill(-1);
    }
}
