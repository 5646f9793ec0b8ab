using System.Buffers;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Options;
using Personalization.Kernel.Http;
using Personalization.Tracking.Contracts;
using Personalization.Tracking.Domain.Dialects;
using Personalization.Tracking.Pipeline;

namespace Personalization.Tracking.Endpoints;

/// <summary>Takes events in that are not written as Segment's are: translated first, they go the same way.</summary>
internal sealed class DialectEndpoint(
    EventIntake intake,
    EventBatchPool pool,
    ISourceDirectory sources,
    CollectAnswers answers,
    SnowplowCookie cookie,
    IOptions<TrackingOptions> options,
    TimeProvider time)
{
    private readonly int _maxBodyBytes = options.Value.MaxBodyBytes;

    /// <summary>The handler of one route.</summary>
    /// <param name="dialect">What its clients speak.</param>
    /// <param name="form">How they want to be answered.</param>
    /// <param name="type">The call, where the route names one and the request holds a single event; default for a batch.</param>
    public RequestDelegate For(IDialect dialect, AnswerForm form, EventType type = default) =>
        context => HandleAsync(context, dialect, form, type);

    /// <summary>Statuses as for <see cref="CollectEndpoint"/>, but no 413 and no 415 for Snowplow's trackers and pixels: 422.</summary>
    private async Task HandleAsync(HttpContext context, IDialect dialect, AnswerForm form, EventType type)
    {
        var sent = pool.Rent(context.Request.ContentLength ?? 0);
        var batch = pool.Rent(context.Request.ContentLength ?? 0);
        IntakeResult result;
        try
        {
            batch.HasGpc = GlobalPrivacyControl.IsSet(context.Request);
            batch.ReceivedAtMs = sent.ReceivedAtMs = time.GetUtcNow().ToUnixTimeMilliseconds();
            var body = await RequestBody.ReadAsync(context.Request, sent, _maxBodyBytes, CancellationToken.None);
            result = body == BodyStatus.Read
                ? await TakeAsync(context, dialect, type, sent, batch)
                : await intake.RefuseAsync(sent, sources.Authenticate(context), CollectEndpoint.ProblemOf(body), type: type);
            if (result.IsSuccess)
            {
                CollectAnswers.Succeed(context.Response, form, batch);
            }
        }
        finally
        {
            sent.Release();
            batch.Release();
        }

        if (result.Problem is { } problem)
        {
            await answers.RefuseAsync(context, problem, result.Detail, form, result.RetryAfterSeconds);
        }
    }

    private ValueTask<IntakeResult> TakeAsync(HttpContext context, IDialect dialect, EventType type, EventBatch sent, EventBatch batch)
    {
        var request = new DialectRequest(sent.Buffer.AsMemory(0, sent.BufferLength), context.Request.QueryString.Value ?? "");
        if (dialect is SnowplowDialect)
        {
            request = cookie.Recognise(context, request);
        }

        var source = sources.AuthenticateByHeader(context);
        var translation = dialect.Translate(request, batch);
        if (translation.Status == TranslationStatus.Translated)
        {
            source ??= translation.AppId is { } appId ? sources.FindApp(appId) : null;
            return intake.TakeAsync(batch, type, source, sources.Authenticate(context));
        }

        // What nobody could read is kept as it came.
        batch.BufferLength = 0;
        batch.Write(request.Body.Span);
        source ??= sources.Authenticate(context);
        return translation.Status == TranslationStatus.Unreadable
            ? intake.TakeAsync(batch, type, source)
            : intake.RefuseAsync(batch, source, TrackingProblems.InvalidBody, translation.Detail);
    }
}
