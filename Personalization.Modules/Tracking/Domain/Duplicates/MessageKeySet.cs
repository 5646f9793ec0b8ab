namespace Personalization.Tracking.Domain.Duplicates;

/// <summary>The newest message keys, in one flat array. One thread. Key 0 means "no message id" and is never stored.</summary>
internal sealed class MessageKeySet
{
    private UInt128[] _slots = new UInt128[1024];

    public int Count { get; private set; }

    public bool Contains(UInt128 key) => _slots[Place(_slots, key)] == key;

    public void Add(UInt128 key)
    {
        if ((Count + 1) * 2 > _slots.Length)
        {
            Grow();
        }

        ref var slot = ref _slots[Place(_slots, key)];
        Count += slot == default ? 1 : 0;
        slot = key;
    }

    /// <summary>All keys in ascending order; the set is empty afterwards.</summary>
    public UInt128[] TakeSorted()
    {
        var keys = new UInt128[Count];
        var count = 0;
        foreach (var key in _slots)
        {
            if (key != default)
            {
                keys[count++] = key;
            }
        }

        Array.Sort(keys);
        Array.Clear(_slots);
        Count = 0;
        return keys;
    }

    private void Grow()
    {
        var grown = new UInt128[_slots.Length * 2];
        foreach (var key in _slots)
        {
            if (key != default)
            {
                grown[Place(grown, key)] = key;
            }
        }

        _slots = grown;
    }

    private static int Place(UInt128[] slots, UInt128 key)
    {
        var mask = slots.Length - 1;
        var i = (int)(ulong)key & mask;
        while (slots[i] != default && slots[i] != key)
        {
            i = (i + 1) & mask;
        }

        return i;
    }
}
