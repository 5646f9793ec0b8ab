using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Personalization.Kernel.Http;
using Personalization.Kernel.Json;
using Personalization.Tracking.Pipeline;
using Personalization.Tracking.Pipeline.Live;

namespace Personalization.Tracking.Endpoints.Quality;

/// <summary>The last events of each source and what became of them. Server key required; the stream takes a token too.</summary>
internal static class LiveEndpoints
{
    public static readonly Problem UnknownVerdict = new("tracking/unknown-verdict", "There is no such verdict", StatusCodes.Status400BadRequest);
    public static readonly Problem TooManyStreams = new("tracking/too-many-streams", "As many live streams are open as may be", StatusCodes.Status429TooManyRequests);
    public static readonly Problem TooManyTokens = new("tracking/too-many-tokens", "As many tokens are good as may be", StatusCodes.Status429TooManyRequests);
    private const int DefaultLimit = 50;
    private const int MaxLimit = 200;
    private const int RetrySeconds = 10;

    public static void Map(IEndpointRouteBuilder endpoints)
    {
        endpoints.MapGet("/v1/live", ListAsync).RequireServerKey().WithName("GetLiveEvents");
        endpoints.MapPost("/v1/live/tokens", IssueToken).RequireServerKey().WithName("IssueLiveToken");
        endpoints.MapGet("/v1/live/stream", LiveStreamEndpoint.HandleAsync).WithName("StreamLiveEvents");
    }

    /// <summary>200, newest first; 400 for a verdict that there is not, and for a limit that is none.</summary>
    internal static async Task ListAsync(HttpContext context, LiveReader reader, int limit = DefaultLimit)
    {
        if (limit < 1)
        {
            await QualityEndpoints.UnknownFilter.WriteAsync(context, QualityEndpoints.LimitHint);
            return;
        }

        if (!TryReadFilter(context.Request.Query, out var filter))
        {
            await UnknownVerdict.WriteAsync(context, VerdictHint);
            return;
        }

        var sights = reader.Newest(filter, Math.Min(limit, MaxLimit));
        var stored = await reader.ReadAsync(sights, context.RequestAborted);
        context.Response.ContentType = "application/json";
        await using var json = new Utf8JsonWriter(context.Response.BodyWriter);
        json.WriteStartObject();
        json.WriteStartArray("events");
        foreach (var sight in sights)
        {
            if (sight.Event is { } live)
            {
                LiveEventWriter.Write(json, sight.Source, live, stored.GetValueOrDefault(live.Offset));
            }
            else
            {
                LiveEventWriter.Write(json, sight.Source, sight.Refusal!.Value);
            }
        }

        json.WriteEndArray();
        json.WriteEndObject();
        await json.FlushAsync(context.RequestAborted);
    }

    /// <summary>200 with a token for the address of a stream and when it ends; 429 when too many are good.</summary>
    internal static IResult IssueToken(HttpContext context, LiveTokens tokens)
    {
        if (tokens.Issue() is not { } issued)
        {
            context.Response.Headers.RetryAfter = RetrySeconds.ToString();
            return TooManyTokens.ToResult();
        }

        context.Response.Headers.CacheControl = "no-store";
        return TypedResults.Ok(new { token = issued.Token, expiresAt = issued.ExpiresAt });
    }

    internal const string VerdictHint = "'verdict' must be accepted, duplicate, invalid, gated or failed.";

    internal static bool TryReadFilter(IQueryCollection query, out LiveFilter filter)
    {
        var source = query["source"].ToString();
        var verdict = query["verdict"].ToString();
        filter = new LiveFilter(source.Length == 0 ? null : source, null);
        if (verdict.Length == 0)
        {
            return true;
        }

        var isKnown = EnumName.TryFind<EventVerdict>(verdict, out var parsed);
        filter = filter with { Verdict = parsed };
        return isKnown;
    }
}
