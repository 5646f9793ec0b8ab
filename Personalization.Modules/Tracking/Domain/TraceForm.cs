using Personalization.Kernel.Hashing;

namespace Personalization.Tracking.Domain;

/// <summary>The forms in which traces are compared. A trace is never kept but as a keyed hash.</summary>
internal static class TraceForm
{
    private const int AddressBytes = 256;

    /// <summary>
    /// An IPv4 address is a household's or an office's, as it is; of an IPv6 address the first four groups are, the rest changes by the day.
    /// </summary>
    public static UInt128 NetworkKey(KeyHasher hasher, ReadOnlySpan<byte> address)
    {
        if (!address.Contains((byte)':'))
        {
            return address.Count((byte)'.') == 3 ? hasher.Hash(KeySpace.Network, address) : default;
        }

        var end = 0;
        for (var groups = 0; end < address.Length; end++)
        {
            if (address[end] == ':' && (++groups == 4 || (end + 1 < address.Length && address[end + 1] == ':')))
            {
                break;
            }
        }

        return end == 0 ? default : hasher.Hash(KeySpace.Network, address[..end]);
    }

    /// <summary>Letters and digits of both, in lower case; default when either is missing: a postal code alone is a whole town.</summary>
    public static UInt128 AddressKey(KeyHasher hasher, ReadOnlySpan<byte> postalCode, ReadOnlySpan<byte> street)
    {
        Span<byte> form = stackalloc byte[AddressBytes];
        var length = Fold(postalCode, form);
        if (length == 0 || length > AddressBytes - 2)
        {
            return default;
        }

        form[length++] = (byte)'|';
        var folded = Fold(street, form[length..]);
        return folded == 0 ? default : hasher.Hash(KeySpace.Address, form[..(length + folded)]);
    }

    private static int Fold(ReadOnlySpan<byte> text, Span<byte> into)
    {
        var length = 0;
        foreach (var character in text)
        {
            var isKept = character >= 0x80 || char.IsAsciiLetterOrDigit((char)character);
            if (isKept && length < into.Length)
            {
                into[length++] = (byte)(character is >= (byte)'A' and <= (byte)'Z' ? character | 0x20 : character);
            }
        }

        return length;
    }
}
