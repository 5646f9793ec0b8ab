using System.Runtime.CompilerServices;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Options;
using Personalization.Kernel.Http;
using Personalization.Tracking.Contracts;
using Personalization.Tracking.Domain;
using Personalization.Tracking.Pipeline;
using Personalization.Tracking.Pipeline.Pressure;

namespace Personalization.Tracking.Endpoints;

/// <summary>
/// Takes events in and answers when they are on disk. A plain request delegate: model binding and filters would cost more than
/// parsing does. The Content-Type is not looked at, because browsers send text/plain to save a preflight.
/// </summary>
internal sealed class CollectEndpoint(
    EventIntake intake,
    EventBatchPool pool,
    ISourceDirectory sources,
    CollectAnswers answers,
    IOptions<TrackingOptions> options,
    TimeProvider time,
    AdmissionGate? gate = null,
    FormerSources? former = null)
{
    private readonly int _maxBodyBytes = options.Value.MaxBodyBytes;

    /// <summary>The handler of one route.</summary>
    /// <param name="type">The call that the route names; default for a batch.</param>
    /// <param name="form">How the route's clients want to be answered.</param>
    public RequestDelegate For(EventType type, AnswerForm form = AnswerForm.Segment) => context => HandleAsync(context, type, form);

    /// <summary>
    /// 200 once committed, also when events of a batch were refused alone; 400 unreadable or invalid; 401 unknown key; 413 too large;
    /// 415 unknown encoding; 429 and 503 with Retry-After.
    /// </summary>
    private async Task HandleAsync(HttpContext context, EventType type, AnswerForm form)
    {
        var batch = pool.Rent(context.Request.ContentLength ?? 0);
        IntakeResult result;
        try
        {
            // The order of Segment's own door: Authorization, then the body's key, then the other places.
            var source = sources.AuthenticateByHeader(context);
            batch.HasGpc = GlobalPrivacyControl.IsSet(context.Request);
            batch.ReceivedAtMs = time.GetUtcNow().ToUnixTimeMilliseconds();

            result = gate?.BeforeReading(source, context.Request.ContentLength) ?? await TakeAsync(context, batch, type, source);
            if (result.IsSuccess)
            {
                CollectAnswers.Succeed(context.Response, form, batch);
            }
        }
        finally
        {
            batch.Release();
        }

        if (result.Problem is { } problem)
        {
            await answers.RefuseAsync(context, problem, result.Detail, form, result.RetryAfterSeconds);
        }
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<IntakeResult> TakeAsync(HttpContext context, EventBatch batch, EventType type, Source? source)
    {
        // Not the request's own token: asking for it allocates, and the reader hears of a lost connection anyway.
        var body = await RequestBody.ReadAsync(context.Request, batch, _maxBodyBytes, CancellationToken.None);
        var otherwise = source is null ? sources.Authenticate(context) : null;
        batch.FormerSource = source is null && otherwise is null ? former?.Authenticate(context) : null;
        return body == BodyStatus.Read
            ? await intake.TakeAsync(batch, type, source, otherwise)
            : await intake.RefuseAsync(batch, source ?? otherwise, ProblemOf(body), type: type);
    }

    internal static Problem ProblemOf(BodyStatus status) => status switch
    {
        BodyStatus.TooLarge => TrackingProblems.TooLarge,
        BodyStatus.TooSlow => TrackingProblems.TooSlow,
        BodyStatus.ClientGone => TrackingProblems.ClientGone,
        BodyStatus.UnknownEncoding => TrackingProblems.UnknownEncoding,
        _ => TrackingProblems.DamagedBody,
    };
}
