using Microsoft.AspNetCore.Http;
using Personalization.Consent.Contracts;
using Personalization.Features.Contracts;
using Personalization.Features.Domain.Funnels;
using Personalization.Kernel.Http;
using Personalization.Tracking.Contracts;

namespace Personalization.Features.Endpoints.Funnels;

/// <summary><c>GET /v1/funnels/{id}/report?from=&amp;to=&amp;segment=</c>: how far shoppers came, counted over the histories that are kept.</summary>
internal sealed class FunnelReportEndpoint(FunnelRegistry funnels, FunnelReporter reporter, IConsent consent, ISegments segments, ILogClock clock, TimeProvider time)
{
    public static readonly Problem Unknown = new("features/unknown-funnel", "There is no such funnel in use", StatusCodes.Status404NotFound);
    public static readonly Problem InvalidPeriod = new("features/invalid-funnel-report", "The query has faults", StatusCodes.Status400BadRequest);
    public static readonly Problem Busy = new("features/funnel-report-busy", "Another report is being made", StatusCodes.Status429TooManyRequests);

    private static readonly TimeSpan Before = TimeSpan.FromDays(30);
    private const int RetryAfterSeconds = 2;

    /// <summary>
    /// 200; 400 when from is not before to, a time has no offset, or the segment is not there; 404; 429 with Retry-After while another one is
    /// being made. Ends when the caller hangs up.
    /// </summary>
    public async Task<IResult> HandleAsync(string id, HttpContext context, DateTimeOffset? from, DateTimeOffset? to, string? segment)
    {
        if (funnels.Live(id) is not { } funnel)
        {
            return Unknown.ToResult($"No version of a funnel '{id}' is in use.");
        }

        var until = to ?? time.GetUtcNow();
        var since = from ?? (until - DateTimeOffset.MinValue > Before ? until - Before : DateTimeOffset.MinValue);
        var faults = new List<string>();
        if (since >= until)
        {
            faults.Add("'from' must be before 'to'.");
        }

        if (!TryFind(segment, out var isMeant))
        {
            faults.Add($"There is no segment '{segment}' in use.");
        }

        if (faults.Count > 0)
        {
            return InvalidPeriod.ToResult(string.Join(' ', faults));
        }

        var started = time.GetTimestamp();
        var report = await reporter.ReportAsync(funnel, since.ToUnixTimeMilliseconds(), until.ToUnixTimeMilliseconds(), isMeant, context.RequestAborted);
        if (report is null)
        {
            context.Response.Headers.RetryAfter = RetryAfterSeconds.ToString();
            return Busy.ToResult();
        }

        return TypedResults.Ok(FunnelReportAnswer.Of(funnel.Definition, report, since, until, segment, time.GetElapsedTime(started)));
    }

    /// <summary>Whoever may not be measured is in no report.</summary>
    private bool TryFind(string? segment, out Func<int, bool> isMeant)
    {
        var nowMs = clock.NowMs;
        var number = segment is null ? -1 : segments.Find(segment);
        isMeant = profile =>
            consent.May(profile, Purposes.Measure, nowMs, out _).IsAllowed && (number < 0 || segments.IsMember(number, profile));
        return segment is null || number >= 0;
    }
}
