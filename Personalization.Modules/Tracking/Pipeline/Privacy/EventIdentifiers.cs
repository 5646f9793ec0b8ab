using Personalization.Kernel.Log;
using Personalization.Kernel.Privacy;
using Personalization.Tracking.Contracts;

namespace Personalization.Tracking.Pipeline.Privacy;

/// <summary>Whom the events of the log name.</summary>
internal sealed class EventIdentifiers : ILogIdentifiers
{
    public byte Kind => EventBatch.EntryKind;

    public static EventTrace TraceOf(TrackedEvent trackedEvent) => new(
        trackedEvent.UserKey, trackedEvent.AnonymousKey, trackedEvent.PreviousKey, trackedEvent.ReceivedAtMs, trackedEvent.TimestampMs);

    /// <summary>Whether the event names somebody who is suppressed, by whichever identifier. Allocates nothing.</summary>
    public static bool IsSuppressed(ISuppressionList suppression, TrackedEvent trackedEvent, out int request)
    {
        var trace = TraceOf(trackedEvent);
        if (suppression.IsSuppressed(trace, out request))
        {
            return true;
        }

        foreach (ref readonly var identifier in trackedEvent.Identifiers)
        {
            if (suppression.IsSuppressed(trace with { Anonymous = identifier.Key }, out request))
            {
                return true;
            }
        }

        return false;
    }

    public void Read(LogEntry entry, List<LogIdentifiers> found)
    {
        var batch = (EventBatch)entry;
        for (var i = 0; i < batch.EventCount; i++)
        {
            if (!batch[i].Raw.IsEmpty)
            {
                var trace = TraceOf(batch[i]);
                found.Add(new LogIdentifiers(batch.FirstOffset + i, trace));
                foreach (ref readonly var identifier in batch[i].Identifiers)
                {
                    found.Add(new LogIdentifiers(batch.FirstOffset + i, trace with { Anonymous = identifier.Key }));
                }
            }
        }
    }
}
