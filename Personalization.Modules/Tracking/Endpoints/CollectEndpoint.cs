using System.Buffers;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Options;
using Personalization.Kernel.Http;
using Personalization.Tracking.Contracts;
using Personalization.Tracking.Pipeline;

namespace Personalization.Tracking.Endpoints;

/// <summary>
/// Takes events in and answers when they are on disk. A plain request delegate: model binding and filters would cost more than
/// parsing does. The Content-Type is not looked at, because browsers send text/plain to save a preflight.
/// </summary>
internal sealed class CollectEndpoint(
    EventIntake intake,
    EventBatchPool pool,
    ISourceDirectory sources,
    TrackingMetrics metrics,
    IOptions<TrackingOptions> options,
    TimeProvider time)
{
    private readonly int _maxBodyBytes = options.Value.MaxBodyBytes;
    private readonly int _retryAfterSeconds = options.Value.RetryAfterSeconds;

    private static ReadOnlySpan<byte> SuccessBody => "{\"success\":true}"u8;

    /// <summary>The handler of one route.</summary>
    /// <param name="type">The call that the route names; default for a batch.</param>
    public RequestDelegate For(EventType type) => context => HandleAsync(context, type);

    /// <summary>
    /// 200 once committed, also when events of a batch were refused alone; 400 unreadable or invalid; 401 unknown key; 413 too large;
    /// 415 unknown encoding; 429 and 503 with Retry-After.
    /// </summary>
    private async Task HandleAsync(HttpContext context, EventType type)
    {
        var batch = pool.Rent(context.Request.ContentLength ?? 0);
        IntakeResult result;
        try
        {
            var source = sources.Authenticate(context);
            batch.ReceivedAtMs = time.GetUtcNow().ToUnixTimeMilliseconds();

            // Not the request's own token: asking for it allocates, and the reader hears of a lost connection anyway.
            var body = await RequestBody.ReadAsync(context.Request, batch, _maxBodyBytes, CancellationToken.None);
            result = body == BodyStatus.Read
                ? await intake.TakeAsync(batch, type, source)
                : await intake.RefuseAsync(batch, source, ProblemOf(body));
        }
        finally
        {
            batch.Release();
        }

        await WriteAsync(context, result);
    }

    private static Problem ProblemOf(BodyStatus status) => status switch
    {
        BodyStatus.TooLarge => TrackingProblems.TooLarge,
        BodyStatus.ClientGone => TrackingProblems.ClientGone,
        BodyStatus.UnknownEncoding => TrackingProblems.UnknownEncoding,
        _ => TrackingProblems.DamagedBody,
    };

    private Task WriteAsync(HttpContext context, IntakeResult result)
    {
        if (result.Problem is { } problem)
        {
            metrics.RequestRefused(problem.Name);
            if (problem == TrackingProblems.ClientGone)
            {
                return Task.CompletedTask;
            }

            return problem.WriteAsync(context, result.Detail, problem.Status is 429 or 503 ? _retryAfterSeconds : null);
        }

        // Left in the writer: the server sends it together with the end of the response.
        var response = context.Response;
        response.ContentType = "application/json";
        response.ContentLength = SuccessBody.Length;
        response.BodyWriter.Write(SuccessBody);
        return Task.CompletedTask;
    }
}
