using System.Text.Json;
using System.Text.Unicode;

namespace Personalization.Kernel.Json;

/// <summary>
/// Names and texts of JSON that was taken as it came, for whoever reads it token by token. An event may hold half a surrogate pair, which the reader's own comparison
/// and copy answer with an exception: one event would stop all that reads over it. For those who read it as a whole there is <see cref="StoredJson"/>.
/// </summary>
internal static class ReaderText
{
    /// <summary>Whether the reader stands at this name or text. What is no text is none that anybody asks for.</summary>
    public static bool IsText(this ref Utf8JsonReader reader, ReadOnlySpan<byte> text) =>
        reader.ValueIsEscaped ? reader.IsReadable() && reader.ValueTextEquals(text) : reader.ValueSpan.SequenceEqual(text);

    /// <summary>Whether the name or text that the reader stands at can be taken out of it.</summary>
    public static bool IsReadable(this ref Utf8JsonReader reader) =>
        (!reader.ValueIsEscaped || BodyJson.HalfPair(reader.ValueSpan, 0) < 0) && Utf8.IsValid(reader.ValueSpan);
}
