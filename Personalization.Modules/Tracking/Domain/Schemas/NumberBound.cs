using System.Text;
using Personalization.Kernel.Json;

namespace Personalization.Tracking.Domain.Schemas;

/// <summary>
/// A number of a schema that numbers of instances are compared with. Doubles decide nearly always, because rounding keeps the order;
/// only where both round to the same double are the digits looked at. Does not allocate for numbers of up to 15 digits.
/// </summary>
internal sealed class NumberBound
{
    /// <summary>Decimals of this length have doubles of their own.</summary>
    private const int ExactDigits = 15;

    private readonly double _rounded;
    private readonly bool _isRounded;
    private readonly bool _isShort;
    private readonly (long Digits, int Decimals) _scaled;

    public NumberBound(string json)
    {
        Text = json;
        var bytes = Encoding.ASCII.GetBytes(json);
        Exact = ExactNumber.Parse(bytes);
        _isRounded = Utf8Number.TryParse(bytes, out _rounded);
        _isShort = IsShort(bytes);
        _scaled = _isShort ? Scale(bytes) : default;
    }

    /// <summary>As the schema wrote it.</summary>
    public string Text { get; }

    public ExactNumber Exact { get; }

    /// <returns>Below 0 when the number is less than this one, 0 when equal, above 0 when greater.</returns>
    public int Compare(ReadOnlySpan<byte> number)
    {
        if (_isRounded && Utf8Number.TryParse(number, out var value))
        {
            if (value != _rounded)
            {
                return value < _rounded ? -1 : 1;
            }

            if (_isShort && IsShort(number))
            {
                return 0;
            }
        }

        return ExactNumber.Parse(number).OrderTo(Exact);
    }

    /// <summary>Whether the number is a whole multiple of this one, which is above zero.</summary>
    public bool Divides(ReadOnlySpan<byte> number)
    {
        if (_isShort && IsShort(number))
        {
            var (digits, decimals) = Scale(number);
            var step = (Int128)_scaled.Digits;
            var value = (Int128)digits;
            for (; decimals < _scaled.Decimals; decimals++)
            {
                value *= 10;
            }

            for (var own = _scaled.Decimals; own < decimals; own++)
            {
                step *= 10;
            }

            return value % step == 0;
        }

        return ExactNumber.Parse(number).IsMultipleOf(Exact);
    }

    /// <summary>Whether a JSON number has no fraction: 1.0 and 1e2 have none.</summary>
    public static bool IsInteger(ReadOnlySpan<byte> number) =>
        number.IndexOfAny((byte)'.', (byte)'e', (byte)'E') < 0 || ExactNumber.Parse(number).IsInteger;

    private static bool IsShort(ReadOnlySpan<byte> number) => number.Length <= ExactDigits && number.IndexOfAny((byte)'e', (byte)'E') < 0;

    private static (long Digits, int Decimals) Scale(ReadOnlySpan<byte> number)
    {
        var digits = 0L;
        var decimals = 0;
        var isFraction = false;
        foreach (var letter in number)
        {
            if (letter == '.')
            {
                isFraction = true;
            }
            else if (letter != '-')
            {
                digits = (digits * 10) + letter - '0';
                decimals += isFraction ? 1 : 0;
            }
        }

        return (number[0] == '-' ? -digits : digits, decimals);
    }
}
