using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Personalization.Kernel.Http;
using Personalization.Kernel.Json;
using Personalization.Tracking.Contracts;
using Personalization.Tracking.Pipeline.Live;
using Personalization.Tracking.Pipeline.Quality;

namespace Personalization.Tracking.Endpoints.Quality;

/// <summary>Flags, and the series that they are about. Server key required.</summary>
internal static class QualityEndpoints
{
    public static readonly Problem UnknownFlag = new("tracking/unknown-flag", "There is no such quality flag", StatusCodes.Status404NotFound);
    public static readonly Problem UnknownFilter = new("tracking/unknown-filter", "The list cannot be filtered like that", StatusCodes.Status400BadRequest);
    internal const string LimitHint = "'limit' must be 1 or more.";
    private const int DefaultLimit = 100;
    private const int MaxLimit = 1_000;

    public static void Map(IEndpointRouteBuilder endpoints)
    {
        endpoints.MapGet("/v1/quality/flags", ListFlags).RequireServerKey().WithName("GetQualityFlags");
        endpoints.MapPost("/v1/quality/flags/{id}/acknowledge", Acknowledge).RequireServerKey().WithName("AcknowledgeQualityFlag");
        endpoints.MapGet("/v1/quality/series", ListSeries).RequireServerKey().WithName("GetQualitySeries");
    }

    /// <summary>200, newest first; 400 for a state or kind that there is not, and for a limit that is none.</summary>
    internal static IResult ListFlags(QualityWatch watch, string? state = null, string? source = null, string? kind = null, int limit = DefaultLimit)
    {
        var wanted = default(QualityFlagKind);
        if (state is not (null or "" or "open" or "closed"))
        {
            return UnknownFilter.ToResult("'state' must be open or closed.");
        }

        if (!string.IsNullOrEmpty(kind) && !EnumName.TryFind(kind, out wanted))
        {
            return UnknownFilter.ToResult($"'kind' must be one of {string.Join(", ", Enum.GetNames<QualityFlagKind>())}.");
        }

        if (limit < 1)
        {
            return UnknownFilter.ToResult(LimitHint);
        }

        var flags = watch.Flags.List(
            flag => (string.IsNullOrEmpty(state) || flag.IsOpen == (state == "open"))
                && (string.IsNullOrEmpty(source) || flag.Source == source)
                && (string.IsNullOrEmpty(kind) || flag.Kind == wanted),
            Math.Min(limit, MaxLimit));
        return TypedResults.Json(new { flags, unwatched = watch.Flags.Refused }, FlagJson.Options);
    }

    /// <summary>200 with the flag; 404 when there is none of this id. Doing it twice changes nothing.</summary>
    internal static IResult Acknowledge(string id, QualityWatch watch, TimeProvider time) =>
        Guid.TryParse(id, out var known) && watch.Flags.Acknowledge(known, time.GetUtcNow().ToUnixTimeMilliseconds()) is { } flag
            ? TypedResults.Json(flag, FlagJson.Options)
            : UnknownFlag.ToResult();

    /// <summary>200: what comes in, and what is expected, by source and event, the busiest first; 400 for a limit that is none.</summary>
    internal static IResult ListSeries(QualityJudge judge, QualityWatch watch, string? source = null, int limit = DefaultLimit)
    {
        if (limit < 1)
        {
            return UnknownFilter.ToResult(LimitHint);
        }

        var series = judge.States
            .Where(state => string.IsNullOrEmpty(source) || state.Source == source)
            .OrderByDescending(state => state.LastMinute)
            .Take(Math.Min(limit, MaxLimit));
        return TypedResults.Json(
            new { series, watched = watch.Series.Count - 1, uncounted = watch.Counts.Lost, unsampled = watch.Samples.Refused }, FlagJson.Options);
    }
}
