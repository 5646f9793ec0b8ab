using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;
using Personalization.Kernel.Json;

namespace Personalization.Tracking.Domain.Schemas;

/// <summary>Texts of an instance as UTF-8 without escapes. Half a surrogate pair counts as U+FFFD, as everywhere at the door.</summary>
internal static class InstanceText
{
    public static ReadOnlySpan<byte> Of(JsonElement text) => Plain(JsonMarshal.GetRawUtf8Value(text)[1..^1]);

    public static ReadOnlySpan<byte> NameOf(JsonProperty property) => Plain(JsonMarshal.GetRawUtf8PropertyName(property));

    public static ReadOnlySpan<byte> NumberOf(JsonElement number) => JsonMarshal.GetRawUtf8Value(number);

    /// <summary>Code points of valid UTF-8: every byte but those that continue one.</summary>
    public static int CodePoints(ReadOnlySpan<byte> text)
    {
        var count = 0;
        foreach (var letter in text)
        {
            count += (letter & 0xC0) == 0x80 ? 0 : 1;
        }

        return count;
    }

    public static string Text(ReadOnlySpan<byte> text) => Encoding.UTF8.GetString(text);

    private static ReadOnlySpan<byte> Plain(ReadOnlySpan<byte> raw)
    {
        if (raw.IndexOf((byte)'\\') < 0)
        {
            return raw;
        }

        var plain = new byte[raw.Length];
        return plain.AsSpan(0, JsonText.Unescape(raw, plain, out _));
    }
}
