using System.Buffers;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Options;
using Personalization.Kernel.Http;
using Personalization.Tracking.Contracts;
using Personalization.Tracking.Pipeline;
using Personalization.Tracking.Pipeline.Pressure;

namespace Personalization.Tracking.Endpoints;

/// <summary>Writes what a client is told about its events. Thread-safe.</summary>
internal sealed class CollectAnswers(TrackingMetrics metrics, RefusalPacer pacer, IOptions<TrackingOptions> options)
{
    private readonly int _retryAfterSeconds = options.Value.RetryAfterSeconds;

    private static ReadOnlySpan<byte> Gif =>
    [
        0x47, 0x49, 0x46, 0x38, 0x39, 0x61, 0x01, 0x00, 0x01, 0x00, 0x80, 0x00, 0x00, 0x00, 0x00, 0x00, 0xFF, 0xFF, 0xFF, 0x21, 0xF9, 0x04,
        0x01, 0x00, 0x00, 0x00, 0x00, 0x2C, 0x00, 0x00, 0x00, 0x00, 0x01, 0x00, 0x01, 0x00, 0x00, 0x02, 0x02, 0x44, 0x01, 0x00, 0x3B,
    ];

    /// <summary>
    /// Tells that the events were taken. Left in the writer, so it waits for nobody: the server sends it together with the end of the
    /// response.
    /// </summary>
    /// <param name="response">Not begun.</param>
    /// <param name="form">The client's way.</param>
    /// <param name="batch">Knows what was refused alone; null when there is none.</param>
    public static void Succeed(HttpResponse response, AnswerForm form, EventBatch? batch)
    {
        switch (form)
        {
            case AnswerForm.Segment:
                Write(response, "application/json", batch is { Refusals.Count: > 0 } ? RefusalList.Write(batch)
                    : batch is { HasGpc: true } ? "{\"success\":true,\"consent\":{\"gpc\":\"honoured\"}}"u8
                    : "{\"success\":true}"u8);
                break;
            case AnswerForm.Jitsu:
                Write(response, "application/json", "{\"ok\":true}"u8);
                break;
            case AnswerForm.PostHog:
                Write(response, "application/json", "{\"status\":\"Ok\"}"u8);
                break;
            case AnswerForm.Snowplow:
                Write(response, "text/plain; charset=UTF-8", "ok"u8);
                break;
            default:
                response.Headers.CacheControl = "no-cache, no-store, must-revalidate, max-age=0";
                Write(response, "image/gif", Gif);
                break;
        }
    }

    /// <summary>Refuses a request, and counts why.</summary>
    public async Task RefuseAsync(HttpContext context, Problem problem, string? detail, AnswerForm form, int retryAfterSeconds = 0)
    {
        metrics.RequestRefused(problem.Name);
        if (problem == TrackingProblems.ClientGone)
        {
            return;
        }

        if (problem.Status == StatusCodes.Status429TooManyRequests)
        {
            await pacer.HoldAsync(context.RequestAborted);
        }

        if (form >= AnswerForm.Snowplow && problem.Status is 413 or 415)
        {
            // Snowplow's trackers send anything again but what is answered with 400, 401, 403, 410 or 422: a body that is too large would
            // come back with every further event and keep them all out.
            problem = problem with { Status = StatusCodes.Status422UnprocessableEntity };
        }

        await problem.WriteAsync(
            context, detail, problem.Status is 429 or 503 ? Math.Max(_retryAfterSeconds, retryAfterSeconds) : null);
    }

    private static void Write(HttpResponse response, string contentType, ReadOnlySpan<byte> body)
    {
        response.ContentType = contentType;
        response.ContentLength = body.Length;
        response.BodyWriter.Write(body);
    }
}
