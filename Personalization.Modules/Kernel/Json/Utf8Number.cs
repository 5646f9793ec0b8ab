using System.Buffers.Text;

namespace Personalization.Kernel.Json;

/// <summary>Numbers as JSON and shops write them, from UTF-8, without allocating.</summary>
internal static class Utf8Number
{
    private const int ExactDigits = 15;

    private static readonly double[] PowersOfTen =
        [1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15];

    /// <summary>A finite number that fills the whole text; 1e999, NaN, Infinity and "12 €" are none.</summary>
    public static bool TryParse(ReadOnlySpan<byte> text, out double value)
    {
        if (TryParseShort(text, out value))
        {
            return true;
        }

        return Utf8Parser.TryParse(text, out value, out var consumed) && consumed == text.Length && double.IsFinite(value);
    }

    /// <summary>
    /// Prices and counts: up to 15 digits with a point. Both the digits and the power of ten are exact in a double, so one
    /// division rounds correctly (Clinger 1990).
    /// </summary>
    private static bool TryParseShort(ReadOnlySpan<byte> text, out double value)
    {
        value = 0;
        if (text.Length is 0 or > ExactDigits + 1)
        {
            return false;
        }

        long digits = 0;
        var point = -1;
        for (var i = 0; i < text.Length; i++)
        {
            var digit = (uint)(text[i] - '0');
            if (digit <= 9)
            {
                digits = (digits * 10) + digit;
            }
            else if (text[i] == '.' && point < 0 && i > 0)
            {
                point = i;
            }
            else
            {
                return false;
            }
        }

        var decimals = point < 0 ? 0 : text.Length - point - 1;
        value = digits / PowersOfTen[decimals];
        return text.Length - (point < 0 ? 0 : 1) <= ExactDigits;
    }
}
