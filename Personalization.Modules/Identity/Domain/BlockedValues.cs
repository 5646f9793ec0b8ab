using System.Text;
using Personalization.Kernel.Json;
using Personalization.Tracking.Contracts;

namespace Personalization.Identity.Domain;

/// <summary>
/// Values that name nobody: what a client sends when it has no value, and what people type who do not want to give theirs. Each would
/// join everybody who has it. Compiled once; asked only for values that were never taken before, with UTF-8, without allocating.
/// </summary>
internal sealed class BlockedValues
{
    private static readonly string[] WellKnown =
    [
        "null", "(null)", "nil", "none", "undefined", "undefine", "unset", "not set", "(not set)", "empty", "blank", "default", "unknown",
        "anonymous", "anon", "guest", "n/a", "na", "nan", "false", "true", "[object Object]", "*", "?", "''", "\"\"", "{}", "[]",
    ];

    private readonly NameTable<bool>[] _exact;
    private readonly byte[][][] _patterns;
    private readonly bool _blockWellKnown;

    public BlockedValues(IdentifierVocabulary vocabulary, IdentityOptions options)
    {
        _blockWellKnown = options.BlockWellKnown;
        var count = vocabulary.Kinds.Count + 1;
        _exact = new NameTable<bool>[count];
        _patterns = new byte[count][][];
        foreach (var kind in vocabulary.Kinds)
        {
            var own = options.Blocked
                .Where(blocked => blocked.Kind.Length == 0 || vocabulary.Find(blocked.Kind) == kind)
                .Select(blocked => blocked.Value.ToLowerInvariant())
                .Concat(options.BlockWellKnown && kind.Form == IdentifierForm.Email ? ["test@*"] : [])
                .ToList();
            var exact = own.Where(value => !value.Contains('*', StringComparison.Ordinal) && Encoding.UTF8.GetByteCount(value) <= 64);
            _exact[kind.Number] = new NameTable<bool>(
                (options.BlockWellKnown ? WellKnown.Concat(exact) : exact).Distinct(StringComparer.Ordinal).Select(value => KeyValuePair.Create(value, true)));
            _patterns[kind.Number] = [.. own.Where(value => value.Contains('*', StringComparison.Ordinal) || value.Length > 64).Select(Encoding.UTF8.GetBytes)];
        }
    }

    public bool Contains(byte kind, ReadOnlySpan<byte> value)
    {
        value = value.Trim(" \t\r\n"u8);
        if ((_blockWellKnown && value.IndexOfAnyExcept("0-"u8) < 0 && !value.IsEmpty) || _exact[kind].TryGet(value, out _))
        {
            return true;
        }

        foreach (var pattern in _patterns[kind])
        {
            if (Matches(value, pattern))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>A star stands for any text. Goes back to the last star only, so at most the product of both lengths.</summary>
    internal static bool Matches(ReadOnlySpan<byte> value, ReadOnlySpan<byte> pattern)
    {
        var (at, place, star, afterStar) = (0, 0, -1, 0);
        while (at < value.Length)
        {
            if (place < pattern.Length && pattern[place] == '*')
            {
                star = place++;
                afterStar = at;
            }
            else if (place < pattern.Length && pattern[place] == Lower(value[at]))
            {
                place++;
                at++;
            }
            else if (star >= 0)
            {
                place = star + 1;
                at = ++afterStar;
            }
            else
            {
                return false;
            }
        }

        return pattern[place..].IndexOfAnyExcept((byte)'*') < 0;
    }

    private static byte Lower(byte character) => character is >= (byte)'A' and <= (byte)'Z' ? (byte)(character | 0x20) : character;
}
