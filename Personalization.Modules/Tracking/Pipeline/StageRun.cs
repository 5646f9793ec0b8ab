using Microsoft.Extensions.Logging;
using Personalization.Tracking.Contracts;

namespace Personalization.Tracking.Pipeline;

/// <summary>Runs every stage, in their order, on one event after the other. Partitions share it: what has state is in the stages.</summary>
internal sealed partial class StageRun(
    IEventStage[] stages, IEventObserver[] observers, IDeadLetterSink? letters, PartitionMetrics metrics, ILogger<StageRun> logger)
{
    /// <summary>On the loop that owns the event's profile. Never throws: an event that a stage cannot digest is parked, and named.</summary>
    public void Apply(TrackedEvent trackedEvent)
    {
        var verdict = ApplySafely(trackedEvent);
        foreach (var observer in observers)
        {
            observer.Applied(trackedEvent, verdict);
        }
    }

    private EventVerdict ApplySafely(TrackedEvent trackedEvent)
    {
        var stage = 0;
        try
        {
            if (trackedEvent.MergedProfileId >= 0)
            {
                for (; stage < stages.Length; stage++)
                {
                    stages[stage].Merge(trackedEvent.MergedProfileId, trackedEvent.ProfileId);
                }
            }

            for (stage = 0; stage < stages.Length; stage++)
            {
                stages[stage].Apply(trackedEvent);
            }

            return trackedEvent.MayProfile ? EventVerdict.Accepted : EventVerdict.Gated;
        }
        catch (Exception error) // The loop must outlive one event that a stage cannot digest: it stays in the log, parked and named here.
        {
            letters?.Park(trackedEvent, stages[stage].GetType().Name, error);
            metrics.Failed.Add(1);
            LogStageFailed(error, trackedEvent.Offset);
            return EventVerdict.Failed;
        }
    }

    [LoggerMessage(EventId = 1011, Level = LogLevel.Error, Message = "A stage failed on the event at offset {Offset}; later stages did not see it")]
    private partial void LogStageFailed(Exception error, long offset);
}
