using Microsoft.Extensions.Options;
using Personalization.Tracking.Contracts;

namespace Personalization.Tracking.Pipeline.Import;

/// <summary>
/// Keeps imports out of the way of what happens now. An import goes on only when its last batch has passed the stages, so that a live
/// event never waits behind more than one of them; and it rests in proportion to its work, so that requests find a free core.
/// Thread-safe.
/// </summary>
internal sealed class ImportPace(TimeProvider time, IOptions<ImportOptions> options) : IEventObserver
{
    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(1);

    /// <summary>Longest rest after one batch: a slow one was slow for other reasons than its work.</summary>
    private static readonly TimeSpan MaxRest = TimeSpan.FromMilliseconds(100);

    private readonly double _restPerWork = (100d / options.Value.WorkPercent) - 1;
    private long _reached = -1;

    public void Refused(Source? source, EventBatch batch, Personalization.Kernel.Http.Problem? problem)
    {
    }

    public void Warned(Source source, EventBatch batch)
    {
    }

    public void Sequenced(TrackedEvent trackedEvent)
    {
        if (trackedEvent is { IsDropped: true, IsHistorical: true })
        {
            Reach(trackedEvent.Offset);
        }
    }

    public void Applied(TrackedEvent trackedEvent, EventVerdict verdict)
    {
        if (trackedEvent.IsHistorical)
        {
            Reach(trackedEvent.Offset);
        }
    }

    /// <summary>Waits until the event at this offset has passed the stages, and then for a rest.</summary>
    /// <param name="offset">The last event of the batch.</param>
    /// <param name="startedAt">Timestamp of <see cref="TimeProvider.GetTimestamp"/> at which the work on the batch began.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    public async ValueTask FollowAsync(long offset, long startedAt, CancellationToken cancellationToken)
    {
        while (Volatile.Read(ref _reached) < offset)
        {
            await Task.Delay(Poll, time, cancellationToken);
        }

        var rest = time.GetElapsedTime(startedAt) * _restPerWork;
        if (rest > Poll)
        {
            await Task.Delay(rest < MaxRest ? rest : MaxRest, time, cancellationToken);
        }
    }

    /// <summary>Only ever forward: partitions finish in any order, and an import that waited for a place gone by would wait for ever.</summary>
    private void Reach(long offset)
    {
        for (var reached = Volatile.Read(ref _reached); reached < offset;)
        {
            var seen = Interlocked.CompareExchange(ref _reached, offset, reached);
            if (seen == reached)
            {
                return;
            }

            reached = seen;
        }
    }
}
