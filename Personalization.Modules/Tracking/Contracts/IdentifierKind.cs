using System.Text;
using Personalization.Kernel.Hashing;

namespace Personalization.Tracking.Contracts;

/// <summary>How values of a kind are brought into one form, so that different spellings are one identifier.</summary>
public enum IdentifierForm : byte
{
    /// <summary>As sent.</summary>
    AsSent,

    /// <summary>Without surrounding spaces, in lower case; with something on both sides of an <c>@</c>.</summary>
    Email,

    /// <summary>Digits, after a leading + if there is one; 5 to 20 of them.</summary>
    Phone,
}

/// <summary>A kind of identifier.</summary>
/// <param name="Number">From 1; declared kinds from <see cref="FirstExternal"/> on, in the order of their declaration.</param>
/// <param name="Name">As look-ups name it, for example <c>email</c>.</param>
/// <param name="Space">Its keys' name space.</param>
/// <param name="Form">How values are normalised.</param>
public sealed record IdentifierKind(byte Number, string Name, KeySpace Space, IdentifierForm Form = IdentifierForm.AsSent)
{
    public const byte UserId = 1;
    public const byte AnonymousId = 2;
    public const byte Email = 3;
    public const byte Phone = 4;
    public const byte DeviceId = 5;
    public const byte AdvertisingId = 6;
    public const byte FirstExternal = 7;

    /// <summary>Declared kinds at most; a profile keeps a bit for each kind.</summary>
    public const int MaxExternal = 16;

    /// <summary>Identifiers of one event besides its user id and anonymous id; further ones are stored with the event and not applied.</summary>
    public const int MaxPerEvent = 16;

    /// <summary>Traces, which are no identifiers: <c>context.ip</c>, <c>context.userAgent</c>, a postal code with its street.</summary>
    public const byte Network = 28;
    public const byte Agent = 29;
    public const byte Address = 30;

    /// <summary>Bytes that a normalised value can have: lower case can be longer than upper case.</summary>
    public const int MaxBytes = 1024;

    /// <summary>The value in the form in which it is hashed and shown; its length, 0 when it is none of this kind.</summary>
    public int Normalise(ReadOnlySpan<byte> value, Span<byte> into) => Form switch
    {
        IdentifierForm.Email => NormaliseEmail(value.Trim(" \t\r\n"u8), into),
        IdentifierForm.Phone => NormalisePhone(value, into),
        _ => value.TryCopyTo(into) ? value.Length : 0,
    };

    /// <summary>Keyed hash of the normalised value; default when the value is none of this kind.</summary>
    public UInt128 KeyOf(KeyHasher hasher, ReadOnlySpan<byte> value)
    {
        if (Form == IdentifierForm.AsSent)
        {
            return value.IsEmpty ? default : hasher.Hash(Space, value);
        }

        Span<byte> normal = stackalloc byte[MaxBytes];
        var length = Normalise(value, normal);
        return length == 0 ? default : hasher.Hash(Space, normal[..length]);
    }

    private static int NormaliseEmail(ReadOnlySpan<byte> value, Span<byte> into)
    {
        var at = value.LastIndexOf((byte)'@');
        if (at <= 0 || at == value.Length - 1 || value.IndexOfAny(" \t\r\n"u8) >= 0)
        {
            return 0;
        }

        var length = 0;
        while (!value.IsEmpty)
        {
            // Ascii first: decoding is for the few addresses beyond it.
            if (value[0] < 0x80)
            {
                if (length == into.Length)
                {
                    return 0;
                }

                into[length++] = (byte)(value[0] is >= (byte)'A' and <= (byte)'Z' ? value[0] | 0x20 : value[0]);
                value = value[1..];
                continue;
            }

            Rune.DecodeFromUtf8(value, out var rune, out var consumed);
            if (!Rune.ToLowerInvariant(rune).TryEncodeToUtf8(into[length..], out var written))
            {
                return 0;
            }

            length += written;
            value = value[consumed..];
        }

        return length;
    }

    private static int NormalisePhone(ReadOnlySpan<byte> value, Span<byte> into)
    {
        var length = 0;
        var digits = 0;
        foreach (var character in value)
        {
            var isDigit = character is >= (byte)'0' and <= (byte)'9';
            if (isDigit || (character == '+' && length == 0))
            {
                if (isDigit && ++digits > 20)
                {
                    return 0;
                }

                into[length++] = character;
            }
            else if (character is not ((byte)' ' or (byte)'-' or (byte)'(' or (byte)')' or (byte)'.' or (byte)'/'))
            {
                return 0;
            }
        }

        return digits < 5 ? 0 : length;
    }
}
