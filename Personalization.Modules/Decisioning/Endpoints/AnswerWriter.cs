using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Personalization.Consent.Contracts;
using Personalization.Decisioning.Contracts;
using Personalization.Decisioning.Domain;
using Personalization.Tracking.Contracts;

namespace Personalization.Decisioning.Endpoints;

/// <summary>Writes an answer as JSON by hand: the shape is small and fixed, and this is the hottest thing the server does.</summary>
internal static class AnswerWriter
{
    private const int UsualLength = 4096;

    // Read as application/json, never as HTML: escaping for HTML would only cost time and bytes.
    private static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true };

    private static readonly JsonEncodedText[] Reasons =
        [.. Enum.GetNames<ReasonCode>().Select(name => JsonEncodedText.Encode(JsonNamingPolicy.SnakeCaseLower.ConvertName(name)))];

    private static readonly JsonEncodedText[] ConsentReasons =
        [.. Enum.GetNames<ConsentReason>().Select(name => JsonEncodedText.Encode(JsonNamingPolicy.SnakeCaseLower.ConvertName(name)))];

    [ThreadStatic]
    private static ArrayBufferWriter<byte>? _buffer;

    [ThreadStatic]
    private static Utf8JsonWriter? _writer;

    /// <param name="response">Not begun.</param>
    /// <param name="answer">What to write.</param>
    /// <param name="terms">How.</param>
    public static Task WriteAsync(HttpResponse response, Recommendations answer, in AnswerTerms terms = default)
    {
        if (!AnswerCaching.Allows(answer, terms))
        {
            response.Headers.CacheControl = "no-store";
        }
        else if (AnswerCaching.IsKnown(response, answer, terms.CacheSeconds))
        {
            response.StatusCode = StatusCodes.Status304NotModified;
            return Task.CompletedTask;
        }

        var buffer = _buffer ??= new ArrayBufferWriter<byte>(UsualLength);
        var writer = _writer ??= new Utf8JsonWriter(buffer, Options);
        buffer.ResetWrittenCount();
        writer.Reset(buffer);
        Write(writer, answer, terms);
        writer.Flush();

        response.ContentType = "application/json; charset=utf-8";
        response.ContentLength = buffer.WrittenCount;
        response.BodyWriter.Write(buffer.WrittenSpan);
        return FlushAsync(response);
    }

    internal static void Write(Utf8JsonWriter writer, Recommendations answer, in AnswerTerms terms = default)
    {
        writer.WriteStartObject();
        writer.WriteString("decisionId"u8, answer.DecisionId);
        writer.WriteString("placement"u8, answer.Placement);
        writer.WriteStartArray("items"u8);
        foreach (ref readonly var item in (answer.Items as RecommendedItem[] ?? [.. answer.Items]).AsSpan())
        {
            Write(writer, item, terms);
        }

        writer.WriteEndArray();
        if (answer.Offers is { } offers)
        {
            writer.WriteStartArray("offers"u8);
            foreach (var offer in offers)
            {
                Write(writer, offer);
            }

            writer.WriteEndArray();
        }

        writer.WriteString("modelVersion"u8, answer.ModelVersion);
        writer.WriteBoolean("isPersonalized"u8, answer.IsPersonalized);
        if (answer.NotPersonalizedReason is { } notPersonalized)
        {
            writer.WriteString("notPersonalizedReason"u8, notPersonalized);
        }

        if (answer.FallbackReason is { } fallback)
        {
            writer.WriteString("fallbackReason"u8, fallback);
        }

        Write(writer, "parts"u8, answer.Parts);
        if (answer.MissingParts.Count > 0)
        {
            Write(writer, "missingParts"u8, answer.MissingParts);
        }

        if (terms.IsStale)
        {
            writer.WriteBoolean("isStale"u8, true);
        }

        if (answer.IsKillSwitchOn)
        {
            writer.WriteBoolean("killSwitch"u8, true);
        }

        if (answer.Experiment is { } experiment)
        {
            writer.WriteString("experiment"u8, experiment);
            writer.WriteString("variant"u8, answer.Variant);
        }

        Write(writer, answer.Consent);
        writer.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter writer, ConsentUse use)
    {
        writer.WriteStartObject("consent"u8);
        writer.WriteStartObject("profile"u8);
        Write(writer, use.Profile);
        writer.WriteStartObject("personalise"u8);
        Write(writer, use.Personalise);
        if (use.IsGpcHonoured)
        {
            writer.WriteString("gpc"u8, "honoured"u8);
        }

        writer.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter writer, ConsentVerdict verdict)
    {
        writer.WriteBoolean("isAllowed"u8, verdict.IsAllowed);
        writer.WriteString("reason"u8, ConsentReasons[(int)verdict.Reason]);
        writer.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter writer, ReadOnlySpan<byte> name, IReadOnlyList<string> codes)
    {
        writer.WriteStartArray(name);
        for (var i = 0; i < codes.Count; i++)
        {
            writer.WriteStringValue(codes[i]);
        }

        writer.WriteEndArray();
    }

    private static void Write(Utf8JsonWriter writer, in RecommendedItem item, in AnswerTerms terms)
    {
        writer.WriteStartObject();
        writer.WriteString("id"u8, item.Id);
        writer.WriteNumber("score"u8, item.Score);
        writer.WriteString("reason"u8, Reasons[(int)item.Reason]);
        if (item.BecauseOf is { } becauseOf)
        {
            writer.WriteString("becauseOf"u8, becauseOf);
        }

        if (terms.IsExplained)
        {
            writer.WriteString("explanation"u8, ReasonTexts.Of(item, terms.Catalog));
        }

        writer.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter writer, RecommendedOffer offer)
    {
        writer.WriteStartObject();
        writer.WriteString("id"u8, offer.Id);
        writer.WriteNumber("version"u8, offer.Version);
        writer.WriteString("kind"u8, offer.Kind);
        writer.WriteNumber("score"u8, offer.Score);
        writer.WritePropertyName("payload"u8);
        offer.Payload.WriteTo(writer);
        writer.WriteEndObject();
    }

    private static Task FlushAsync(HttpResponse response)
    {
        var flushed = response.BodyWriter.FlushAsync(response.HttpContext.RequestAborted);
        return flushed.IsCompletedSuccessfully ? Task.CompletedTask : flushed.AsTask();
    }
}
