using System.Text.Json;
using Personalization.Kernel.Hashing;

namespace Personalization.Tracking.Domain.DeadLetters;

/// <summary>
/// Finds the identifiers of people in a body, also in one that is cut short or no JSON at all: every <c>"userId": …</c> and its
/// siblings, wherever they stand. What is found too much only makes an erasure remove a letter too many.
/// </summary>
internal static class IdentifierScan
{
    private static readonly byte[][] Names = ["\"userId\""u8.ToArray(), "\"anonymousId\""u8.ToArray(), "\"previousId\""u8.ToArray()];

    /// <summary>The keys of each value, as a user id and as an anonymous id: an alias may carry either.</summary>
    public static IReadOnlyCollection<UInt128> Keys(KeyHasher hasher, ReadOnlySpan<byte> body)
    {
        var keys = new HashSet<UInt128>();
        foreach (var name in Names)
        {
            var rest = body;
            for (var at = rest.IndexOf(name); at >= 0; at = rest.IndexOf(name))
            {
                rest = rest[(at + name.Length)..];
                Add(keys, hasher, rest);
            }
        }

        return keys;
    }

    /// <summary>The keys of one identifier that is known as text.</summary>
    public static void Add(HashSet<UInt128> keys, KeyHasher hasher, ReadOnlySpan<byte> id, bool isUser)
    {
        if (!id.IsEmpty)
        {
            keys.Add(hasher.Hash(isUser ? KeySpace.UserId : KeySpace.AnonymousId, id));
        }
    }

    private static void Add(HashSet<UInt128> keys, KeyHasher hasher, ReadOnlySpan<byte> afterName)
    {
        var value = afterName.TrimStart(" \t\r\n"u8);
        if (value.IsEmpty || value[0] != ':')
        {
            return;
        }

        Span<byte> text = stackalloc byte[ParserLimits.TextBytes];
        var length = Read(value[1..].TrimStart(" \t\r\n"u8), text);
        Add(keys, hasher, text[..length], isUser: true);
        Add(keys, hasher, text[..length], isUser: false);
    }

    /// <summary>The text or number that starts here; nothing when it is neither, or longer than an identifier may be.</summary>
    private static int Read(ReadOnlySpan<byte> value, Span<byte> text)
    {
        // Six bytes of an escape are at most one byte of the text.
        var reader = new Utf8JsonReader(value[..Math.Min(value.Length, (6 * text.Length) + 2)], isFinalBlock: false, default);
        try
        {
            if (reader.Read() && reader.TokenType == JsonTokenType.String && (reader.ValueIsEscaped || reader.ValueSpan.Length <= text.Length))
            {
                return reader.CopyString(text);
            }

            // A number is whole only where something follows, which a reader that expects more input has seen.
            if (reader.TokenType == JsonTokenType.Number && reader.ValueSpan.TryCopyTo(text))
            {
                return reader.ValueSpan.Length;
            }
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException or ArgumentException)
        {
            // Not a text in JSON, half a surrogate pair, or too long: none of them was ever accepted as an identifier.
        }

        return 0;
    }
}
