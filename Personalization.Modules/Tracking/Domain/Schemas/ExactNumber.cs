using System.Globalization;
using System.Numerics;
using System.Text;

namespace Personalization.Tracking.Domain.Schemas;

/// <summary>
/// A JSON number as it is written, of any size: sign, digits without zeros at either end, and the power of ten of the last digit. 1, 1.0
/// and 10e-1 are one number; 9007199254740993 is not 9007199254740992.
/// </summary>
internal sealed class ExactNumber : IEquatable<ExactNumber>
{
    private const int ChunkDigits = 18;

    private ExactNumber(int sign, byte[] digits, long exponent)
    {
        Sign = sign;
        Digits = digits;
        Exponent = exponent;
    }

    public int Sign { get; }

    /// <summary>ASCII; empty for zero.</summary>
    public byte[] Digits { get; }

    public long Exponent { get; }

    public bool IsInteger => Sign == 0 || Exponent >= 0;

    /// <summary>A number that a JSON reader has found well-formed.</summary>
    public static ExactNumber Parse(ReadOnlySpan<byte> json)
    {
        var sign = json[0] == '-' ? -1 : 1;
        var mark = json.IndexOfAny((byte)'e', (byte)'E');
        var mantissa = (mark < 0 ? json : json[..mark]).TrimStart((byte)'-');
        var point = mantissa.IndexOf((byte)'.');
        var exponent = (mark < 0 ? 0 : ParseExponent(json[(mark + 1)..])) - (point < 0 ? 0 : mantissa.Length - point - 1);
        var all = new byte[mantissa.Length - (point < 0 ? 0 : 1)];
        mantissa[..(point < 0 ? mantissa.Length : point)].CopyTo(all);
        if (point >= 0)
        {
            mantissa[(point + 1)..].CopyTo(all.AsSpan(point));
        }

        var digits = all.AsSpan().TrimStart((byte)'0');
        var significant = digits.TrimEnd((byte)'0');
        return significant.IsEmpty
            ? new ExactNumber(0, [], 0)
            : new ExactNumber(sign, significant.ToArray(), exponent + digits.Length - significant.Length);
    }

    /// <returns>Below 0 when this is less than the other, 0 when equal, above 0 when greater.</returns>
    public int OrderTo(ExactNumber other)
    {
        if (Sign != other.Sign || Sign == 0)
        {
            return Sign.CompareTo(other.Sign);
        }

        var magnitude = (Digits.Length + Exponent).CompareTo(other.Digits.Length + other.Exponent);
        return Sign * (magnitude != 0 ? magnitude : Math.Sign(Digits.AsSpan().SequenceCompareTo(other.Digits)));
    }

    /// <summary>
    /// Whether this is a whole multiple of a divisor above zero. The digits are taken in pieces and the power of ten is raised within
    /// the divisor's residues, so that neither long numbers nor large exponents cost more than their text.
    /// </summary>
    public bool IsMultipleOf(ExactNumber divisor)
    {
        if (Sign == 0)
        {
            return true;
        }

        // Digits do not end in zero: without a power of ten to spare, no power of ten divides them.
        var shift = Exponent - divisor.Exponent;
        if (shift < 0)
        {
            return false;
        }

        var modulus = BigInteger.Parse(Encoding.ASCII.GetString(divisor.Digits), CultureInfo.InvariantCulture);
        var rest = BigInteger.Zero;
        for (var i = 0; i < Digits.Length; i += ChunkDigits)
        {
            var chunk = Digits.AsSpan(i, Math.Min(ChunkDigits, Digits.Length - i));
            rest = ((rest * BigInteger.Pow(10, chunk.Length)) + long.Parse(chunk, CultureInfo.InvariantCulture)) % modulus;
        }

        return (rest * BigInteger.ModPow(10, shift, modulus) % modulus).IsZero;
    }

    public bool Equals(ExactNumber? other) => other is not null && OrderTo(other) == 0;

    public override bool Equals(object? obj) => Equals(obj as ExactNumber);

    public override int GetHashCode()
    {
        var hash = new HashCode();
        hash.Add(Sign);
        hash.Add(Exponent);
        hash.AddBytes(Digits);
        return hash.ToHashCode();
    }

    public override string ToString() => (Sign < 0 ? "-" : "") + (Sign == 0 ? "0" : $"{Encoding.ASCII.GetString(Digits)}e{Exponent}");

    /// <summary>Exponents beyond 10^15 are taken as 10^15: such numbers only ever stand in attacks, and stay larger than all others.</summary>
    private static long ParseExponent(ReadOnlySpan<byte> text)
    {
        const long Bound = 1_000_000_000_000_000;
        var isNegative = text[0] == '-';
        var value = 0L;
        foreach (var digit in text.TrimStart("+-"u8))
        {
            value = Math.Min(Bound, (value * 10) + digit - '0');
        }

        return isNegative ? -value : value;
    }
}
