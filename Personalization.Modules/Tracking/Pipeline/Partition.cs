using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using Personalization.Tracking.Contracts;

namespace Personalization.Tracking.Pipeline;

/// <summary>
/// One loop that owns the state of its profiles: it takes their events in log order and runs every stage on each. Bounded:
/// when it is full the sequencer waits, and with it, in the end, the door.
/// </summary>
internal sealed partial class Partition
{
    private readonly Channel<Item> _queue;
    private readonly IEventStage[] _stages;
    private readonly PartitionMetrics _metrics;
    private readonly ILogger<Partition> _logger;
    private readonly Task _loop;

    public Partition(int capacity, IEventStage[] stages, PartitionMetrics metrics, ILogger<Partition> logger)
    {
        _stages = stages;
        _metrics = metrics;
        _logger = logger;
        _queue = Channel.CreateBounded<Item>(
            new BoundedChannelOptions(capacity) { SingleReader = true, SingleWriter = true, FullMode = BoundedChannelFullMode.Wait });
        _loop = Task.Run(RunAsync);
    }

    /// <summary>Events that wait now.</summary>
    public int Waiting => _queue.Reader.Count;

    public ValueTask AddAsync(TrackedEvent trackedEvent, MergeTicket? ticket, CancellationToken cancellationToken)
    {
        var item = new Item(trackedEvent, ticket, null);
        return _queue.Writer.TryWrite(item) ? ValueTask.CompletedTask : _queue.Writer.WriteAsync(item, cancellationToken);
    }

    /// <summary>The profile of the ticket leaves this partition: everything before this point has been applied then.</summary>
    public ValueTask HandOverAsync(MergeTicket ticket, CancellationToken cancellationToken) =>
        _queue.Writer.WriteAsync(new Item(null, ticket, null), cancellationToken);

    public async ValueTask DrainAsync(CancellationToken cancellationToken)
    {
        var drained = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await _queue.Writer.WriteAsync(new Item(null, null, drained), cancellationToken);
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
                if (item.Event is { } trackedEvent)
                {
                    if (item.Ticket is { } ticket)
                    {
                        await ticket.HandedOver;
                    }

                    ApplySafely(trackedEvent);
                }
                else
                {
                    item.Ticket?.HandOver();
                    item.Drained?.SetResult();
                }
            }
        }
    }

    private void ApplySafely(TrackedEvent trackedEvent)
    {
        try
        {
            if (trackedEvent.MergedProfileId >= 0)
            {
                foreach (var stage in _stages)
                {
                    stage.Merge(trackedEvent.MergedProfileId, trackedEvent.ProfileId);
                }
            }

            foreach (var stage in _stages)
            {
                stage.Apply(trackedEvent);
            }
        }
        catch (Exception error) // The loop must outlive one event that a stage cannot digest: it stays in the log, named here.
        {
            _metrics.Failed.Add(1);
            LogStageFailed(error, trackedEvent.Offset);
        }
        finally
        {
            trackedEvent.Batch.EndApply();
        }
    }

    [LoggerMessage(EventId = 1011, Level = LogLevel.Error, Message = "A stage failed on the event at offset {Offset}; later stages did not see it")]
    private partial void LogStageFailed(Exception error, long offset);

    private readonly record struct Item(TrackedEvent? Event, MergeTicket? Ticket, TaskCompletionSource? Drained);
}

/// <summary>
/// Orders a merge across two partitions: the one that loses the profile says when it has applied the last of its events,
/// the one that gains it waits. Tickets are issued in log order, so two partitions never wait for each other in a circle.
/// </summary>
internal sealed class MergeTicket
{
    private readonly TaskCompletionSource _handedOver = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public Task HandedOver => _handedOver.Task;

    public void HandOver() => _handedOver.SetResult();
}
