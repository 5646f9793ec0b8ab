using Microsoft.Extensions.Logging;
using Personalization.Kernel.Http;
using Personalization.Kernel.Log;
using Personalization.Kernel.Pipelines;
using Personalization.Tracking.Contracts;
using Personalization.Tracking.Domain;
using Personalization.Tracking.Domain.DeadLetters;

namespace Personalization.Tracking.Pipeline.DeadLetters;

/// <summary>
/// Sends letters in again. What was refused goes through the door like any request, with its own time of arrival and message id, so that a
/// duplicate stays out. What failed on its way is in the log already: it gets a second place there, and goes on where it stopped.
/// </summary>
internal sealed partial class DeadLetterReplay(
    EventIntake intake,
    SegmentParser parser,
    EventBatchPool pool,
    IEventLog log,
    ISourceDirectory sources,
    ParkedEvents parked,
    IPipelineStatus pipeline,
    LetterQueue queue,
    DeadLetterMetrics metrics,
    TimeProvider time,
    ILogger<DeadLetterReplay> logger)
{
    /// <summary>Tries one letter and notes the outcome on it.</summary>
    /// <param name="letter">With its body.</param>
    /// <param name="source">For a letter that nobody known sent: whose events they are.</param>
    public async Task<ReplayResult> ReplayAsync(DeadLetter letter, string? source)
    {
        var result = Obstacle(letter, source) is { } obstacle
            ? new ReplayResult(letter.Id, ReplayOutcome.NotReplayable, obstacle, -1)
            : letter.IsParked ? await TakeUpAsync(letter) : await SendInAsync(letter, source);
        metrics.Replayed(LetterNames.Of(result.Outcome));
        if (result.Outcome is ReplayOutcome.Replayed or ReplayOutcome.Refused)
        {
            await NoteAsync(letter, result, isTold: letter.IsParked && result.Offset >= 0);
        }

        return result;
    }

    private string? Obstacle(DeadLetter letter, string? source) => letter switch
    {
        { State: DeadLetterState.Replayed } => "It was replayed already.",
        { State: DeadLetterState.Discarded } => "It was discarded.",
        { Reason: DeadLetterReason.Suppressed } => "Nothing of the event was kept: its person is suppressed.",
        { IsTruncated: true } => "Only the beginning of its body was kept: put a whole one in its place first.",
        { IsParked: true } when !pipeline.IsCaughtUp => "The log is still being read again: whether the event stops is not known yet.",
        { IsParked: true } when !parked.Contains(letter.LogOffset) && parked.MayBeForgotten(letter.LogOffset) =>
            "Nobody knows any more where the event stopped: too many came after it.",
        { IsParked: false, Source: "" } when string.IsNullOrEmpty(source) => "Nobody known sent it: say whose events they are (source).",
        _ => null,
    };

    private async Task<ReplayResult> SendInAsync(DeadLetter letter, string? source)
    {
        if (ReplayBody.FaultOf(letter) is { } fault)
        {
            return new ReplayResult(letter.Id, ReplayOutcome.Refused, fault, -1);
        }

        var batch = pool.Rent(letter.Body.Length);
        try
        {
            ReplayBody.Write(letter, batch, out var route);
            batch.ReceivedAtMs = letter.ReceivedAtMs;
            batch.Origin = OriginOf(letter);
            batch.IsOfLetter = true;
            var taken = await intake.TakeAsync(batch, route, sources.Named(letter.Source.Length > 0 ? letter.Source : source!));
            return taken switch
            {
                { Problem: { Status: 429 or 503 } problem } => new ReplayResult(letter.Id, ReplayOutcome.Busy, problem.Title, -1, problem),
                { Accepted: > 0, Refused: > 0 } => new ReplayResult(
                    letter.Id, ReplayOutcome.Replayed, $"{taken.Accepted} events were taken; {taken.Refused} were refused and became letters of their own.", batch.FirstOffset),
                { Accepted: > 0 } => new ReplayResult(letter.Id, ReplayOutcome.Replayed, "taken", batch.FirstOffset),
                _ => new ReplayResult(letter.Id, ReplayOutcome.Refused, Why(batch, taken), -1),
            };
        }
        finally
        {
            batch.Release();
        }
    }

    /// <summary>
    /// An event that stops no more, because the log was read again with the fault mended, has been applied as a whole: there is nothing
    /// to take up, and the letter is settled. What another call is taking up just now is waited for first.
    /// </summary>
    private async Task<ReplayResult> TakeUpAsync(DeadLetter letter)
    {
        if (!parked.Contains(letter.LogOffset))
        {
            await pipeline.WaitUntilAppliedAsync(CancellationToken.None);
        }

        return parked.Contains(letter.LogOffset)
            ? await ResumeAsync(letter)
            : new ReplayResult(letter.Id, ReplayOutcome.Replayed, "applied already", -1);
    }

    private async Task<ReplayResult> ResumeAsync(DeadLetter letter)
    {
        var batch = pool.Rent(letter.Body.Length + letter.Context.Length);
        try
        {
            if (!Fill(batch, letter))
            {
                return new ReplayResult(letter.Id, ReplayOutcome.Refused, "The body is not a valid event.", -1);
            }

            var admission = log.TryAppend(batch);
            if (admission != Admission.Accepted)
            {
                var problem = EventIntake.ProblemOf(admission);
                return new ReplayResult(letter.Id, ReplayOutcome.Busy, problem.Title, -1, problem);
            }

            await batch.Committed;
            return new ReplayResult(letter.Id, ReplayOutcome.Replayed, "in the log once more", batch.FirstOffset);
        }
        catch (Exception error) // Whatever the disk says, the letter is as it was and may be tried again.
        {
            LogNotCommitted(error, letter.Id);
            return new ReplayResult(letter.Id, ReplayOutcome.Busy, TrackingProblems.CommitFailed.Title, -1, TrackingProblems.CommitFailed);
        }
        finally
        {
            batch.Release();
        }
    }

    /// <summary>The event as it stands in the log, or as it was corrected, in a batch of its own.</summary>
    private bool Fill(EventBatch batch, DeadLetter letter)
    {
        batch.SourceId = (ushort)letter.SourceId;
        batch.ReceivedAtMs = letter.ReceivedAtMs;
        batch.SentAtMs = letter.SentAtMs;
        batch.Origin = OriginOf(letter);
        batch.ResumedOffset = letter.LogOffset;
        batch.EnsureBuffer(letter.Context.Length + letter.Body.Length);
        letter.Context.CopyTo(batch.Buffer, 0);
        letter.Body.CopyTo(batch.Buffer, letter.Context.Length);
        batch.BufferLength = letter.Context.Length + letter.Body.Length;
        batch.SharedContext = new Utf8Slice(0, letter.Context.Length);
        var shared = parser.ParseStoredContext(batch);
        if (!parser.ParseStored(batch, new Utf8Slice(letter.Context.Length, letter.Body.Length), letter.EventType))
        {
            return false;
        }

        parser.Complete(batch, shared);
        return true;
    }

    /// <summary>What was imported stays the past: it triggers nothing and caps nothing the second time either.</summary>
    private static EventOrigin OriginOf(DeadLetter letter) =>
        letter.Origin == EventOrigin.Import ? EventOrigin.Import : EventOrigin.Replay;

    /// <summary>The event is in the log: were the note lost, another try would find its message id, or that it is parked no more.</summary>
    private async Task NoteAsync(DeadLetter letter, ReplayResult result, bool isTold)
    {
        // Of an event that was taken up the path itself tells how it ended.
        var isTaken = result.Outcome == ReplayOutcome.Replayed && !isTold;
        var nowMs = time.GetUtcNow().ToUnixTimeMilliseconds();
        var note = new LetterWrite(store => store.NoteReplay(letter.Id, isTaken, result.Detail, result.Offset, nowMs));
        if (queue.AddAlways(note))
        {
            await note.Done;
        }
    }

    private static string Why(EventBatch batch, in IntakeResult result) =>
        result.Detail ?? result.Problem?.Title ?? (batch.Refusals.Count > 0 ? batch.Refusals[0].Describe() : "There is no event in it.");

    [LoggerMessage(EventId = 1061, Level = LogLevel.Error, Message = "The replay of dead letter {Id} could not be committed; the letter is as it was")]
    private partial void LogNotCommitted(Exception error, long id);
}

internal enum ReplayOutcome
{
    /// <summary>In the log.</summary>
    Replayed,

    /// <summary>Refused again: the letter stays.</summary>
    Refused,

    /// <summary>It cannot be sent in as it is.</summary>
    NotReplayable,

    /// <summary>The log takes nothing just now.</summary>
    Busy,
}

/// <summary>How a replay ended.</summary>
/// <param name="Id">Of the letter.</param>
/// <param name="Outcome">In a word.</param>
/// <param name="Detail">A sentence.</param>
/// <param name="Offset">First place in the log; -1 when it got none.</param>
/// <param name="Problem">Why the log takes nothing; null otherwise.</param>
internal sealed record ReplayResult(long Id, ReplayOutcome Outcome, string Detail, long Offset, Problem? Problem = null);
