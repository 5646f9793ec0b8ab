using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Personalization.Kernel.Http;
using Personalization.Kernel.Pipelines;

namespace Personalization.Kernel.Audit;

/// <summary><c>/v1/audit</c>: who did what. Server key required, role <c>auditor</c>.</summary>
internal static class AuditEndpoints
{
    public static readonly Problem InvalidQuery = new("audit/invalid-query", "Some parameters are invalid", StatusCodes.Status400BadRequest);

    private const int ExportPage = 500;

    private static readonly JsonSerializerOptions Lines =
        new(JsonSerializerDefaults.Web) { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static void Map(IEndpointRouteBuilder endpoints)
    {
        var audit = endpoints.MapGroup("/v1/audit").RequireServerKey(ServerRoles.Auditor);
        audit.MapGet("", List).WithName("ListAuditEntries");
        audit.MapGet("/export", (RequestDelegate)ExportAsync).WithName("ExportAuditLog");
        audit.MapGet("/verify", VerifyAsync).WithName("VerifyAuditLog");
    }

    /// <summary>200 with entries, newest first, and the head of the chain; 400.</summary>
    internal static IResult List(
        AuditReader reader,
        string? action = null,
        string? actor = null,
        string? subject = null,
        string? from = null,
        string? to = null,
        long? before = null,
        int limit = 100)
    {
        if (Query(action, actor, subject, from, to) is not { } query || limit is < 1 or > 1_000)
        {
            return InvalidQuery.ToResult("from and to are times such as 2026-01-31T12:00:00Z; limit is 1 to 1000.");
        }

        var entries = reader.Newest(query, before ?? long.MaxValue, limit);
        return TypedResults.Ok(new AuditPage(
            [.. entries.Select(AuditLine.Of)],
            entries.Count == limit && entries[^1].Sequence > 1 ? entries[^1].Sequence : null,
            reader.Head));
    }

    /// <summary>200 with one JSON object a line, oldest first, each with the hashes of the chain; 400. The filters are those of the list.</summary>
    internal static async Task ExportAsync(HttpContext context)
    {
        var asked = context.Request.Query;
        if (Query(asked["action"], asked["actor"], asked["subject"], asked["from"], asked["to"]) is not { } query)
        {
            await InvalidQuery.WriteAsync(context, "from and to are times such as 2026-01-31T12:00:00Z.");
            return;
        }

        var reader = (AuditReader)context.RequestServices.GetService(typeof(AuditReader))!;
        context.Response.ContentType = "application/x-ndjson; charset=utf-8";
        var after = 0L;
        while (reader.Oldest(query, after, ExportPage) is [.., var last] page)
        {
            var text = new StringBuilder();
            foreach (var entry in page)
            {
                text.Append(JsonSerializer.Serialize(AuditLine.Of(entry), Lines)).Append('\n');
            }

            await context.Response.WriteAsync(text.ToString(), context.RequestAborted);
            after = last.Sequence;
        }
    }

    /// <summary>200 with the verdict, whatever it is. <c>head</c> is one that was noted elsewhere, <c>after</c> an entry up to which all is trusted.</summary>
    internal static async Task<IResult> VerifyAsync(AuditLog log, string? head = null, long after = 0)
    {
        var noted = head is null ? null : AuditHead.Parse(head);
        if ((head is not null && noted is null) || after < 0)
        {
            return InvalidQuery.ToResult("head is number:hash as the list gives it; after is the number of an entry.");
        }

        AuditVerdict? verdict = null;
        await BackgroundWork.RunAsync(() => verdict = AuditVerifier.Verify(log.Path, log.AnchorPath, noted, after), "audit-verify");
        return TypedResults.Ok(verdict);
    }

    private static AuditQuery? Query(string? action, string? actor, string? subject, string? from, string? to) =>
        TryTime(from, out var fromMs) && TryTime(to, out var toMs) ? new AuditQuery(action, actor, subject, fromMs, toMs) : null;

    private static bool TryTime(string? text, out long? ms)
    {
        var isTime = DateTimeOffset.TryParse(text, null, System.Globalization.DateTimeStyles.AssumeUniversal, out var time);
        ms = isTime ? time.ToUnixTimeMilliseconds() : null;
        return isTime || string.IsNullOrEmpty(text);
    }
}

/// <param name="Entries">Newest first.</param>
/// <param name="Next">What <c>before</c> must be for the next page; null when this is the last.</param>
/// <param name="Head">The newest entry of all: whoever notes it can prove later that nothing was cut off.</param>
internal sealed record AuditPage(IReadOnlyList<AuditLine> Entries, long? Next, AuditHead Head);

/// <summary>An entry as it is read. Everything that its hash covers is there.</summary>
internal sealed record AuditLine(
    long Sequence, long TimeMs, DateTimeOffset Time, string Action, string Actor, string Subject, string? Detail, string PreviousHash, string Hash)
{
    public static AuditLine Of(AuditEntry entry) => new(
        entry.Sequence,
        entry.TimeMs,
        DateTimeOffset.FromUnixTimeMilliseconds(entry.TimeMs),
        entry.Record.Action,
        entry.Record.Actor,
        entry.Record.Subject,
        entry.Record.Detail,
        Convert.ToHexStringLower(entry.PreviousHash),
        Convert.ToHexStringLower(entry.Hash));
}
