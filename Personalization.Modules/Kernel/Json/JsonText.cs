using System.Diagnostics;
using System.Globalization;
using System.Text;

namespace Personalization.Kernel.Json;

/// <summary>The text inside a JSON string whose escapes a reader has found well-formed.</summary>
internal static class JsonText
{
    /// <summary>
    /// Writes the text without its escapes; never longer than the source. Half a surrogate pair (<c>\ud83d</c> alone, which
    /// clients send that cut texts in the middle of an emoji) becomes U+FFFD, as a browser would write it.
    /// </summary>
    /// <returns>Bytes written.</returns>
    public static int Unescape(ReadOnlySpan<byte> source, Span<byte> target, out bool hasLoneSurrogate)
    {
        hasLoneSurrogate = false;
        var written = 0;
        while (true)
        {
            var plain = source.IndexOf((byte)'\\');
            if (plain < 0)
            {
                source.CopyTo(target[written..]);
                return written + source.Length;
            }

            source[..plain].CopyTo(target[written..]);
            written += plain;
            source = source[plain..];
            if (source[1] == 'u')
            {
                var consumed = ReadRune(source, out var rune, ref hasLoneSurrogate);
                written += rune.EncodeToUtf8(target[written..]);
                source = source[consumed..];
            }
            else
            {
                target[written++] = Short(source[1]);
                source = source[2..];
            }
        }
    }

    private static int ReadRune(ReadOnlySpan<byte> source, out Rune rune, ref bool hasLoneSurrogate)
    {
        var first = Hex(source);
        if (Rune.TryCreate(first, out rune))
        {
            return 6;
        }

        if (source.Length >= 12 && source[6] == '\\' && source[7] == 'u' && Rune.TryCreate(first, Hex(source[6..]), out rune))
        {
            return 12;
        }

        hasLoneSurrogate = true;
        rune = Rune.ReplacementChar;
        return 6;
    }

    private static char Hex(ReadOnlySpan<byte> escape)
    {
        var isHex = ushort.TryParse(escape.Slice(2, 4), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var unit);
        Debug.Assert(isHex, "The reader has checked the digits.");
        return (char)unit;
    }

    private static byte Short(byte escape) => escape switch
    {
        (byte)'n' => (byte)'\n',
        (byte)'r' => (byte)'\r',
        (byte)'t' => (byte)'\t',
        (byte)'b' => (byte)'\b',
        (byte)'f' => (byte)'\f',
        _ => escape,
    };
}
