using System.Threading.Channels;
using Personalization.Kernel.Pipelines;
using Personalization.Tracking.Contracts;
using Personalization.Tracking.Pipeline.Clock;

namespace Personalization.Tracking.Pipeline;

/// <summary>
/// One loop that owns the state of its profiles: it takes batches in log order and runs every stage on each of its events.
/// Bounded in events: when it is full the sequencer waits, and with it, in the end, the door.
/// </summary>
internal sealed class Partition
{
    private const int MaxBatches = 4_096;
    private readonly Channel<Item> _queue = Channel.CreateBounded<Item>(
        new BoundedChannelOptions(MaxBatches) { SingleReader = true, SingleWriter = true, FullMode = BoundedChannelFullMode.Wait });

    private readonly AsyncSignal _room = new();
    private readonly int _number;
    private readonly PartitionLayout _layout;
    private readonly StageRun _stages;
    private readonly TimedRun _timed;
    private readonly AppliedProgress _progress;
    private readonly Task _loop;
    private int _queuedEvents;

    public Partition(int number, PartitionLayout layout, StageRun stages, TimedRun timed, AppliedProgress progress)
    {
        _number = number;
        _layout = layout;
        _stages = stages;
        _timed = timed;
        _progress = progress;
        _loop = PipelineThread.RunAsync($"partition {number}", RunAsync);
    }

    /// <summary>Events of the batches that wait, others' among them.</summary>
    public int QueuedEvents => Volatile.Read(ref _queuedEvents);

    /// <summary>Hands a batch over of which some events are this partition's. Sequencer only. Waits while the queue is full.</summary>
    public async ValueTask AddAsync(EventBatch batch, CancellationToken cancellationToken)
    {
        var events = batch.EventCount;
        while (Volatile.Read(ref _queuedEvents) is > 0 and var queued && queued + events > _layout.QueueEvents)
        {
            await _room.WaitAsync();
        }

        Interlocked.Add(ref _queuedEvents, events);
        var item = new Item(batch, null);
        if (!_queue.Writer.TryWrite(item))
        {
            await _queue.Writer.WriteAsync(item, cancellationToken);
        }
    }

    /// <summary>The log's clock comes to a time here, and no event with it. Sequencer only. Waits while the queue is full.</summary>
    public ValueTask TickAsync(long nowMs, long end) => _queue.Writer.WriteAsync(new Item(null, null, nowMs, end), CancellationToken.None);

    public async ValueTask DrainAsync(CancellationToken cancellationToken)
    {
        var drained = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await _queue.Writer.WriteAsync(new Item(null, drained), cancellationToken);
        await drained.Task.WaitAsync(cancellationToken);
    }

    public Task StopAsync()
    {
        _queue.Writer.TryComplete();
        return _loop;
    }

    private async Task RunAsync()
    {
        while (await _queue.Reader.WaitToReadAsync())
        {
            while (_queue.Reader.TryRead(out var item))
            {
                item.Drained?.SetResult();
                if (item.TickMs > 0)
                {
                    _timed.Elapse(_number, item.TickMs);
                    _progress.Applied(_number, item.TickEnd);
                }

                if (item.Batch is { } batch)
                {
                    var events = batch.EventCount;
                    var end = batch.FirstOffset + events;
                    _timed.Elapse(_number, batch.LogTimeMs);
                    await ApplyAsync(batch);
                    _progress.Applied(_number, end);
                    batch.EndApply();
                    Interlocked.Add(ref _queuedEvents, -events);
                    _room.Wake();
                }
            }
        }
    }

    private async ValueTask ApplyAsync(EventBatch batch)
    {
        for (var i = 0; i < batch.EventCount; i++)
        {
            var trackedEvent = batch[i];
            if (!trackedEvent.IsRouted)
            {
                continue;
            }

            if (_layout.PartitionOf(trackedEvent.ProfileId) == _number)
            {
                if (trackedEvent.MergeTicket is { } ticket)
                {
                    await ticket.HandedOver;
                }

                _stages.Apply(trackedEvent);
            }
            else if (trackedEvent.MergeTicket is { } ticket && _layout.PartitionOf(trackedEvent.MergedProfileId) == _number)
            {
                _stages.HandOver(trackedEvent.MergedProfileId);
                ticket.HandOver();
            }
        }
    }

    private readonly record struct Item(EventBatch? Batch, TaskCompletionSource? Drained, long TickMs = 0, long TickEnd = 0);
}
