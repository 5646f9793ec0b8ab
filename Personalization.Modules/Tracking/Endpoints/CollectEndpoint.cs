using System.Buffers;
using System.Runtime.CompilerServices;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Personalization.Kernel.Http;
using Personalization.Kernel.Log;
using Personalization.Tracking.Contracts;
using Personalization.Tracking.Domain;
using Personalization.Tracking.Pipeline;

namespace Personalization.Tracking.Endpoints;

/// <summary>
/// Takes events in and answers when they are on disk. A plain request delegate: model binding and filters would cost more than
/// parsing does. The Content-Type is not looked at, because browsers send text/plain to save a preflight.
/// </summary>
internal sealed partial class CollectEndpoint(
    SegmentParser parser,
    EventBatchPool pool,
    ISourceDirectory sources,
    IEventLog log,
    TrackingMetrics metrics,
    IOptions<TrackingOptions> options,
    TimeProvider time,
    ILogger<CollectEndpoint> logger)
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
        Answer answer;
        try
        {
            var source = sources.Authenticate(context);
            batch.ReceivedAtMs = time.GetUtcNow().ToUnixTimeMilliseconds();

            // Not the request's own token: asking for it allocates, and the reader hears of a lost connection anyway.
            var body = await RequestBody.ReadAsync(context.Request, batch, _maxBodyBytes, CancellationToken.None);
            answer = body == BodyStatus.Read ? Take(batch, type, ref source) : AnswerTo(body);
            if (answer.IsSuccess && batch.EventCount > 0)
            {
                answer = AnswerTo(log.TryAppend(batch));
                if (answer.IsSuccess)
                {
                    answer = await CommittedAsync(batch);
                    metrics.Accepted(source!.Name, answer.IsSuccess ? batch.EventCount : 0);
                }
            }
        }
        finally
        {
            batch.Release();
        }

        await WriteAsync(context, answer);
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<Answer> CommittedAsync(EventBatch batch)
    {
        try
        {
            await batch.Committed;
            return Answer.Success;
        }
        catch (Exception error) // Whatever the disk says, the client hears that its events were not taken, and sends them again.
        {
            LogCommitFailed(error);
            return new Answer(TrackingProblems.CommitFailed);
        }
    }

    /// <summary>Reads the events and completes them with their source.</summary>
    private Answer Take(EventBatch batch, EventType type, ref Source? source)
    {
        var outcome = type == default ? parser.ParseBatch(batch) : parser.ParseSingle(batch, type);
        if (outcome.Status != ParseStatus.Parsed)
        {
            return AnswerTo(outcome);
        }

        source ??= outcome.WriteKey.IsEmpty ? null : sources.Find(batch.Text(outcome.WriteKey));
        if (source is null)
        {
            return new Answer(TrackingProblems.UnknownWriteKey);
        }

        if (outcome.Refused > 0)
        {
            CountRefused(ref outcome, source);
            if (type != default)
            {
                return new Answer(TrackingProblems.InvalidEvent, outcome.First[0].Describe());
            }
        }

        metrics.LinesIgnored(outcome.IgnoredLines);
        batch.SourceId = source.Id;
        parser.Complete(batch, outcome.Shared);
        return Answer.Success;
    }

    private void CountRefused(ref ParseOutcome outcome, Source source)
    {
        for (var reason = 0; reason < RefusalCounts.Length; reason++)
        {
            if (outcome.Counts[reason] > 0)
            {
                metrics.EventRefused(((RefusalReason)reason).ToString(), outcome.Counts[reason]);
            }
        }

        if (logger.IsEnabled(LogLevel.Debug))
        {
            var first = outcome.First[0].Describe();
            LogRefused(outcome.Refused, source.Name, first);
        }
    }

    private static Answer AnswerTo(ParseOutcome outcome) => outcome.Status switch
    {
        ParseStatus.Empty => new Answer(TrackingProblems.NotJson, "The body is empty."),
        ParseStatus.Malformed => new Answer(TrackingProblems.NotJson, $"It cannot be read from byte {outcome.Position} on."),
        ParseStatus.NotAnObject => new Answer(TrackingProblems.InvalidBody, "The body must be a JSON object."),
        ParseStatus.BatchMissing => new Answer(TrackingProblems.InvalidBody, "'batch' must be an array of events."),
        ParseStatus.TooManyEvents => new Answer(TrackingProblems.TooManyEvents),
        _ => Answer.Success,
    };

    private static Answer AnswerTo(BodyStatus status) => status switch
    {
        BodyStatus.TooLarge => new Answer(TrackingProblems.TooLarge),
        BodyStatus.ClientGone => new Answer(TrackingProblems.ClientGone),
        BodyStatus.UnknownEncoding => new Answer(TrackingProblems.UnknownEncoding),
        _ => new Answer(TrackingProblems.DamagedBody),
    };

    private static Answer AnswerTo(Admission admission) => admission switch
    {
        Admission.Accepted => Answer.Success,
        Admission.LaneFull => new Answer(TrackingProblems.LaneFull),
        Admission.PipelineBehind => new Answer(TrackingProblems.PipelineBehind),
        _ => new Answer(TrackingProblems.Stopping),
    };

    private Task WriteAsync(HttpContext context, Answer answer)
    {
        if (answer.Problem is { } problem)
        {
            metrics.RequestRefused(problem.Name);
            if (problem == TrackingProblems.ClientGone)
            {
                return Task.CompletedTask;
            }

            return problem.WriteAsync(context, answer.Detail, problem.Status is 429 or 503 ? _retryAfterSeconds : null);
        }

        // Left in the writer: the server sends it together with the end of the response.
        var response = context.Response;
        response.ContentType = "application/json";
        response.ContentLength = SuccessBody.Length;
        response.BodyWriter.Write(SuccessBody);
        return Task.CompletedTask;
    }

    [LoggerMessage(EventId = 1001, Level = LogLevel.Error, Message = "Events were refused because they could not be committed")]
    private partial void LogCommitFailed(Exception error);

    [LoggerMessage(EventId = 1002, Level = LogLevel.Debug, Message = "Refused {Refused} events of source {Source}; the first: {Reason}")]
    private partial void LogRefused(int refused, string source, string reason);
}
