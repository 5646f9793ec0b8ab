using System.Numerics;
using System.Runtime.InteropServices;

namespace Personalization.Tracking.Domain.Duplicates;

/// <summary>
/// A blocked Bloom filter over message keys: 16 bits a key, seven bits set within one cache line. Never says "absent" of a
/// key it holds; says "maybe" of about one absent key in a thousand. Source: Putze, Sanders, Singler, "Cache-, Hash- and
/// Space-Efficient Bloom Filters" (2007).
/// </summary>
internal sealed class KeyFilter
{
    private const int WordsPerBlock = 8;
    private const int Probes = 7;
    private readonly ulong[] _words;

    public KeyFilter(int keys)
    {
        var blocks = BitOperations.RoundUpToPowerOf2((uint)Math.Max(1, keys / 32));
        _words = new ulong[blocks * WordsPerBlock];
    }

    private KeyFilter(ulong[] words) => _words = words;

    public ReadOnlySpan<byte> Bytes => MemoryMarshal.AsBytes(_words.AsSpan());

    public static KeyFilter FromBytes(ReadOnlySpan<byte> bytes) => new(MemoryMarshal.Cast<byte, ulong>(bytes).ToArray());

    public void Add(UInt128 key)
    {
        var block = Block(key);
        var bits = (ulong)(key >> 64);
        for (var probe = 0; probe < Probes; probe++, bits >>= 9)
        {
            block[(int)(bits >> 6) & 7] |= 1UL << (int)(bits & 63);
        }
    }

    public bool MayContain(UInt128 key)
    {
        var block = Block(key);
        var bits = (ulong)(key >> 64);
        for (var probe = 0; probe < Probes; probe++, bits >>= 9)
        {
            if ((block[(int)(bits >> 6) & 7] & (1UL << (int)(bits & 63))) == 0)
            {
                return false;
            }
        }

        return true;
    }

    // The block comes from the low half of the key, the bits from the high half, so they are independent.
    private Span<ulong> Block(UInt128 key)
    {
        var blocks = (uint)(_words.Length / WordsPerBlock);
        var index = (int)((ulong)key >> 32 & (blocks - 1));
        return _words.AsSpan(index * WordsPerBlock, WordsPerBlock);
    }
}
