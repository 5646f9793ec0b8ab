using System.Buffers.Text;
using System.Security.Cryptography;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Options;
using Personalization.Consent.Domain.Rights;
using Personalization.Consent.Pipeline.Rights;
using Personalization.Consent.Storage.Rights;

namespace Personalization.Consent.Endpoints.Rights;

/// <summary>
/// The link under which a person fetches their copy. The key in it is all that opens the file, so it needs no other: the person has none.
/// </summary>
internal sealed class ExportEndpoint(RightsStore store, RightsKeys keys, ExportFiles files, RightsDesk desk, TimeProvider time, IOptions<RightsOptions> options)
{
    public void Map(IEndpointRouteBuilder endpoints) =>
        endpoints.MapGet("/v1/privacy/exports/{id}", (RequestDelegate)HandleAsync).WithName("GetPrivacyExport");

    /// <summary>200 with the JSON; 404 when there is nothing, or the key is wrong; 410 when it has ended.</summary>
    internal async Task HandleAsync(HttpContext context)
    {
        if (!Guid.TryParseExact((string?)context.Request.RouteValues["id"], "N", out var id) ||
            KeyIn(context.Request.Query["key"]) is not { } key ||
            store.FindByExport(id) is not { Export: { SealedKey: { } sealedKey } export } request ||
            !CryptographicOperations.FixedTimeEquals(key, keys.Seal.Open(sealedKey)))
        {
            await RightsProblems.UnknownExport.WriteAsync(context);
            return;
        }

        if (export.ExpiresAt <= time.GetUtcNow() || !TryTake(request) || !files.Exists(id))
        {
            await RightsProblems.ExportEnded.WriteAsync(context);
            return;
        }

        await desk.AuditAsync("privacy.download", request, null, context.RequestAborted, actor: "link");
        await SendAsync(context, id, key);
        if (store.Find(request.Id)?.Export is { } now && now.Downloads >= options.Value.MaxDownloads)
        {
            files.End(request.Id, "used_up");
        }
    }

    /// <summary>Counted before it is sent: a link that many open at once is used as often as it may be, not more.</summary>
    private bool TryTake(RightsRequest request) => store.Change(
        request.Id,
        found => found.Export is { Ended: null } export && export.Downloads < options.Value.MaxDownloads
            ? found with { Export = export with { Downloads = export.Downloads + 1 } }
            : null,
        time.GetUtcNow().ToUnixTimeMilliseconds()) is not null;

    private async Task SendAsync(HttpContext context, Guid id, byte[] key)
    {
        context.Response.ContentType = "application/json";
        context.Response.Headers.CacheControl = "no-store";
        context.Response.Headers.ContentDisposition = "attachment; filename=\"personal-data.json\"";
        context.Response.Headers["Referrer-Policy"] = "no-referrer";
        context.Response.Headers.XContentTypeOptions = "nosniff";
        await using var file = files.Open(id);
        try
        {
            await foreach (var piece in ExportCipher.DecryptAsync(file, key, context.RequestAborted))
            {
                await context.Response.Body.WriteAsync(piece, context.RequestAborted);
            }
        }
        catch (CryptographicException)
        {
            // The file was changed or cut: an answer that ends here must not pass for a whole one.
            context.Abort();
        }
    }

    private static byte[]? KeyIn(string? text)
    {
        var key = new byte[ExportCipher.KeyBytes];
        return text is { Length: 43 } && Base64Url.TryDecodeFromChars(text, key, out var length) && length == key.Length ? key : null;
    }
}
