namespace Personalization.Consent.Domain.Residency;

/// <summary>A country's two letters in two bytes, upper case; 0 for none.</summary>
internal readonly record struct CountryCode(ushort Value)
{
    public bool IsNone => Value == 0;

    /// <summary>Two ASCII letters; none for anything else.</summary>
    public static CountryCode Parse(ReadOnlySpan<byte> text) =>
        text.Length == 2 && char.IsAsciiLetter((char)text[0]) && char.IsAsciiLetter((char)text[1])
            ? new CountryCode((ushort)(((text[0] & 0xDF) << 8) | (text[1] & 0xDF)))
            : default;

    public static CountryCode Parse(string text) => Parse(System.Text.Encoding.ASCII.GetBytes(text));

    public override string ToString() => IsNone ? "" : $"{(char)(Value >> 8)}{(char)(Value & 0xFF)}";
}
