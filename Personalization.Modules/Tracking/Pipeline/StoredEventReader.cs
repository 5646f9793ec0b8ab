using System.Runtime.CompilerServices;
using Personalization.Kernel.Log;
using Personalization.Tracking.Contracts;

namespace Personalization.Tracking.Pipeline;

/// <summary>Reads single events through the same replay that rebuilds the state, one block at a time.</summary>
internal sealed class StoredEventReader(LogReplay replay) : IEventReader
{
    public async IAsyncEnumerable<StoredEvent> ReadAsync(
        IReadOnlyList<long> offsets, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        foreach (var offset in offsets)
        {
            if (await ReadAsync(offset, cancellationToken) is { } stored)
            {
                yield return stored;
            }
        }
    }

    private async Task<StoredEvent?> ReadAsync(long offset, CancellationToken cancellationToken)
    {
        await foreach (var entry in replay.ReadAsync(offset, offset + 1, cancellationToken))
        {
            var stored = entry is EventBatch batch ? Copy(batch, offset) : null;
            entry.Release();
            return stored;
        }

        return null;
    }

    private static StoredEvent? Copy(EventBatch batch, long offset)
    {
        var trackedEvent = batch[(int)(offset - batch.FirstOffset)];
        return trackedEvent.Raw.IsEmpty
            ? null
            : new StoredEvent(offset, trackedEvent.ReceivedAtMs, trackedEvent.TimestampMs, trackedEvent.Text(trackedEvent.Raw).ToArray());
    }
}
