using System.Text.Json;
using Personalization.Host.Demo.Shoppers;

namespace Personalization.Host.Demo;

/// <summary>The body of <c>POST /v1/batch</c>.</summary>
internal static class SegmentBatch
{
    public static byte[] Write(IReadOnlyList<SimulatedEvent> events, DateTimeOffset sentAt)
    {
        using var stream = new MemoryStream(events.Count * 800);
        using (var json = new Utf8JsonWriter(stream))
        {
            json.WriteStartObject();
            json.WriteString("sentAt", sentAt.ToString("yyyy-MM-ddTHH:mm:ss.fffZ"));
            json.WriteStartArray("batch");
            foreach (var simulated in events)
            {
                json.WriteRawValue(simulated.Json, skipInputValidation: true);
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }

        return stream.ToArray();
    }
}
