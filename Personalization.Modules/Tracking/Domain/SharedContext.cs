using System.Buffers;
using System.Text.Json;
using Personalization.Tracking.Contracts;

namespace Personalization.Tracking.Domain;

/// <summary>
/// What may stay of a request's shared <c>context</c> once one of several people in the request is to be forgotten: it applies to all of
/// them and may speak of any. Only what the others' events are read with stays, their session and what they decided about consent,
/// without which a replay would read them otherwise.
/// </summary>
internal static class SharedContext
{
    /// <summary>Writes the object without everything else. Nothing at all when nothing is left, or when it cannot be read.</summary>
    public static void WriteWithoutPerson(ReadOnlySpan<byte> context, IBufferWriter<byte> output)
    {
        var kept = new ArrayBufferWriter<byte>();
        if (!context.IsEmpty && TryKeep(context, kept))
        {
            output.Write(kept.WrittenSpan);
        }
    }

    /// <inheritdoc cref="WriteWithoutPerson"/>
    public static byte[] WithoutPerson(ReadOnlySpan<byte> context)
    {
        var kept = new ArrayBufferWriter<byte>();
        WriteWithoutPerson(context, kept);
        return kept.WrittenSpan.ToArray();
    }

    /// <summary>The same in place, for a request that is not written yet.</summary>
    public static void RemovePerson(EventBatch batch)
    {
        if (!batch.SharedContext.IsEmpty)
        {
            // A copy: the batch's buffer may move while it is written to.
            var kept = WithoutPerson(batch.Text(batch.SharedContext));
            var start = batch.BufferLength;
            ((IBufferWriter<byte>)batch).Write(kept);
            batch.SharedContext = new Utf8Slice(start, kept.Length);
        }
    }

    private static bool TryKeep(ReadOnlySpan<byte> context, ArrayBufferWriter<byte> kept)
    {
        try
        {
            var reader = new Utf8JsonReader(context);
            if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject)
            {
                return false;
            }

            using var json = new Utf8JsonWriter(kept);
            var any = false;
            json.WriteStartObject();
            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                var isRead = ContextReader.IsRead(ref reader);
                var name = isRead ? reader.GetString()! : "";
                reader.Read();
                var start = (int)reader.TokenStartIndex;
                reader.Skip();
                if (isRead)
                {
                    json.WritePropertyName(name);
                    json.WriteRawValue(context[start..(int)reader.BytesConsumed], skipInputValidation: true);
                    any = true;
                }
            }

            json.WriteEndObject();
            return any;
        }
        catch (JsonException)
        {
            // A damaged file: of what cannot be read nothing is known to be harmless.
            return false;
        }
    }
}
