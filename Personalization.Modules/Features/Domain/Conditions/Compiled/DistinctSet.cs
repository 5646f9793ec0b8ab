namespace Personalization.Features.Domain.Conditions.Compiled;

/// <summary>Counts different values exactly. Cleared and used again; grows with the most values met.</summary>
internal sealed class DistinctSet
{
    private Entry[] _entries = new Entry[64];
    private int _generation;

    public int Count { get; private set; }

    public void Clear()
    {
        Count = 0;
        if (++_generation == 0)
        {
            Array.Clear(_entries);
            _generation = 1;
        }
    }

    /// <summary>A value that is not a text.</summary>
    public void Add(ScalarKind kind, double number)
    {
        var key = BitConverter.DoubleToUInt64Bits(number + 0.0); // A zero has two signs and is one number.
        Add(kind, key, key * 0x9E3779B97F4A7C15, [], []);
    }

    /// <summary>A text in a buffer, which stays the same until <see cref="Clear"/>.</summary>
    public void Add(Scalar text, ReadOnlySpan<byte> buffer)
    {
        var bytes = text.TextIn(buffer);
        var hash = 14695981039346656037UL;
        foreach (var each in bytes)
        {
            hash = (hash ^ each) * 1099511628211UL;
        }

        Add(ScalarKind.Text, text.Place, hash * 0x9E3779B97F4A7C15, bytes, buffer);
    }

    private void Add(ScalarKind kind, ulong key, ulong hash, ReadOnlySpan<byte> bytes, ReadOnlySpan<byte> buffer)
    {
        if (Count * 2 >= _entries.Length)
        {
            Grow();
        }

        var mask = _entries.Length - 1;
        for (var at = (int)(hash >> 40) & mask; ; at = (at + 1) & mask)
        {
            ref var entry = ref _entries[at];
            if (entry.Generation != _generation)
            {
                entry = new Entry { Key = key, Hash = hash, Kind = kind, Generation = _generation };
                Count++;
                return;
            }

            if (entry.Hash == hash && entry.Kind == kind && (kind == ScalarKind.Text ? bytes.SequenceEqual(Scalar.TextAt(entry.Key, buffer)) : entry.Key == key))
            {
                return;
            }
        }
    }

    private void Grow()
    {
        var before = _entries;
        _entries = new Entry[before.Length * 2];
        var mask = _entries.Length - 1;
        foreach (ref readonly var entry in before.AsSpan())
        {
            if (entry.Generation == _generation)
            {
                var at = (int)(entry.Hash >> 40) & mask;
                while (_entries[at].Generation == _generation)
                {
                    at = (at + 1) & mask;
                }

                _entries[at] = entry;
            }
        }
    }

    private struct Entry
    {
        public ulong Key;
        public ulong Hash;
        public int Generation;
        public ScalarKind Kind;
    }
}
