using System.Buffers;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Personalization.Decisioning.Domain.Experiments;
using Personalization.Decisioning.Domain.Experiments.Running;
using Personalization.Decisioning.Pipeline;
using Personalization.Kernel.Http;
using Personalization.Kernel.Json;
using Personalization.Tracking.Contracts;

namespace Personalization.Decisioning.Endpoints.Flags;

/// <summary>
/// The OpenFeature Remote Evaluation Protocol: any OpenFeature client asks for flags here. <c>POST /ofrep/v1/evaluate/flags/{key}</c> for one, which
/// counts as its use, and <c>/ofrep/v1/evaluate/flags</c> for all, which a client fetches ahead and does not. With a write key or server key, as
/// <c>Authorization</c> or <c>X-API-Key</c>.
/// </summary>
internal sealed class OfrepEndpoints(
    FlagRegistry registry, FlagAssignments assignments, ExposureWriter exposures, ISourceDirectory sources, ServerKeys serverKeys, IOptions<FlagOptions> options, TimeProvider time)
{
    private const string Route = "/ofrep/v1/evaluate/flags";

    public static void Map(IEndpointRouteBuilder endpoints)
    {
        var endpoint = endpoints.ServiceProvider.GetRequiredService<OfrepEndpoints>();
        endpoints.MapPost(Route, (RequestDelegate)endpoint.EvaluateAllAsync).AllowCrossOrigin().WithName("EvaluateFlags");
        endpoints.MapPost($"{Route}/{{key}}", (RequestDelegate)endpoint.EvaluateAsync).AllowCrossOrigin().WithName("EvaluateFlag");
        endpoints.MapPreflight(Route);
        endpoints.MapPreflight($"{Route}/{{key}}");
    }

    /// <summary>200 with the value; 400 for a context that cannot be used; 401; 404 for an unknown flag.</summary>
    private async Task EvaluateAsync(HttpContext context)
    {
        var key = (string)context.Request.RouteValues["key"]!;
        if (await ReadAsync(context, key) is not { } question)
        {
            return;
        }

        var flags = registry.Current;
        var result = flags.For(question.Attributes, StickyOf(question)).Evaluate(key);
        if (result.Source is FlagSource.UnknownFeature or FlagSource.CyclicPrerequisite)
        {
            await RefuseAsync(context, key, result.Source);
            return;
        }

        if (result.Assignment is { IsHashUsed: true } assignment)
        {
            exposures.Write(new Exposure(
                question.UserId, question.AnonymousId, key, result.Experiment!.Key, assignment.Key, flags.Version, time.GetUtcNow()));
        }

        await context.Response.WriteAsJsonAsync(Answer(key, result, flags.Version), context.RequestAborted);
    }

    /// <summary>200 with all flags, or 304 when the client's <c>If-None-Match</c> says that it has them; 400; 401.</summary>
    private async Task EvaluateAllAsync(HttpContext context)
    {
        if (await ReadAsync(context, key: null) is not { } question)
        {
            return;
        }

        var flags = registry.Current;
        var (answers, sticky) = (new JsonArray(), StickyOf(question));
        foreach (var id in flags.Ids)
        {
            answers.Add(Answer(id, flags.For(question.Attributes, sticky).Evaluate(id), flags.Version));
        }

        var body = JsonSerializer.SerializeToUtf8Bytes(new JsonObject { ["flags"] = answers });
        var tag = $"\"{Convert.ToHexStringLower(SHA256.HashData(body).AsSpan(0, 16))}\"";
        context.Response.Headers.ETag = tag;
        if (context.Request.Headers.IfNoneMatch.Contains(tag, StringComparer.Ordinal))
        {
            context.Response.StatusCode = StatusCodes.Status304NotModified;
            return;
        }

        context.Response.ContentType = "application/json";
        await context.Response.Body.WriteAsync(body, context.RequestAborted);
    }

    /// <summary>Null when the request was refused, and answered.</summary>
    private async ValueTask<Question?> ReadAsync(HttpContext context, string? key)
    {
        if (!IsKnown(context))
        {
            context.Response.StatusCode = StatusCodes.Status401Unauthorized;
            context.Response.Headers.WWWAuthenticate = "Bearer";
            return null;
        }

        var body = new ArrayBufferWriter<byte>();
        var status = await RequestBody.ReadAsync(context.Request, body, options.Value.MaxContextBytes, context.RequestAborted);
        if (status == BodyStatus.TooLarge)
        {
            context.Response.StatusCode = StatusCodes.Status413PayloadTooLarge;
            return null;
        }

        if (status != BodyStatus.Read || Parse(body.WrittenMemory) is not { } question)
        {
            await RefuseAsync(context, StatusCodes.Status400BadRequest, key, "PARSE_ERROR", "The body must be a JSON object with an object 'context'.");
            return null;
        }

        if (question.Attributes.ValueKind != JsonValueKind.Object)
        {
            await RefuseAsync(context, StatusCodes.Status400BadRequest, key, "INVALID_CONTEXT", "'context' must be an object.");
            return null;
        }

        return question;
    }

    private bool IsKnown(HttpContext context) =>
        serverKeys.IsServer(context) || sources.Authenticate(context) is not null ||
        (context.Request.Headers["X-API-Key"] is [{ } key] && sources.Find(Encoding.UTF8.GetBytes(key)) is not null);

    /// <summary>Null when it is no JSON. The targeting key is the attribute <c>id</c> where the context has none of its own.</summary>
    private static Question? Parse(ReadOnlyMemory<byte> body)
    {
        try
        {
            BodyJson.CheckTexts(body.Span);
            if (JsonNode.Parse(body.Span) is not JsonObject root || root["context"] is not JsonObject context)
            {
                return JsonNode.Parse(body.Span) is JsonObject ? new Question(default, null, null, null) : null;
            }

            var targetingKey = TextOf(context["targetingKey"]);
            if (!context.ContainsKey("id") && targetingKey is not null)
            {
                context["id"] = targetingKey;
            }

            var (userId, anonymousId) = (TextOf(context["userId"]), TextOf(context["anonymousId"]));
            return new Question(
                JsonSerializer.SerializeToElement(context), userId, anonymousId ?? (userId is null ? targetingKey : null), targetingKey);
        }
        catch (Exception error) when (error is JsonException or ArgumentException) // The second: a name that comes twice.
        {
            return null;
        }
    }

    /// <summary>What somebody was given on a device is theirs after they have signed in there, so the targeting key counts as the device's where the context names none.</summary>
    private IStickyBuckets StickyOf(Question question) => assignments.Of(question.UserId, question.AnonymousId ?? question.TargetingKey);

    private static string? TextOf(JsonNode? node) => node is JsonValue value && value.TryGetValue<string>(out var text) && text.Length > 0 ? text : null;

    private static JsonObject Answer(string key, FlagResult result, long version)
    {
        if (result.Source == FlagSource.CyclicPrerequisite)
        {
            return new JsonObject { ["key"] = key, ["errorCode"] = "GENERAL", ["errorDetails"] = "The flag hangs on itself." };
        }

        var answer = new JsonObject
        {
            ["key"] = key,
            ["reason"] = ReasonOf(result.Source),
            ["value"] = JsonNode.Parse(result.Value.GetRawText()),
            ["metadata"] = new JsonObject { ["version"] = version.ToString(CultureInfo.InvariantCulture) },
        };
        if (result.Assignment is { } assignment)
        {
            answer["variant"] = assignment.Key;
            answer["metadata"]!["experiment"] = result.Experiment!.Key;
            if (assignment.IsSticky)
            {
                answer["metadata"]!["isSticky"] = true;
            }
        }

        return answer;
    }

    private static string ReasonOf(FlagSource source) => source switch
    {
        FlagSource.Force => "TARGETING_MATCH",
        FlagSource.Experiment => "SPLIT",
        FlagSource.Prerequisite => "DISABLED",
        _ => "DEFAULT",
    };

    private static Task RefuseAsync(HttpContext context, string key, FlagSource source) => source == FlagSource.UnknownFeature
        ? RefuseAsync(context, StatusCodes.Status404NotFound, key, "FLAG_NOT_FOUND", "There is no such flag.")
        : RefuseAsync(context, StatusCodes.Status400BadRequest, key, "GENERAL", "The flag hangs on itself.");

    private static Task RefuseAsync(HttpContext context, int status, string? key, string code, string details)
    {
        context.Response.StatusCode = status;
        var answer = new JsonObject { ["errorCode"] = code, ["errorDetails"] = details };
        if (key is not null)
        {
            answer["key"] = key;
        }

        return context.Response.WriteAsJsonAsync(answer, context.RequestAborted);
    }

    /// <param name="Attributes">Undefined when there is no context.</param>
    /// <param name="UserId">As <see cref="Exposure"/>.</param>
    /// <param name="AnonymousId">As <see cref="Exposure"/>.</param>
    /// <param name="TargetingKey">As the context has it; null when it has none.</param>
    private sealed record Question(JsonElement Attributes, string? UserId, string? AnonymousId, string? TargetingKey);
}
