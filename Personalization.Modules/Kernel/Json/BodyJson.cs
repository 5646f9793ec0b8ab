using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Unicode;

namespace Personalization.Kernel.Json;

/// <summary>
/// JSON of a body, of which every name and text can be read. A parser is content with half a surrogate pair (<c>"\ud800"</c>) and with bytes that are no
/// UTF-8; only whoever reads that very text is told, by an exception in the midst of an endpoint. Here it is a fault of the body like any other (RFC 7493, section 2.1).
/// </summary>
internal static class BodyJson
{
    /// <returns>A value that does not need the bytes any more.</returns>
    /// <exception cref="JsonException">It is not JSON, or a text in it is none; with line and byte.</exception>
    public static JsonElement Parse(ReadOnlySpan<byte> json, JsonDocumentOptions options = default)
    {
        CheckTexts(json);
        return JsonElement.Parse(json, options);
    }

    /// <summary>For those who parse by other means. Says nothing about whether it is JSON.</summary>
    /// <exception cref="JsonException">A text is no Unicode; with line and byte.</exception>
    public static void CheckTexts(ReadOnlySpan<byte> json)
    {
        if (!Utf8.IsValid(json))
        {
            throw At(json, FirstInvalid(json), "The body is not UTF-8");
        }

        if (HalfPair(json, 0) is var half and >= 0)
        {
            throw At(json, half, "A text holds half a surrogate pair");
        }
    }

    /// <summary>Where the first half of a surrogate pair is escaped without its other one, from a place that is not within an escape; -1 for nowhere.</summary>
    public static int HalfPair(ReadOnlySpan<byte> json, int from)
    {
        while (json[from..].IndexOf((byte)'\\') is var next and >= 0)
        {
            var at = from + next;
            var unit = UnitAt(json, at);
            var isPair = char.IsHighSurrogate(unit) && char.IsLowSurrogate(UnitAt(json, at + 6));
            if (char.IsSurrogate(unit) && !isPair)
            {
                return at;
            }

            from = Math.Min(json.Length, at + (isPair ? 12 : 2)); // Hexadecimal digits are no backslashes: they may be walked over.
        }

        return -1;
    }

    /// <summary>What is escaped as <c>\uXXXX</c> at a place; 0 for any other escape.</summary>
    private static char UnitAt(ReadOnlySpan<byte> json, int at) =>
        at + 6 <= json.Length && json[at] == '\\' && json[at + 1] == 'u' &&
        ushort.TryParse(json.Slice(at + 2, 4), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var unit) ? (char)unit : '\0';

    private static int FirstInvalid(ReadOnlySpan<byte> utf8)
    {
        var at = 0;
        while (Rune.DecodeFromUtf8(utf8[at..], out _, out var length) == OperationStatus.Done)
        {
            at += length;
        }

        return at;
    }

    private static JsonException At(ReadOnlySpan<byte> json, int at, string fault)
    {
        var (line, inLine) = (json[..at].Count((byte)'\n'), at - 1 - json[..at].LastIndexOf((byte)'\n'));
        return new JsonException($"{fault} at byte {inLine} of line {line}.", null, line, inLine);
    }
}
