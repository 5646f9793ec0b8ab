using System.Text;

namespace Personalization.Kernel.Json;

/// <summary>
/// A fixed map from names to values that is asked with UTF-8 and does not allocate. Names are compared without regard to
/// ASCII case, spaces, <c>_</c> and <c>-</c>, so that "Product Viewed", <c>product_viewed</c> and <c>productViewed</c> are one name.
/// </summary>
internal sealed class NameTable<TValue>
{
    private const int MaxLength = 64;

    private readonly Slot[] _slots;

    /// <exception cref="ArgumentException">Two names that are equal here have different values.</exception>
    public NameTable(IEnumerable<KeyValuePair<string, TValue>> entries)
    {
        var all = entries.ToList();
        _slots = new Slot[System.Numerics.BitOperations.RoundUpToPowerOf2((uint)Math.Max(4, all.Count * 4))];
        Span<byte> folded = stackalloc byte[MaxLength];
        foreach (var (name, value) in all)
        {
            var length = Fold(Encoding.UTF8.GetBytes(name), folded, out var hash);
            if (length == 0)
            {
                throw new ArgumentException($"'{name}' is empty or longer than {MaxLength} bytes.", nameof(entries));
            }

            ref var slot = ref Place(folded[..length], hash);
            if (slot.Name is not null && !EqualityComparer<TValue>.Default.Equals(slot.Value, value))
            {
                throw new ArgumentException($"'{name}' is given twice with different meanings.", nameof(entries));
            }

            slot = new Slot { Name = folded[..length].ToArray(), Hash = hash, Value = value };
        }
    }

    public bool TryGet(ReadOnlySpan<byte> name, out TValue? value)
    {
        Span<byte> folded = stackalloc byte[MaxLength];
        var length = Fold(name, folded, out var hash);
        ref var slot = ref Place(folded[..length], hash);
        value = slot.Value;
        return slot.Name is not null;
    }

    private ref Slot Place(ReadOnlySpan<byte> folded, uint hash)
    {
        var mask = _slots.Length - 1;
        var i = (int)hash & mask;
        while (_slots[i].Name is { } name && (_slots[i].Hash != hash || !folded.SequenceEqual(name)))
        {
            i = (i + 1) & mask;
        }

        return ref _slots[i];
    }

    /// <summary>The name without case and separators; 0 when it is too long to be in any table. FNV-1a on the way.</summary>
    private static int Fold(ReadOnlySpan<byte> name, Span<byte> folded, out uint hash)
    {
        hash = 2166136261;
        var length = 0;
        foreach (var letter in name)
        {
            if (letter is (byte)' ' or (byte)'_' or (byte)'-')
            {
                continue;
            }

            if (length == MaxLength)
            {
                return 0;
            }

            var lower = (uint)(letter - 'A') <= 'Z' - 'A' ? (byte)(letter | 0x20) : letter;
            folded[length++] = lower;
            hash = (hash ^ lower) * 16777619;
        }

        hash ^= hash >> 15;
        return length;
    }

    private struct Slot
    {
        public byte[]? Name;
        public uint Hash;
        public TValue? Value;
    }
}
