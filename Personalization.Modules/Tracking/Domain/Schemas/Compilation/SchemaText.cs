using System.Text.Json;
using System.Text.Unicode;
using Personalization.Kernel.Json;

namespace Personalization.Tracking.Domain.Schemas.Compilation;

/// <summary>Reads the text of a schema.</summary>
internal static class SchemaText
{
    private const int OnStack = 1024;

    /// <returns>The document; null when it cannot be read, which is an error.</returns>
    public static JsonElement? Read(ReadOnlyMemory<byte> utf8, SchemaLimits limits, SchemaErrors errors, string address)
    {
        if (utf8.Length > limits.Bytes)
        {
            errors.Add(address, $"The schema has {utf8.Length} bytes; it may have {limits.Bytes}.");
            return null;
        }

        if (!Utf8.IsValid(utf8.Span))
        {
            errors.Add(address, "The schema is not UTF-8.");
            return null;
        }

        try
        {
            var root = JsonElement.Parse(utf8.Span, new JsonDocumentOptions { MaxDepth = SchemaLimits.Depth });
            if (HasBrokenText(utf8.Span))
            {
                errors.Add(address, "A text of the schema holds half a surrogate pair.");
                return null;
            }

            return root;
        }
        catch (JsonException error)
        {
            errors.Add(address, $"The schema is not JSON, or is nested deeper than {SchemaLimits.Depth} levels: {error.Message}");
            return null;
        }
    }

    /// <summary>A name as <c>$anchor</c> takes it: an XML NCName in ASCII.</summary>
    public static bool IsAnchor(string name) =>
        name.Length > 0 && (char.IsAsciiLetter(name[0]) || name[0] == '_') &&
        name.AsSpan().IndexOfAnyExcept(AnchorLetters) < 0;

    private static readonly System.Buffers.SearchValues<char> AnchorLetters =
        System.Buffers.SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.");

    /// <summary>Such a text cannot be made a string, so that everything behind here need not expect it.</summary>
    private static bool HasBrokenText(ReadOnlySpan<byte> json)
    {
        var reader = new Utf8JsonReader(json, new JsonReaderOptions { MaxDepth = SchemaLimits.Depth });
        Span<byte> room = stackalloc byte[OnStack];
        while (reader.Read())
        {
            if (reader.TokenType is JsonTokenType.String or JsonTokenType.PropertyName && reader.ValueIsEscaped)
            {
                var text = reader.ValueSpan;
                JsonText.Unescape(text, text.Length <= OnStack ? room : new byte[text.Length], out var isBroken);
                if (isBroken)
                {
                    return true;
                }
            }
        }

        return false;
    }
}
