using System.Text;
using System.Text.Json;
using System.Text.Unicode;

namespace Personalization.Kernel.Json;

/// <summary>
/// JSON that was taken as it came: an event may hold half a surrogate pair, from a client that cut a text in the middle of an emoji. Whoever reads or writes such
/// a text would break off, so it is read with U+FFFD in the place of what is no text, as everywhere at the door.
/// </summary>
internal static class StoredJson
{
    /// <returns>A value that does not need the bytes any more, and whose every name and text can be read.</returns>
    /// <exception cref="JsonException">It is not JSON.</exception>
    public static JsonElement Parse(ReadOnlySpan<byte> json)
    {
        var half = BodyJson.HalfPair(json, 0);
        if (half < 0 && Utf8.IsValid(json))
        {
            return JsonElement.Parse(json);
        }

        var mended = json.ToArray();
        for (; half >= 0; half = BodyJson.HalfPair(mended, half))
        {
            "\\ufffd"u8.CopyTo(mended.AsSpan(half));
        }

        return JsonElement.Parse(Utf8.IsValid(mended) ? mended : Encoding.UTF8.GetBytes(Encoding.UTF8.GetString(mended)));
    }
}
