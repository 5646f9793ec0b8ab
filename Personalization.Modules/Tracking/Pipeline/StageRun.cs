using Microsoft.Extensions.Logging;
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
    ILogger<StageRun> logger)
{
    /// <summary>
    /// On the loop that owns the event's profile. Never throws: an event that a stage cannot digest is parked, and named. Of an event
    /// that a step failed on, only the merge is applied.
    /// </summary>
    public void Apply(TrackedEvent trackedEvent)
    {
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

    /// <summary>The place of a stage in the line of work; -1 when there is no such stage any more.</summary>
    public int PlaceOf(string stage, bool isMerge)
    {
        var index = Array.FindIndex(stages, known => string.Equals(known.GetType().Name, stage, StringComparison.Ordinal));
        return index < 0 || isMerge ? index : stages.Length + index;
    }

    private EventVerdict ApplySafely(TrackedEvent trackedEvent)
    {
        var place = trackedEvent.MergedProfileId >= 0 ? trackedEvent.ResumeAt : Math.Max(trackedEvent.ResumeAt, stages.Length);
        var end = trackedEvent.IsDropped ? stages.Length : 2 * stages.Length;
        try
        {
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
