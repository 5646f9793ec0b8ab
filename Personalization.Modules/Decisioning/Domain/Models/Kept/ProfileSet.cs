using System.Numerics;
using System.Runtime.InteropServices;

namespace Personalization.Decisioning.Domain.Models.Kept;

/// <summary>Numbers of profiles, a bit each: whom a model learnt from, so that an erasure finds the versions that it concerns. Not thread-safe.</summary>
internal sealed class ProfileSet
{
    /// <summary>Beyond this no profile has a number; a damaged file must not ask for all memory.</summary>
    private const int MaxBytes = 1 << 28;
    private ulong[] _words = [];

    public int Count => _words.Sum(BitOperations.PopCount);

    public bool Contains(int profile) => profile >= 0 && profile >> 6 < _words.Length && (_words[profile >> 6] >> (profile & 63) & 1) != 0;

    public void Add(int profile)
    {
        if (profile >> 6 >= _words.Length)
        {
            Array.Resize(ref _words, (int)BitOperations.RoundUpToPowerOf2((uint)(profile >> 6) + 1));
        }

        _words[profile >> 6] |= 1UL << (profile & 63);
    }

    public bool Remove(int profile)
    {
        var had = Contains(profile);
        if (had)
        {
            _words[profile >> 6] &= ~(1UL << (profile & 63));
        }

        return had;
    }

    public IEnumerable<int> All()
    {
        for (var word = 0; word < _words.Length; word++)
        {
            for (var left = _words[word]; left != 0; left &= left - 1)
            {
                yield return (word << 6) + BitOperations.TrailingZeroCount(left);
            }
        }
    }

    public byte[] ToBytes() => MemoryMarshal.AsBytes(_words.AsSpan()).ToArray();

    /// <exception cref="InvalidDataException">It is none of ours.</exception>
    public static ProfileSet FromBytes(ReadOnlySpan<byte> bytes) => bytes.Length % 8 == 0 && bytes.Length <= MaxBytes
        ? new ProfileSet { _words = MemoryMarshal.Cast<byte, ulong>(bytes).ToArray() }
        : throw new InvalidDataException($"A set of profiles of {bytes.Length} bytes is none.");
}
