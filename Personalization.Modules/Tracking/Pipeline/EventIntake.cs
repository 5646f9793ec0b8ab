using System.Runtime.CompilerServices;
using Microsoft.Extensions.Logging;
using Personalization.Kernel.Http;
using Personalization.Kernel.Log;
using Personalization.Tracking.Contracts;
using Personalization.Tracking.Domain;
using Personalization.Tracking.Pipeline.Pressure;

namespace Personalization.Tracking.Pipeline;

/// <summary>
/// The one way into the log, whatever entrance an event came through: reads the events of a body, finds their source, keeps what is
/// refused, and answers when the rest is on disk. Thread-safe.
/// </summary>
internal sealed partial class EventIntake(
    SegmentParser parser,
    ISourceDirectory sources,
    IEventLog log,
    IEnumerable<IEventObserver> observers,
    IEnumerable<IDoorRule> rules,
    TrackingMetrics metrics,
    ILogger<EventIntake> logger,
    IDeadLetterSink? letters = null,
    AdmissionGate? gate = null,
    LargeBodyTurns? turns = null,
    FormerSources? former = null,
    EffectWait? effect = null)
{
    private readonly IEventObserver[] _observers = [.. observers];
    private readonly IDoorRule[] _rules = [.. rules];

    /// <summary>
    /// Takes the body, in the form of the Segment protocol, that lies in the batch's buffer. Arrival and origin of the batch are set;
    /// the caller keeps its reference.
    /// </summary>
    /// <param name="batch">With the body and nothing else.</param>
    /// <param name="type">The call, for a body that is one event; default for a batch.</param>
    /// <param name="source">Who sent it, if that is known already; else the body's own write key tells.</param>
    /// <param name="otherwise">Who sent it, if neither tells.</param>
    /// <returns>Success also when events of a batch were refused alone, and a problem when a single event was.</returns>
    public ValueTask<IntakeResult> TakeAsync(EventBatch batch, EventType type, Source? source, Source? otherwise = null) =>
        turns is not null && turns.IsLarge(batch.BufferLength)
            ? TakeInTurnAsync(batch, type, source, otherwise)
            : TakeNowAsync(batch, type, source, otherwise);

    private async ValueTask<IntakeResult> TakeInTurnAsync(EventBatch batch, EventType type, Source? source, Source? otherwise)
    {
        if (!await turns!.EnterAsync((source ?? otherwise)?.Id ?? 0, batch.BufferLength))
        {
            return gate?.RefuseWaiting(source ?? otherwise, batch.BufferLength) ?? IntakeResult.Of(TrackingProblems.BulkShed);
        }

        // What comes before the first wait is what costs the processor: reading and handing over. The commit is waited for by as many as
        // there are, or groups would be small.
        var taking = TakeNowAsync(batch, type, source, otherwise);
        turns.Leave();
        return await taking;
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<IntakeResult> TakeNowAsync(EventBatch batch, EventType type, Source? source, Source? otherwise)
    {
        var bodyLength = batch.BufferLength;
        var result = Read(batch, type, ref source, otherwise, out var position);
        if (result.Accepted > 0)
        {
            result = await AppendAsync(batch, source!, result);
        }

        return result.Refused > 0 || IsForTheOwner(result.Problem)
            ? await RefuseAsync(batch, source ?? batch.FormerSource, result, position, bodyLength, type)
            : result;
    }

    /// <summary>Refuses a request whose body could not even be read.</summary>
    public ValueTask<IntakeResult> RefuseAsync(
        EventBatch batch, Source? source, Problem problem, string? detail = null, EventType type = default) =>
        RefuseAsync(batch, source ?? batch.FormerSource, IntakeResult.Of(problem, detail), position: -1, batch.BufferLength, type);

    /// <summary>Keeps lines of an import that never became events: the batch holds them, and <see cref="EventBatch.Refusals"/>.</summary>
    /// <returns>A problem when there is no room for them just now.</returns>
    public ValueTask<IntakeResult> RefuseLinesAsync(EventBatch batch, Source source)
    {
        metrics.EventsRefused(batch.Refusals);
        return RefuseAsync(batch, source, IntakeResult.Taken(0, batch.Refusals.Count), position: -1, batch.BufferLength, default);
    }

    /// <summary>Reads the events and completes them with their source. What counts as accepted is still to be written.</summary>
    private IntakeResult Read(EventBatch batch, EventType type, ref Source? source, Source? otherwise, out long position)
    {
        var outcome = type == default ? parser.ParseBatch(batch) : parser.ParseSingle(batch, type);
        position = outcome.Status == ParseStatus.Malformed ? outcome.Position : -1;
        source ??= (outcome.WriteKey.IsEmpty ? null : sources.Find(batch.Text(outcome.WriteKey))) ?? otherwise;
        if (outcome.Status != ParseStatus.Parsed)
        {
            return ResultOf(outcome);
        }

        if (source is null)
        {
            batch.FormerSource ??= former?.Find(batch.Text(outcome.WriteKey));
            return IntakeResult.Of(TrackingProblems.UnknownWriteKey);
        }

        if (outcome.Refused > 0)
        {
            CountRefused(batch, ref outcome, source);
            if (type != default)
            {
                return IntakeResult.Of(TrackingProblems.InvalidEvent, batch.Refusals[0].Describe()) with { Refused = 1 };
            }
        }

        metrics.LinesIgnored(outcome.IgnoredLines);
        batch.SourceId = source.Id;
        parser.Complete(batch, outcome.Shared);
        return IntakeResult.Taken(batch.EventCount, outcome.Refused);
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<IntakeResult> AppendAsync(EventBatch batch, Source source, IntakeResult read)
    {
        if (Withhold(batch) == batch.EventCount)
        {
            return read;
        }

        if (gate?.Admit(source, batch) is { } shed)
        {
            return shed;
        }

        var applied = effect is not null && EffectPolicy.IsAwaited(batch) ? batch.AwaitEffect() : null;
        var admission = log.TryAppend(batch);
        if (admission != Admission.Accepted)
        {
            return IntakeResult.Of(ProblemOf(admission));
        }

        try
        {
            await batch.Committed;
        }
        catch (Exception error) // Whatever the disk says, the client hears that its events were not taken, and sends them again.
        {
            LogCommitFailed(error);
            return IntakeResult.Of(TrackingProblems.CommitFailed);
        }

        metrics.Accepted(source.Name, batch.EventCount);
        if (batch.Warnings.Count > 0)
        {
            foreach (var observer in _observers)
            {
                observer.Warned(source, batch);
            }
        }

        return applied is null || await effect!.HasTakenEffectAsync(applied, batch.FirstOffset + batch.EventCount) ? read : IntakeResult.Of(TrackingProblems.NotInEffect);
    }

    /// <summary>
    /// Takes away the content of events that may not be kept: their places in the log stay empty, as those of erased events do.
    /// </summary>
    /// <returns>How many there were.</returns>
    private int Withhold(EventBatch batch)
    {
        var withheld = 0;
        for (var i = 0; i < batch.EventCount && _rules.Length > 0; i++)
        {
            var trackedEvent = batch[i];
            foreach (var rule in _rules)
            {
                if (rule.Check(trackedEvent) is var reason and not DropReason.None)
                {
                    trackedEvent.Drop = reason;
                    trackedEvent.Raw = trackedEvent.Payload = default;
                    if (reason == DropReason.Suppressed)
                    {
                        // Those who keep track of what was dropped would keep the keys of somebody who was erased.
                        trackedEvent.UserKey = trackedEvent.AnonymousKey = trackedEvent.PreviousKey = trackedEvent.SessionKey = trackedEvent.MessageKey = default;
                        trackedEvent.IdentifierCount = 0;
                    }

                    metrics.Withheld(reason);
                    withheld++;
                    break;
                }
            }
        }

        if (withheld > 0 && withheld < batch.EventCount)
        {
            SharedContext.RemovePerson(batch);
        }

        return withheld;
    }

    /// <summary>Keeps what was refused; after the events beside it were written, because a client that tries again doubles those never.</summary>
    private async ValueTask<IntakeResult> RefuseAsync(
        EventBatch batch, Source? source, IntakeResult result, long position, int bodyLength, EventType type)
    {
        foreach (var observer in _observers)
        {
            observer.Refused(source, batch, result.Problem);
        }

        return letters is null || await letters.KeepAsync(new RefusedRequest(batch, source, result.Problem, result.Detail, position, bodyLength, type))
            ? result
            : IntakeResult.Of(TrackingProblems.DeadLettersFull);
    }

    /// <summary>Whether the refusal tells of something that is wrong with the request, not of our being busy, a slow network or the client's leaving.</summary>
    private static bool IsForTheOwner(Problem? problem) => problem is { Status: >= 400 and < 500 and not (408 or 429 or 499) };

    private void CountRefused(EventBatch batch, ref ParseOutcome outcome, Source source)
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
            var first = batch.Refusals[0].Describe();
            LogRefused(outcome.Refused, source.Name, first);
        }
    }

    private static IntakeResult ResultOf(ParseOutcome outcome) => outcome.Status switch
    {
        ParseStatus.Empty => IntakeResult.Of(TrackingProblems.NotJson, "The body is empty."),
        ParseStatus.Malformed => IntakeResult.Of(TrackingProblems.NotJson, $"It cannot be read from byte {outcome.Position} on."),
        ParseStatus.NotAnObject => IntakeResult.Of(TrackingProblems.InvalidBody, "The body must be a JSON object."),
        ParseStatus.BatchMissing => IntakeResult.Of(TrackingProblems.InvalidBody, "'batch' must be an array of events."),
        ParseStatus.TooManyEvents => IntakeResult.Of(TrackingProblems.TooManyEvents),
        _ => throw new InvalidOperationException($"Not a refusal: {outcome.Status}."),
    };

    internal static Problem ProblemOf(Admission admission) => admission switch
    {
        Admission.LaneFull => TrackingProblems.LaneFull,
        Admission.PipelineBehind => TrackingProblems.PipelineBehind,
        _ => TrackingProblems.Stopping,
    };

    [LoggerMessage(EventId = 1001, Level = LogLevel.Error, Message = "Events were refused because they could not be committed")]
    private partial void LogCommitFailed(Exception error);

    [LoggerMessage(EventId = 1002, Level = LogLevel.Debug, Message = "Refused {Refused} events of source {Source}; the first: {Reason}")]
    private partial void LogRefused(int refused, string source, string reason);
}
