using System.Buffers;

namespace Personalization.Consent.Domain.Tcf;

/// <summary>
/// Bits written as base64url, read where they stand: each character is six bits, most significant first. Nothing is decoded into a
/// buffer, so neither the three ways of padding that encoders have nor a length of 4n+1 matter, which a base64 decoder refuses.
/// </summary>
/// <param name="text">Only characters of the alphabet (<see cref="IsClean"/>); others would read as ones.</param>
internal readonly ref struct SixBits(ReadOnlySpan<byte> text)
{
    private static readonly SearchValues<byte> Alphabet =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"u8);

    private readonly ReadOnlySpan<byte> _text = text;

    /// <summary>Bits, the padding included.</summary>
    public int Length => _text.Length * 6;

    /// <summary>Value of each character, 255 outside the alphabet.</summary>
    private static ReadOnlySpan<byte> Values =>
    [
        255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255,
        255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 62, 255, 255, 52, 53, 54, 55, 56,
        57, 58, 59, 60, 61, 255, 255, 255, 255, 255, 255, 255, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20,
        21, 22, 23, 24, 25, 255, 255, 255, 255, 63, 255, 26, 27, 28, 29, 30, 31, 32, 33, 34, 35, 36, 37, 38, 39, 40, 41, 42, 43, 44, 45,
        46, 47, 48, 49, 50, 51, 255, 255, 255, 255, 255,
    ];

    /// <summary>Whether the text is base64url without padding, whitespace, or anything beyond ASCII.</summary>
    public static bool IsClean(ReadOnlySpan<byte> text) => !text.ContainsAnyExcept(Alphabet);

    /// <summary>Whether <paramref name="count"/> bits follow <paramref name="at"/>.</summary>
    public bool Has(int at, int count) => at <= Length - count;

    /// <param name="at">First bit, from 0; the caller has asked <see cref="Has"/>.</param>
    /// <param name="count">1 to 58 bits.</param>
    public long Read(int at, int count)
    {
        var index = at / 6;
        var skipped = at - (index * 6);
        long value = Values[_text[index] & 127] & (63 >> skipped);
        var read = 6 - skipped;
        while (read < count)
        {
            value = (value << 6) | (long)(Values[_text[++index] & 127] & 63u);
            read += 6;
        }

        return value >> (read - count);
    }

    public bool IsSet(int at)
    {
        var index = at / 6;
        return ((Values[_text[index] & 127] >> (5 - (at - (index * 6)))) & 1) != 0;
    }
}
