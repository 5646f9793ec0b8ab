using System.Buffers;
using System.Text.Json;
using Personalization.Tracking.Contracts;

namespace Personalization.Consent.Pipeline;

/// <summary>
/// Writes a statement as the event that it is: through the log, so that replays, merges and erasure know of it like of any other. Completes
/// when it has taken effect.
/// </summary>
internal sealed class StatementWriter(IEventWriter events, TimeProvider time)
{
    /// <summary>Source of statements that came with a server key.</summary>
    public const string ServerSource = "consent-api";

    /// <param name="userId">Either identifier may be empty, not both.</param>
    /// <param name="anonymousId">The other.</param>
    /// <param name="source">Name of the source.</param>
    /// <param name="writeConsent">Writes the fields of <c>context.consent</c>.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    public ValueTask<EventWriteResult> WriteAsync(
        string userId, string anonymousId, string source, Action<Utf8JsonWriter> writeConsent, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        var body = new ArrayBufferWriter<byte>(512);
        using (var json = new Utf8JsonWriter(body))
        {
            json.WriteStartObject();
            json.WriteStartArray("batch");
            json.WriteStartObject();
            json.WriteString("type", "track");
            json.WriteString("event", "Consent Updated");
            json.WriteString("messageId", Guid.CreateVersion7(now));
            json.WriteString("timestamp", now);
            WriteId(json, "userId", userId);
            WriteId(json, "anonymousId", anonymousId);
            json.WriteStartObject("context");
            json.WriteStartObject("consent");
            writeConsent(json);
            json.WriteEndObject();
            json.WriteEndObject();
            json.WriteEndObject();
            json.WriteEndArray();
            json.WriteEndObject();
        }

        return events.WriteAsync(body.WrittenMemory, source, EventOrigin.Live, cancellationToken);
    }

    private static void WriteId(Utf8JsonWriter json, string name, string value)
    {
        if (value.Length > 0)
        {
            json.WriteString(name, value);
        }
    }
}
