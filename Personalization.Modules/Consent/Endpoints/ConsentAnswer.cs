using System.Buffers;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Personalization.Consent.Contracts;
using Personalization.Consent.Domain;
using Personalization.Identity.Contracts;

namespace Personalization.Consent.Endpoints;

/// <summary>What counts for a shopper now: each purpose with its verdict, reason, ground, since when and until when.</summary>
internal sealed class ConsentAnswer(
    ConsentStore store, ConsentLedger ledger, JurisdictionDirectory jurisdictions, IPersonDirectory people)
{
    /// <summary>Statements that are looked through for when a purpose was last spoken of.</summary>
    private const int MaxStatements = 100;

    /// <summary>A browser hears that its statement counts, not what is known of the shopper: its key is public.</summary>
    public static Task WriteRecordedAsync(HttpContext context, bool hasGpc) => WriteAsync(context, json =>
    {
        json.WriteBoolean("isRecorded", true);
        if (hasGpc)
        {
            WriteGpc(json);
        }
    });

    public Task WriteAsync(HttpContext context, int profileId) => WriteAsync(context, json => WriteState(json, profileId));

    /// <summary>With the history: one page, newest first, and where the next one begins.</summary>
    public Task WriteWithHistoryAsync(HttpContext context, int profileId, long before, int limit) => WriteAsync(context, json =>
    {
        WriteState(json, profileId);
        var page = ledger.Newest(people.GroupOf(profileId), before, limit + 1);
        json.WriteStartArray("history");
        foreach (var entry in page.Take(limit))
        {
            LedgerJson.Write(json, entry);
        }

        json.WriteEndArray();
        if (page.Count > limit)
        {
            json.WriteNumber("nextBefore", page[limit - 1].Offset);
        }
    });

    public static void WriteGpc(Utf8JsonWriter json) => json.WriteString("gpc", "honoured");

    private static Task WriteAsync(HttpContext context, Action<Utf8JsonWriter> write)
    {
        var body = new ArrayBufferWriter<byte>(1024);
        using (var json = new Utf8JsonWriter(body))
        {
            json.WriteStartObject();
            write(json);
            json.WriteEndObject();
        }

        context.Response.ContentType = "application/json; charset=utf-8";
        context.Response.ContentLength = body.WrittenCount;
        context.Response.Headers.CacheControl = "no-store";
        return context.Response.Body.WriteAsync(body.WrittenMemory, context.RequestAborted).AsTask();
    }

    private void WriteState(Utf8JsonWriter json, int profileId)
    {
        var state = store.Find(profileId);
        var history = ledger.Newest(people.GroupOf(profileId), long.MaxValue, MaxStatements);
        json.WriteNumber("profileId", profileId);
        json.WriteString("jurisdiction", (state?.Jurisdiction ?? jurisdictions.Default).Name);
        json.WriteBoolean("isNonProfiling", state?.IsNonProfiling == true);
        if (state?.HasGpc == true)
        {
            WriteGpc(json);
        }

        json.WriteStartObject("purposes");
        foreach (var purpose in PurposeBits.Each)
        {
            json.WritePropertyName(PurposeBits.Names[PurposeBits.IndexOf(purpose)]);
            WritePurpose(json, profileId, purpose, state, history);
        }

        json.WriteEndObject();
    }

    private void WritePurpose(Utf8JsonWriter json, int profileId, Purposes purpose, ConsentState? state, IReadOnlyList<LedgerEntry> history)
    {
        var verdict = store.May(profileId, purpose);
        var isStated = ((state?.Stated ?? 0) & (byte)purpose) != 0;
        var said = isStated ? history.FirstOrDefault(entry => (entry.Stated & purpose) != Purposes.None) : null;
        json.WriteStartObject();
        json.WriteBoolean("isAllowed", verdict.IsAllowed);
        json.WriteString("reason", LedgerJson.Snake(verdict.Reason));
        json.WriteString("state", !isStated ? "unknown" : (state!.Granted & (byte)purpose) != 0 ? "granted" : "denied");
        json.WriteString("basis", LedgerJson.Snake(
            isStated ? said?.Basis ?? LawfulBasis.None : (state?.Jurisdiction ?? jurisdictions.Default).BasisOf(purpose)));
        if (said is not null)
        {
            json.WriteString("since", DateTimeOffset.FromUnixTimeMilliseconds(said.TimestampMs));
        }

        if (state?.ExpiresAtMs is { } ends && ends[PurposeBits.IndexOf(purpose)] is var end and not long.MaxValue)
        {
            json.WriteString("expiresAt", DateTimeOffset.FromUnixTimeMilliseconds(end));
        }

        json.WriteEndObject();
    }
}
