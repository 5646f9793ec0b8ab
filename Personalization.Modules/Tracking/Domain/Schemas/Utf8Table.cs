using System.Numerics;
using System.Runtime.InteropServices;
using System.Text;

namespace Personalization.Tracking.Domain.Schemas;

/// <summary>A fixed map from texts to values that is asked with UTF-8 and does not allocate. Letter by letter: case counts.</summary>
internal sealed class Utf8Table<TValue>
{
    private readonly Slot[] _slots;

    public Utf8Table(IReadOnlyCollection<KeyValuePair<string, TValue>> entries)
    {
        Entries = entries;
        _slots = new Slot[BitOperations.RoundUpToPowerOf2((uint)Math.Max(4, entries.Count * 4))];
        foreach (var (name, value) in entries)
        {
            var text = Encoding.UTF8.GetBytes(name);
            _slots[Place(text)] = new Slot { Text = text, Value = value };
        }
    }

    public IReadOnlyCollection<KeyValuePair<string, TValue>> Entries { get; }

    public bool TryGet(ReadOnlySpan<byte> text, out TValue? value)
    {
        ref var slot = ref _slots[Place(text)];
        value = slot.Value;
        return slot.Text is not null;
    }

    private int Place(ReadOnlySpan<byte> text)
    {
        var slots = _slots;
        var mask = slots.Length - 1;
        var i = (int)(Hash(text) & (uint)mask);
        while (slots[i].Text is { } taken && !text.SequenceEqual(taken))
        {
            i = (i + 1) & mask;
        }

        return i;
    }

    /// <summary>The length and both ends: names of one schema that agree in all of these are rare, and are then compared.</summary>
    private static uint Hash(ReadOnlySpan<byte> text)
    {
        ulong hash = (uint)text.Length;
        if (text.Length >= sizeof(ulong))
        {
            hash ^= MemoryMarshal.Read<ulong>(text) * 0x9E3779B97F4A7C15;
            hash ^= MemoryMarshal.Read<ulong>(text[^sizeof(ulong)..]);
        }
        else
        {
            foreach (var letter in text)
            {
                hash = (hash << 8) | letter;
            }
        }

        hash *= 0xC2B2AE3D27D4EB4F;
        return (uint)(hash >> 32);
    }

    private struct Slot
    {
        public byte[]? Text;
        public TValue? Value;
    }
}
