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

    public void Read(LogEntry entry, List<LogIdentifiers> found)
    {
        var batch = (EventBatch)entry;
        for (var i = 0; i < batch.EventCount; i++)
        {
            if (!batch[i].Raw.IsEmpty)
            {
                found.Add(new LogIdentifiers(batch.FirstOffset + i, TraceOf(batch[i])));
            }
        }
    }
}
