using System.Text.Json;
using Microsoft.Extensions.Options;
using Personalization.Consent.Domain.Rights;
using Personalization.Kernel.Json;
using Personalization.Kernel.Privacy;
using Personalization.Tracking.Contracts;

namespace Personalization.Consent.Pipeline.Rights;

/// <summary>
/// Writes a person's copy: one JSON object, streamed. What the person provided or was observed doing (Art. 20 GDPR) is marked as portable
/// and is all that a request for portability gets; the rest is what was concluded from it, and what is to be told of the processing (Art. 15).
/// </summary>
internal sealed class AccessBundle(ISubjectAccess access, IEventReader events, TimeProvider time, IOptions<RightsOptions> options)
{
    private const int FlushAtBytes = 64 * 1024;

    /// <summary>Writes the bundle and returns whom it is about and how many events it holds.</summary>
    public async Task<(ErasureSubject Subject, long Events)> WriteAsync(
        RightsRequest request, Func<ErasureSubject> find, Stream target, CancellationToken cancellationToken)
    {
        await using var json = new Utf8JsonWriter(target, new JsonWriterOptions { Indented = false });
        json.WriteStartObject();
        WriteManifest(json, request);
        var subject = await WriteStoresAsync(json, request.Type, find, cancellationToken);
        var summary = new EventSummary();
        var count = await WriteEventsAsync(json, subject, summary, cancellationToken);
        summary.Write(json);
        json.WriteEndObject();
        await json.FlushAsync(cancellationToken);
        return (subject, count);
    }

    private void WriteManifest(Utf8JsonWriter json, RightsRequest request)
    {
        var settings = options.Value;
        json.WriteStartObject("manifest");
        json.WriteString("format", "personalization-access-1");
        json.WriteString("request", request.Id);
        json.WriteString("type", request.Type.ToString().ToLowerInvariant());
        json.WriteString("regulation", request.Regulation);
        json.WriteString("controller", settings.ControllerId);
        json.WriteString("processor", settings.ProcessorDomain);
        json.WriteString("generatedAt", time.GetUtcNow());
        WriteTexts(json, "portable", ["identifiers", "events", "consentHistory"]);
        json.WriteEndObject();
        if (request.Type == RightsType.Access)
        {
            WriteInformation(json, settings);
        }
    }

    private static void WriteInformation(Utf8JsonWriter json, RightsOptions settings)
    {
        json.WriteStartObject("information");
        json.WriteString("sources", "Pages, apps and servers of the shop, files that it imported, and changes of its own databases; each event of the bundle names its call.");
        json.WriteString(
            "logic",
            "Which items are shown is computed from what shoppers did: items that were viewed or bought in sessions like yours, items that go together " +
            "with those you looked at, categories and brands by how often and how recently you dealt with them, and what is popular with everybody. " +
            "What you did long ago counts less. Items that are sold out, or that you have just bought, are left out. Without your consent to " +
            "profiling nothing of that is read, and what is popular or belongs to the page is shown. No decision with legal or similar effects is made.");
        json.WriteString("inferred", "Under stores, whatever is called inferred, and the sessions kept for comparison, were concluded or derived from your events.");
        json.WriteStartObject("retention");
        json.WriteString("events", "Until they are erased, on request or by the shop's own term.");
        json.WriteString("requests", $"{settings.EvidenceDays} days after they were received, as evidence, without your identifiers.");
        json.WriteString("exports", $"{settings.ExportHours} hours, then they are deleted.");
        json.WriteEndObject();
        WriteTexts(json, "recipients", settings.Recipients.Select(recipient => recipient.Name));
        WriteTexts(json, "rights", ["rectification", "erasure", "restriction", "objection", "portability", "complaint to a supervisory authority"]);
        json.WriteStartObject("ofTheController");
        foreach (var (title, text) in settings.Information)
        {
            json.WriteString(title, text);
        }

        json.WriteEndObject();
        json.WriteEndObject();
    }

    /// <summary>At rest, so that all stores speak of one moment.</summary>
    private async Task<ErasureSubject> WriteStoresAsync(
        Utf8JsonWriter json, RightsType type, Func<ErasureSubject> find, CancellationToken cancellationToken)
    {
        if (type != RightsType.Access)
        {
            return (await access.CountAsync(find, cancellationToken)).Subject;
        }

        json.WritePropertyName("stores");
        return await access.ExportAsync(find, json, cancellationToken);
    }

    /// <summary>In the order of the log, which is the order of arrival.</summary>
    private async Task<long> WriteEventsAsync(Utf8JsonWriter json, ErasureSubject subject, EventSummary summary, CancellationToken cancellationToken)
    {
        var count = 0L;
        json.WriteStartArray("events");
        await foreach (var stored in events.ReadAsync(subject.Offsets, cancellationToken))
        {
            json.WriteStartObject();
            json.WriteNumber("offset", stored.Offset);
            json.WriteString("receivedAt", DateTimeOffset.FromUnixTimeMilliseconds(stored.ReceivedAtMs));
            json.WriteString("timestamp", DateTimeOffset.FromUnixTimeMilliseconds(stored.TimestampMs));
            WriteEvent(json, stored, summary);
            json.WriteEndObject();
            count++;
            if (json.BytesPending > FlushAtBytes)
            {
                await json.FlushAsync(cancellationToken);
            }
        }

        json.WriteEndArray();
        return count;
    }

    /// <summary>As it was received, byte by byte. What is no text is given out all the same: one event must not keep a person from their copy.</summary>
    private static void WriteEvent(Utf8JsonWriter json, StoredEvent stored, EventSummary summary)
    {
        if (!System.Text.Unicode.Utf8.IsValid(stored.Json.Span))
        {
            json.WriteBase64String("eventBase64", stored.Json.Span);
            return;
        }

        summary.Add(stored, StoredJson.Parse(stored.Json.Span));
        json.WritePropertyName("event");
        json.WriteRawValue(stored.Json.Span);
    }

    private static void WriteTexts(Utf8JsonWriter json, string name, IEnumerable<string> texts)
    {
        json.WriteStartArray(name);
        foreach (var text in texts)
        {
            json.WriteStringValue(text);
        }

        json.WriteEndArray();
    }
}
