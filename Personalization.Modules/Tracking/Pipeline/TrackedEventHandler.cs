using System.Buffers;
using Microsoft.Extensions.Logging;
using Personalization.Kernel.Log;
using Personalization.Tracking.Contracts;

namespace Personalization.Tracking.Pipeline;

/// <summary>
/// Takes tracked events from the sequencer, in log order: numbers are given by the steps, duplicates fall out, and each
/// remaining event goes to the partition that owns its profile.
/// </summary>
internal sealed partial class TrackedEventHandler : ILogEntryHandler, IAsyncDisposable
{
    private readonly EventBatchCodec _codec;
    private readonly ISequencerStep[] _steps;
    private readonly Partition[] _partitions;
    private readonly PartitionMetrics _metrics;
    private readonly ILogger _logger;
    private long _sequenced;

    public TrackedEventHandler(
        EventBatchCodec codec,
        IEnumerable<ISequencerStep> steps,
        IEnumerable<IEventStage> stages,
        PartitionLayout layout,
        PartitionMetrics metrics,
        ILoggerFactory loggers)
    {
        _logger = loggers.CreateLogger<TrackedEventHandler>();
        _metrics = metrics;
        _codec = codec;
        _steps = [.. steps];
        var ordered = stages.ToArray();
        _partitions = [.. Enumerable.Range(0, layout.Count).Select(_ => new Partition(layout.QueueEvents, ordered, metrics, loggers.CreateLogger<Partition>()))];
    }

    public byte Kind => EventBatch.EntryKind;

    /// <summary>Events that passed the sequencer since the start, duplicates not counted.</summary>
    public long Sequenced => Volatile.Read(ref _sequenced);

    public LogEntry Read(long firstOffset, int count, ReadOnlySpan<byte> body) => _codec.Read(firstOffset, count, body);

    public void WriteWithout(ReadOnlySpan<byte> body, ReadOnlySpan<int> indexes, IBufferWriter<byte> output) =>
        EventBatchCodec.WriteWithout(body, indexes, output);

    public ValueTask HandleAsync(LogEntry entry, CancellationToken cancellationToken)
    {
        var batch = (EventBatch)entry;
        var routed = Resolve(batch);
        if (routed == 0)
        {
            batch.Release();
            return ValueTask.CompletedTask;
        }

        Volatile.Write(ref _sequenced, _sequenced + routed);
        batch.BeginApply(routed);
        return RouteAsync(batch, routed, cancellationToken);
    }

    public async ValueTask DrainAsync(CancellationToken cancellationToken)
    {
        foreach (var partition in _partitions)
        {
            await partition.DrainAsync(cancellationToken);
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var partition in _partitions)
        {
            await partition.StopAsync();
        }
    }

    private int Resolve(EventBatch batch)
    {
        var routed = 0;
        for (var i = 0; i < batch.EventCount; i++)
        {
            var trackedEvent = batch[i];
            trackedEvent.Offset = batch.FirstOffset + i;
            ResolveSafely(trackedEvent);
            routed += trackedEvent.IsDropped ? 0 : 1;
        }

        return routed;
    }

    private void ResolveSafely(TrackedEvent trackedEvent)
    {
        try
        {
            for (var step = 0; step < _steps.Length && !trackedEvent.IsDropped; step++)
            {
                _steps[step].Resolve(trackedEvent);
            }
        }
        catch (Exception error) // The event is in the log: what ended the sequencer here would end it at every start again.
        {
            trackedEvent.IsDropped = true;
            _metrics.Failed.Add(1);
            LogStepFailed(error, trackedEvent.Offset);
        }
    }

    /// <summary>Ends with the last routed event: from then on the batch may be applied, released and in use again.</summary>
    private async ValueTask RouteAsync(EventBatch batch, int routed, CancellationToken cancellationToken)
    {
        for (var i = 0; routed > 0; i++)
        {
            var trackedEvent = batch[i];
            if (!trackedEvent.IsDropped)
            {
                routed--;
                await RouteAsync(trackedEvent, cancellationToken);
            }
        }
    }

    private ValueTask RouteAsync(TrackedEvent trackedEvent, CancellationToken cancellationToken)
    {
        var owner = PartitionOf(trackedEvent.ProfileId);
        if (trackedEvent.MergedProfileId < 0 || PartitionOf(trackedEvent.MergedProfileId) == owner)
        {
            return owner.AddAsync(trackedEvent, null, cancellationToken);
        }

        return MergeAcrossAsync(trackedEvent, owner, cancellationToken);
    }

    private async ValueTask MergeAcrossAsync(TrackedEvent trackedEvent, Partition owner, CancellationToken cancellationToken)
    {
        var ticket = new MergeTicket();
        await PartitionOf(trackedEvent.MergedProfileId).HandOverAsync(ticket, cancellationToken);
        await owner.AddAsync(trackedEvent, ticket, cancellationToken);
    }

    private Partition PartitionOf(int profileId) => _partitions[profileId % _partitions.Length];

    [LoggerMessage(EventId = 1012, Level = LogLevel.Error, Message = "A step failed on the event at offset {Offset}; it was left out")]
    private partial void LogStepFailed(Exception error, long offset);
}

/// <summary>How many partitions there are, and how many events each may queue.</summary>
internal sealed record PartitionLayout(int Count, int QueueEvents);
