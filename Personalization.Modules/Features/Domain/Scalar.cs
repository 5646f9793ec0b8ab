using System.Text;

namespace Personalization.Features.Domain;

/// <summary>What kind of value a <see cref="Scalar"/> is. Stored by number: numbers stay.</summary>
internal enum ScalarKind : byte
{
    /// <summary>Absent, or JSON null.</summary>
    None,
    False,
    True,
    Number,
    Text,
}

/// <summary>
/// A value of a property, trait or feature. Texts are UTF-8 in a buffer of whoever holds the value: nothing that a shopper typed is
/// kept in a table of all shoppers, where it could not be erased.
/// </summary>
internal readonly struct Scalar
{
    /// <summary>UTF-8 bytes of a text that are kept; a longer one is cut at a character.</summary>
    public const int MaxTextBytes = 128;

    private readonly double _number;
    private readonly int _start;
    private readonly int _length;

    private Scalar(ScalarKind kind, double number = 0, int start = 0, int length = 0) =>
        (Kind, _number, _start, _length) = (kind, number, start, length);

    public ScalarKind Kind { get; }

    /// <summary>Of a <see cref="ScalarKind.Number"/>; finite.</summary>
    public double AsNumber => _number;

    public static Scalar None => default;

    public static Scalar Of(bool value) => new(value ? ScalarKind.True : ScalarKind.False);

    /// <summary>Not a number is no value.</summary>
    public static Scalar Of(double value) => double.IsFinite(value) ? new Scalar(ScalarKind.Number, value) : default;

    /// <summary>A text that lies in a buffer.</summary>
    public static Scalar OfText(int start, int length) => new(ScalarKind.Text, start: start, length: length);

    /// <summary>The text, out of the buffer that it lies in.</summary>
    public ReadOnlySpan<byte> TextIn(ReadOnlySpan<byte> buffer) => buffer.Slice(_start, _length);

    /// <summary>Where a text lies, in one number.</summary>
    internal ulong Place => ((ulong)(uint)_start << 32) | (uint)_length;

    internal static ReadOnlySpan<byte> TextAt(ulong place, ReadOnlySpan<byte> buffer) => buffer.Slice((int)(place >> 32), (int)(uint)place);

    public string ToString(ReadOnlySpan<byte> buffer) => Kind switch
    {
        ScalarKind.Text => Encoding.UTF8.GetString(TextIn(buffer)),
        ScalarKind.Number => _number.ToString("R", System.Globalization.CultureInfo.InvariantCulture),
        ScalarKind.True => "true",
        ScalarKind.False => "false",
        _ => "",
    };
}
