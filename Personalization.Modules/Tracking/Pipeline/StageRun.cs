using Microsoft.Extensions.Logging;
using Personalization.Kernel.Replay;
using Personalization.Tracking.Contracts;
using Personalization.Tracking.Domain.DeadLetters;

namespace Personalization.Tracking.Pipeline;

/// <summary>
/// Runs every stage, in their order, on one event after the other: first the event's merge in each stage, then the event itself in each.
/// That is one line of work of twice as many places as there are stages; an event that failed is resumed at the place where it
/// stopped. Partitions share this: what has state is in the stages.
/// </summary>
internal sealed partial class StageRun(
    IEventStage[] stages,
    IEventObserver[] observers,
    IDeadLetterSink? letters,
    ParkedEvents parked,
    PartitionMetrics metrics,
    ILogger<StageRun> logger,
    ReplaySample? sample = null)
{
    /// <summary>
    /// On the loop that owns the event's profile. Never throws: an event that a stage cannot digest is parked, and named. Of an event
    /// that a step failed on, only the merge is applied.
    /// </summary>
    public void Apply(TrackedEvent trackedEvent)
    {
        if (sample is not null && !sample.Takes(trackedEvent.ProfileId, trackedEvent.MergedProfileId, trackedEvent.Offset))
        {
            return;
        }

        var verdict = ApplySafely(trackedEvent);
        if (trackedEvent.IsDropped)
        {
            return;
        }

        foreach (var observer in observers)
        {
            observer.Applied(trackedEvent, verdict);
        }
    }

    /// <summary>Name of the stage that sees an event first.</summary>
    public string FirstStage => stages.Length == 0 ? "" : stages[0].GetType().Name;

    /// <summary>The place of a stage in the line of work; -1 when there is no such stage any more.</summary>
    public int PlaceOf(string stage, bool isMerge)
    {
        var index = Array.FindIndex(stages, known => string.Equals(known.GetType().Name, stage, StringComparison.Ordinal));
        return index < 0 || isMerge ? index : stages.Length + index;
    }

    /// <summary>Moves the state of one profile into another in every stage, at an administrator's word rather than an event's.</summary>
    public void Merge(int fromProfileId, int intoProfileId)
    {
        foreach (var stage in stages)
        {
            stage.Merge(fromProfileId, intoProfileId);
        }
    }

    /// <summary>A profile goes to another partition.</summary>
    public void HandOver(int profileId)
    {
        foreach (var stage in stages)
        {
            stage.HandOver(profileId);
        }
    }

    public void BeginRebuild(IReadOnlySet<int> profileIds)
    {
        foreach (var stage in stages)
        {
            stage.BeginRebuild(profileIds);
        }
    }

    public void EndRebuild()
    {
        foreach (var stage in stages)
        {
            stage.EndRebuild();
        }
    }

    /// <summary>
    /// Applies an event once more, as far as it came the first time. False when a stage threw: then it is parked like any other.
    /// </summary>
    public bool Rebuild(TrackedEvent trackedEvent)
    {
        var stopped = parked.Find(trackedEvent.FirstOffset);
        if (stopped is not null && stopped.ProfileId != trackedEvent.HomeProfileId)
        {
            parked.Move(trackedEvent.FirstOffset, trackedEvent.HomeProfileId);
        }

        var end = stopped is null ? stages.Length : EndOf(stopped);
        var place = 0;
        try
        {
            for (; place < end; place++)
            {
                stages[place].Apply(trackedEvent);
            }

            return true;
        }
        catch (Exception error) // As in the first life of an event: it stays in the log, parked and named here.
        {
            var stage = stages[place].GetType().Name;
            parked.StopAtStage(trackedEvent, stage, isMerge: false);
            letters?.Park(trackedEvent, stage, error);
            metrics.Failed.Add(1);
            LogStageFailed(error, trackedEvent.Offset);
            return false;
        }
    }

    /// <summary>How many stages saw the event before it stopped.</summary>
    private int EndOf(ParkedEvent stopped) =>
        stopped.Step.Length > 0 || stopped.Stage.Length == 0 || stopped.IsMerge ? 0
        : Math.Max(0, PlaceOf(stopped.Stage, isMerge: false) - stages.Length);

    private EventVerdict ApplySafely(TrackedEvent trackedEvent)
    {
        var place = trackedEvent.MergedProfileId >= 0 ? trackedEvent.ResumeAt : Math.Max(trackedEvent.ResumeAt, stages.Length);
        var end = trackedEvent.IsDropped ? stages.Length : 2 * stages.Length;
        try
        {
            for (var passed = stages.Length; passed < place; passed++)
            {
                stages[passed - stages.Length].Resume(trackedEvent);
            }

            for (; place < stages.Length; place++)
            {
                stages[place].Merge(trackedEvent.MergedProfileId, trackedEvent.ProfileId);
            }

            for (; place < end; place++)
            {
                stages[place - stages.Length].Apply(trackedEvent);
            }

            if (trackedEvent.Batch.ResumedOffset >= 0 && !trackedEvent.IsDropped)
            {
                letters?.Settle(trackedEvent);
            }

            return trackedEvent.MayProfile ? EventVerdict.Accepted : EventVerdict.Gated;
        }
        catch (Exception error) // The loop must outlive one event that a stage cannot digest: it stays in the log, parked and named here.
        {
            var stage = stages[place % stages.Length].GetType().Name;
            parked.StopAtStage(trackedEvent, stage, isMerge: place < stages.Length);
            letters?.Park(trackedEvent, stage, error);
            metrics.Failed.Add(1);
            LogStageFailed(error, trackedEvent.Offset);
            return EventVerdict.Failed;
        }
    }

    [LoggerMessage(EventId = 1011, Level = LogLevel.Error, Message = "A stage failed on the event at offset {Offset}; later stages did not see it")]
    private partial void LogStageFailed(Exception error, long offset);
}
