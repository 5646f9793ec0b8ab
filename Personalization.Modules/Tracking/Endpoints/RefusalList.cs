using System.Buffers;
using System.Text.Json;
using Personalization.Tracking.Contracts;

namespace Personalization.Tracking.Endpoints;

/// <summary>Tells a client's developer which events of a batch were refused, and why. The events themselves are not repeated.</summary>
internal static class RefusalList
{
    /// <summary>More than these are alike, and nobody reads them.</summary>
    private const int MaxListed = 20;

    /// <summary>
    /// <c>{"success":true,"refused":[{"index":3,"reason":"IdentityMissing","location":"/userId","detail":"…"}]}</c>: success because the
    /// others were taken. Index counts from 0, location is a JSON pointer into the event.
    /// </summary>
    public static ReadOnlySpan<byte> Write(EventBatch batch)
    {
        var buffer = new ArrayBufferWriter<byte>(512);
        using var json = new Utf8JsonWriter(buffer);
        json.WriteStartObject();
        json.WriteBoolean("success"u8, true);
        json.WriteStartArray("refused"u8);
        foreach (var refusal in batch.Refusals.Take(MaxListed))
        {
            json.WriteStartObject();
            json.WriteNumber("index"u8, refusal.Index);
            json.WriteString("reason"u8, refusal.Reason.ToString());
            json.WriteString("location"u8, refusal.Location);
            json.WriteString("detail"u8, refusal.Describe());
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteNumber("refusedCount"u8, batch.Refusals.Count);
        json.WriteEndObject();
        json.Flush();
        return buffer.WrittenSpan;
    }
}
