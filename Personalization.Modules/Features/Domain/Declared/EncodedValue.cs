using System.Buffers.Binary;
using Personalization.Features.Contracts;
using Personalization.Features.Domain.History;

namespace Personalization.Features.Domain.Declared;

/// <summary>Texts of numbers that values are.</summary>
internal interface IValueTexts
{
    string OfItem(int item);

    string OfTerm(int term);

    string OfEventName(int name);
}

/// <summary>Texts as the catalogue and the directory of event names have them.</summary>
internal sealed class ValueTexts(ICatalog catalog, IEventNames names) : IValueTexts
{
    public string OfItem(int item) => catalog.IdOf(item);

    public string OfTerm(int term) => catalog.TermOf(term);

    public string OfEventName(int name) => names[name];
}

/// <summary>
/// A value that a feature keeps, as bytes: a kind and what it takes. Items and terms are their numbers; a text that a shopper typed is
/// itself, so that it goes when their state goes. Equal values are equal bytes.
/// </summary>
internal static class EncodedValue
{
    /// <summary>Bytes of the longest: a text and its kind.</summary>
    public const int MaxBytes = 1 + Scalar.MaxTextBytes;
    private const byte Item = 16;
    private const byte Term = 17;
    private const byte EventName = 18;

    /// <returns>Bytes written; 0 for no value.</returns>
    public static int OfScalar(Scalar value, ReadOnlySpan<byte> text, Span<byte> room)
    {
        room[0] = (byte)value.Kind;
        switch (value.Kind)
        {
            case ScalarKind.False or ScalarKind.True:
                return 1;
            case ScalarKind.Number:
                // Both zeros are one value.
                BinaryPrimitives.WriteDoubleLittleEndian(room[1..], value.AsNumber == 0 ? 0 : value.AsNumber);
                return 9;
            case ScalarKind.Text:
                var bytes = value.TextIn(text);
                bytes.CopyTo(room[1..]);
                return 1 + bytes.Length;
            default:
                return 0;
        }
    }

    public static int OfItem(int item, Span<byte> room) => OfNumber(Item, item, room);

    public static int OfTerm(int term, Span<byte> room) => OfNumber(Term, term, room);

    public static int OfEventName(int name, Span<byte> room) => OfNumber(EventName, name, room);

    /// <summary>As conditions and people see it: items and terms by their text, which is written to the room.</summary>
    public static Scalar ToScalar(ReadOnlySpan<byte> value, IValueTexts texts, Span<byte> room)
    {
        if (value.IsEmpty)
        {
            return default;
        }

        return value[0] switch
        {
            (byte)ScalarKind.False => Scalar.Of(false),
            (byte)ScalarKind.True => Scalar.Of(true),
            (byte)ScalarKind.Number => Scalar.Of(BinaryPrimitives.ReadDoubleLittleEndian(value[1..])),
            (byte)ScalarKind.Text => Text(value[1..], room),
            Item => Text(texts.OfItem(NumberOf(value)), room),
            Term => Text(texts.OfTerm(NumberOf(value)), room),
            _ => Text(texts.OfEventName(NumberOf(value)), room),
        };
    }

    private static int OfNumber(byte kind, int number, Span<byte> room)
    {
        if (number < 0)
        {
            return 0;
        }

        room[0] = kind;
        BinaryPrimitives.WriteInt32LittleEndian(room[1..], number);
        return 5;
    }

    private static int NumberOf(ReadOnlySpan<byte> value) => BinaryPrimitives.ReadInt32LittleEndian(value[1..]);

    private static Scalar Text(ReadOnlySpan<byte> text, Span<byte> room)
    {
        text.CopyTo(room);
        return Scalar.OfText(0, text.Length);
    }

    /// <summary>An item's id may be longer than a value: it is cut at a character, as texts of shoppers are.</summary>
    private static Scalar Text(string text, Span<byte> room)
    {
        System.Text.Unicode.Utf8.FromUtf16(text, room[..Math.Min(room.Length, Scalar.MaxTextBytes)], out _, out var written);
        return Scalar.OfText(0, written);
    }
}
