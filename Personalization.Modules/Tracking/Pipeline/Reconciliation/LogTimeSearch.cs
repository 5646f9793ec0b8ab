using Personalization.Kernel.Log;
using Personalization.Tracking.Contracts;
using Personalization.Tracking.Pipeline.Clock;

namespace Personalization.Tracking.Pipeline.Reconciliation;

/// <summary>
/// Finds a time in the log, which has no index by time: events lie in the order of their commits, which is that of their arrival but
/// for seconds; ticks of the log's clock stand among them. Imports are no exception: they arrive when they are imported. Letters that are sent in again are one: they
/// keep the time at which they arrived first, which tells nothing of their place.
/// </summary>
internal sealed class LogTimeSearch(LogReplay replay)
{
    /// <summary>By how much the order of arrival may differ from that of the log, generously; our clock may have been set back, too.</summary>
    private const long SlackMs = 3_600_000;

    /// <summary>Entries that tell no time are stepped over, so many; beyond, the search goes on in the earlier half and scans more.</summary>
    private const int MaxSteps = 256;

    /// <summary>An offset before which everything arrived earlier.</summary>
    public long FirstSince(long arrivalMs, long until)
    {
        var (low, high) = (0L, until);
        while (low < high)
        {
            var middle = low + ((high - low) / 2);
            if (ArrivalAt(middle, high) is { } found && found.ArrivalMs < arrivalMs - SlackMs)
            {
                low = found.End;
            }
            else
            {
                high = middle;
            }
        }

        return low;
    }

    private (long ArrivalMs, long End)? ArrivalAt(long offset, long high)
    {
        for (var step = 0; step < MaxSteps && offset < high; step++)
        {
            foreach (var entry in replay.ReadHere(offset, offset + 1))
            {
                var end = entry.FirstOffset + entry.Count;
                var arrivalMs = ArrivalOf(entry);
                entry.Release();
                if (arrivalMs is { } known)
                {
                    return (known, end);
                }

                offset = end;
            }
        }

        return null;
    }

    private static long? ArrivalOf(LogEntry entry) => entry switch
    {
        EventBatch batch => IsOfLetter(batch) ? null : batch.ReceivedAtMs,
        ClockEntry tick => tick.TimeMs,
        _ => null,
    };

    /// <summary>A letter of an import goes in again as an import, of its one event.</summary>
    private static bool IsOfLetter(EventBatch batch) => batch.Origin == EventOrigin.Replay || batch is { Origin: EventOrigin.Import, EventCount: 1 };
}
