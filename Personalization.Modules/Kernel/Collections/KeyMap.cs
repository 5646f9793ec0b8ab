using System.Runtime.CompilerServices;

namespace Personalization.Kernel.Collections;

/// <summary>
/// A hash map from 128-bit keys to numbers for one writer and any number of readers, none of which waits. Open addressing
/// in one flat array: a look-up is one cache miss, an entry about 48 bytes at the usual load. Keys must be hashes already.
/// Source of the publication order: the slot's state is written last (release) and read first (acquire).
/// </summary>
public sealed class KeyMap
{
    private const int Removed = -2;
    private volatile Slot[] _slots;
    private int _used;

    /// <param name="capacity">Entries to make room for; grows by doubling.</param>
    public KeyMap(int capacity = 64)
    {
        _slots = new Slot[(int)System.Numerics.BitOperations.RoundUpToPowerOf2((uint)Math.Max(8, capacity * 4 / 3))];
    }

    /// <summary>Entries in the map.</summary>
    public int Count { get; private set; }

    /// <summary>The number kept for the key, or -1. Safe on any thread.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public int Find(UInt128 key)
    {
        var slots = _slots;
        var mask = slots.Length - 1;
        for (var i = (int)(ulong)key & mask; ; i = (i + 1) & mask)
        {
            ref var slot = ref slots[i];
            var state = Volatile.Read(ref slot.State);
            if (state == 0)
            {
                return -1;
            }

            if (slot.Key == key)
            {
                return state == Removed ? -1 : state - 1;
            }
        }
    }

    /// <summary>Slots held, those of removed entries and free ones included: 32 bytes each.</summary>
    internal int SlotCount => _slots.Length;

    /// <summary>Adds or replaces. The value must lie between 0 and <see cref="int.MaxValue"/> - 1. Writer only.</summary>
    public void Set(UInt128 key, int value)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(value);
        ArgumentOutOfRangeException.ThrowIfEqual(value, int.MaxValue);
        if ((_used + 1L) * 4 > _slots.Length * 3L)
        {
            MakeRoom();
        }

        ref var slot = ref Place(_slots, key);
        if (slot.State == 0)
        {
            slot.Key = key;
            _used++;
            Count++;
        }
        else if (slot.State == Removed)
        {
            Count++;
        }

        Volatile.Write(ref slot.State, value + 1);
    }

    /// <summary>Forgets a key; its slot is reused when the same key returns or the map makes room. Writer only.</summary>
    public bool Remove(UInt128 key)
    {
        ref var slot = ref Place(_slots, key);
        if (slot.State is 0 or Removed)
        {
            return false;
        }

        Volatile.Write(ref slot.State, Removed);
        Count--;
        return true;
    }

    private static ref Slot Place(Slot[] slots, UInt128 key)
    {
        var mask = slots.Length - 1;
        var i = (int)(ulong)key & mask;
        while (slots[i].State != 0 && slots[i].Key != key)
        {
            i = (i + 1) & mask;
        }

        return ref slots[i];
    }

    /// <summary>
    /// Doubles when entries fill the map, and only sweeps when it is the removed ones that do: keys that come and go would
    /// otherwise double it for ever. Either way readers of the old slots still find what they were promised.
    /// </summary>
    private void MakeRoom()
    {
        var isFilledByEntries = (Count + 1L) * 8 > _slots.Length * 3L;
        var grown = new Slot[isFilledByEntries ? _slots.Length * 2 : _slots.Length];
        foreach (ref var slot in _slots.AsSpan())
        {
            if (slot.State > 0)
            {
                Place(grown, slot.Key) = slot;
            }
        }

        _used = Count;
        _slots = grown;
    }

    private struct Slot
    {
        public UInt128 Key;
        public int State;
    }
}
