using System.Text.Json;
using System.Text.Unicode;
using Personalization.Kernel.Json;

namespace Personalization.Features.Domain.History;

/// <summary>A value that was found in an event's JSON; a text is where it stands there.</summary>
internal struct FoundValue
{
    public ScalarKind Kind;
    public bool IsEscaped;
    public int Start;
    public int Length;
    public double Number;

    /// <summary>
    /// The text without its escapes, at most <see cref="Scalar.MaxTextBytes"/>, cut at a character. False for one that is no UTF-8.
    /// </summary>
    /// <param name="json">Where it was found.</param>
    /// <param name="room">For a text with escapes: <see cref="RoomBytes"/>.</param>
    /// <param name="text">Lies in one of both.</param>
    public readonly bool TryGetText(ReadOnlySpan<byte> json, Span<byte> room, out ReadOnlySpan<byte> text)
    {
        text = json.Slice(Start, Length);
        if (IsEscaped)
        {
            text = room[..JsonText.Unescape(text[..WholeEscapes(text)], room, out _)];
        }

        text = Cut(text);
        return Utf8.IsValid(text);
    }

    /// <summary>Room to unescape in: enough for a text of the longest that is kept, however it is written.</summary>
    public const int RoomBytes = 812;

    /// <summary>
    /// A prefix that ends between characters: six bytes for each is the longest way to write one, and of a text that is longer only the
    /// beginning is kept.
    /// </summary>
    private static int WholeEscapes(ReadOnlySpan<byte> text)
    {
        var at = 0;
        while (at < text.Length && at < RoomBytes - 12)
        {
            at += text[at] != '\\' ? 1 : text[at + 1] == 'u' ? 6 : 2;
        }

        return at;
    }

    private static ReadOnlySpan<byte> Cut(ReadOnlySpan<byte> text)
    {
        if (text.Length <= Scalar.MaxTextBytes)
        {
            return text;
        }

        var length = Scalar.MaxTextBytes;
        while (length > 0 && (text[length] & 0xC0) == 0x80)
        {
            length--;
        }

        return text[..length];
    }
}

/// <summary>Looks for paths in a JSON object. Allocates nothing.</summary>
internal static class PropertyScan
{
    /// <summary>
    /// Puts each value that a path leads to into its place. Objects and arrays at its end are no value, and neither is null; of a name that
    /// stands twice the last counts, as in JSON.parse.
    /// </summary>
    /// <param name="json">One object, well-formed: the parser has read it.</param>
    /// <param name="root">What is looked for.</param>
    /// <param name="found">By key; untouched where nothing was found.</param>
    public static void Read(ReadOnlySpan<byte> json, PropertyNode root, Span<FoundValue> found)
    {
        if (json.IsEmpty || root.IsLeaf)
        {
            return;
        }

        var reader = new Utf8JsonReader(json);
        if (reader.Read() && reader.TokenType == JsonTokenType.StartObject)
        {
            ReadObject(ref reader, root, found);
        }
    }

    /// <summary>As deep as the deepest path, never deeper.</summary>
    private static void ReadObject(ref Utf8JsonReader reader, PropertyNode node, Span<FoundValue> found)
    {
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var child = node.Find(ref reader);
            reader.Read();
            if (child is null)
            {
                reader.Skip();
                continue;
            }

            Clear(child, found);
            if (child.Key >= 0)
            {
                found[child.Key] = ValueAt(ref reader);
            }

            if (reader.TokenType == JsonTokenType.StartObject && !child.IsLeaf)
            {
                ReadObject(ref reader, child, found);
            }
            else
            {
                reader.Skip();
            }
        }
    }

    /// <summary>The scalar that the reader stands at; none for anything else, and for a number that no double holds.</summary>
    public static FoundValue ValueAt(ref Utf8JsonReader reader)
    {
        switch (reader.TokenType)
        {
            case JsonTokenType.True:
                return new FoundValue { Kind = ScalarKind.True };
            case JsonTokenType.False:
                return new FoundValue { Kind = ScalarKind.False };
            case JsonTokenType.Number:
                return Utf8Number.TryParse(reader.ValueSpan, out var number) ? new FoundValue { Kind = ScalarKind.Number, Number = number } : default;
            case JsonTokenType.String:
                return new FoundValue
                {
                    Kind = ScalarKind.Text,
                    Start = (int)reader.TokenStartIndex + 1,
                    Length = reader.ValueSpan.Length,
                    IsEscaped = reader.ValueIsEscaped,
                };
            default:
                return default;
        }
    }

    private static void Clear(PropertyNode node, Span<FoundValue> found)
    {
        if (node.Key >= 0)
        {
            found[node.Key] = default;
        }

        foreach (var child in node.All)
        {
            Clear(child, found);
        }
    }
}
