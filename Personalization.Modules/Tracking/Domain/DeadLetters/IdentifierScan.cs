using System.Text.Json;
using Personalization.Kernel.Hashing;
using Personalization.Tracking.Contracts;

namespace Personalization.Tracking.Domain.DeadLetters;

/// <summary>
/// Finds the identifiers of people in a body, also in one that is cut short or no JSON at all: every <c>"userId": …</c> and its
/// siblings, wherever they stand. What is found too much only makes an erasure remove a letter too many.
/// </summary>
internal static class IdentifierScan
{
    /// <summary>By what else a person may be named: in one form whatever the spelling. A bare <c>id</c> stands for anything and is left out.</summary>
    private static readonly (byte[] Name, IdentifierKind Kind)[] Further =
    [
        ("\"email\""u8.ToArray(), IdentifierVocabulary.BuiltIn.Kinds[IdentifierKind.Email - 1]),
        ("\"phone\""u8.ToArray(), IdentifierVocabulary.BuiltIn.Kinds[IdentifierKind.Phone - 1]),
        ("\"advertisingId\""u8.ToArray(), IdentifierVocabulary.BuiltIn.Kinds[IdentifierKind.AdvertisingId - 1]),
    ];

    private static readonly byte[][] Names = ["\"userId\""u8.ToArray(), "\"anonymousId\""u8.ToArray(), "\"previousId\""u8.ToArray()];

    /// <summary>
    /// The keys of each value: ids as a user id and as an anonymous id, since an alias may carry either; e-mail, phone and advertising id as what
    /// they are.
    /// </summary>
    public static IReadOnlyCollection<UInt128> Keys(KeyHasher hasher, ReadOnlySpan<byte> body)
    {
        var keys = new HashSet<UInt128>();
        Span<byte> text = stackalloc byte[ParserLimits.TextBytes];
        foreach (var name in Names)
        {
            for (var rest = body; Next(ref rest, name, text, out var length);)
            {
                Add(keys, hasher, text[..length], isUser: true);
                Add(keys, hasher, text[..length], isUser: false);
            }
        }

        foreach (var (name, kind) in Further)
        {
            for (var rest = body; Next(ref rest, name, text, out var length);)
            {
                if (kind.KeyOf(hasher, text[..length]) is var key && key != default)
                {
                    keys.Add(key);
                }
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

    /// <summary>Moves behind the next such name; its value is empty when it is no text or number. False when there is none.</summary>
    private static bool Next(ref ReadOnlySpan<byte> rest, byte[] name, scoped Span<byte> text, out int length)
    {
        length = 0;
        var at = rest.IndexOf(name);
        if (at < 0)
        {
            return false;
        }

        rest = rest[(at + name.Length)..];
        var value = rest.TrimStart(" \t\r\n"u8);
        if (!value.IsEmpty && value[0] == ':')
        {
            length = Read(value[1..].TrimStart(" \t\r\n"u8), text);
        }

        return true;
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
