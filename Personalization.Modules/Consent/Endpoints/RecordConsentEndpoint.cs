using System.Buffers;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Personalization.Consent.Pipeline;
using Personalization.Identity.Contracts;
using Personalization.Kernel.Http;
using Personalization.Kernel.Json;
using Personalization.Tracking.Contracts;

namespace Personalization.Consent.Endpoints;

/// <summary>
/// <c>POST /v1/consent</c> and <c>POST /v1/non-profiling</c>, from a server or from the shopper's own browser: 200 when the statement has taken
/// effect; 400 naming every wrong field; 401 without a key; 413 above 64 KiB; 422 when a schema refused it; 429 and 503 with Retry-After.
/// A browser is told that it is done, a server also what counts now.
/// </summary>
internal sealed class RecordConsentEndpoint(
    StatementWriter statements,
    StatementBody check,
    ConsentAnswer answer,
    IProfileDirectory profiles,
    ISourceDirectory sources,
    ServerKeys serverKeys)
{
    private const int MaxBodyBytes = 64 * 1024;

    public Task RecordAsync(HttpContext context) => HandleAsync(context, check.Check);

    /// <summary>The body is <c>{"userId" or "anonymousId", "isNonProfiling": true}</c>.</summary>
    public Task ChooseAsync(HttpContext context) => HandleAsync(context, CheckChoice);

    /// <summary>Answers with what became of a statement that was written; false when it was refused, which has been answered.</summary>
    public static async Task<bool> IsWrittenAsync(HttpContext context, EventWriteResult written)
    {
        if (written.Problem is { } problem)
        {
            await problem.WriteAsync(context, retryAfterSeconds: problem.Status is 429 or 503 ? Math.Max(1, written.RetryAfterSeconds) : null);
            return false;
        }

        if (written.Accepted == 0)
        {
            await ConsentProblems.Refused.WriteAsync(context);
            return false;
        }

        return true;
    }

    private async Task HandleAsync(HttpContext context, Action<JsonElement, FieldErrors> checkBody)
    {
        var isServer = serverKeys.IsServer(context);
        var source = sources.Authenticate(context);
        if (!isServer && source is null)
        {
            context.Response.Headers.WWWAuthenticate = "Basic realm=\"write key\", Bearer";
            await ConsentProblems.KeyRequired.WriteAsync(context);
            return;
        }

        using var document = await ReadAsync(context, checkBody);
        if (document is not null)
        {
            await WriteAsync(context, document.RootElement, isServer ? null : source);
        }
    }

    private async Task WriteAsync(HttpContext context, JsonElement body, Source? browser)
    {
        var (userId, anonymousId) = (StatementBody.TextOf(body, "userId"), StatementBody.TextOf(body, "anonymousId"));
        var hasGpc = browser is not null && GlobalPrivacyControl.IsSet(context.Request);
        var written = await statements.WriteAsync(
            userId, anonymousId, browser?.Name ?? StatementWriter.ServerSource, json => WriteConsent(json, body, hasGpc), context.RequestAborted);
        if (!await IsWrittenAsync(context, written))
        {
            return;
        }

        await (browser is null
            ? answer.WriteAsync(context, profiles.Find(userId, anonymousId))
            : ConsentAnswer.WriteRecordedAsync(context, hasGpc));
    }

    /// <summary>The fields go into the log as they came; only whose they are stands elsewhere.</summary>
    private static void WriteConsent(Utf8JsonWriter json, JsonElement body, bool hasGpc)
    {
        foreach (var field in body.EnumerateObject())
        {
            if (field.Name is "isNonProfiling")
            {
                json.WritePropertyName("nonProfiling");
                field.Value.WriteTo(json);
            }
            else if (field.Name is not ("userId" or "anonymousId") && !(hasGpc && field.Name == "gpc"))
            {
                field.WriteTo(json);
            }
        }

        if (hasGpc)
        {
            json.WriteBoolean("gpc", true);
        }
    }

    private static void CheckChoice(JsonElement body, FieldErrors errors)
    {
        if (body.ValueKind != JsonValueKind.Object)
        {
            errors.Add("body", "must be a JSON object");
            return;
        }

        StatementBody.CheckIdentity(body, errors);
        foreach (var field in body.EnumerateObject().Where(field => field.Name is not ("userId" or "anonymousId" or "isNonProfiling")))
        {
            errors.Add(field.Name, "is no field of this choice");
        }

        if (!body.TryGetProperty("isNonProfiling", out var choice) || choice.ValueKind is not (JsonValueKind.True or JsonValueKind.False))
        {
            errors.Add("isNonProfiling", "must be true or false");
        }
    }

    /// <summary>Null when the body was refused, which has been answered.</summary>
    public static async Task<JsonDocument?> ReadAsync(HttpContext context, Action<JsonElement, FieldErrors> checkBody)
    {
        var errors = new FieldErrors();
        var body = new ArrayBufferWriter<byte>(1024);
        var status = await RequestBody.ReadAsync(context.Request, body, MaxBodyBytes, context.RequestAborted);
        if (status == BodyStatus.TooLarge)
        {
            await ConsentProblems.BodyTooLarge.WriteAsync(context);
            return null;
        }

        var document = status == BodyStatus.Read ? Parse(body.WrittenMemory) : null;
        if (document is null)
        {
            errors.Add("body", "must be a JSON object in UTF-8");
        }
        else
        {
            checkBody(document.RootElement, errors);
        }

        if (errors.IsEmpty)
        {
            return document;
        }

        document?.Dispose();
        await errors.WriteAsync(context, ConsentProblems.InvalidStatement);
        return null;
    }

    private static JsonDocument? Parse(ReadOnlyMemory<byte> body)
    {
        try
        {
            BodyJson.CheckTexts(body.Span);
            return JsonDocument.Parse(body, new JsonDocumentOptions { MaxDepth = 16 });
        }
        catch (JsonException)
        {
            // Answered by the caller together with whatever else is wrong.
            return null;
        }
    }
}
