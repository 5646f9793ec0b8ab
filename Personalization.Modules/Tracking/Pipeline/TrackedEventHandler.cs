using System.Buffers;
using System.Data.Common;
using System.Numerics;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Personalization.Kernel.Log;
using Personalization.Tracking.Contracts;
using Personalization.Tracking.Domain.Clock;
using Personalization.Tracking.Domain.DeadLetters;
using Personalization.Tracking.Pipeline.Clock;
using ReplaySample = Personalization.Kernel.Replay.ReplaySample;

namespace Personalization.Tracking.Pipeline;

/// <summary>
/// Takes tracked events from the sequencer, in log order: numbers are given by the steps, duplicates fall out, and each
/// remaining event goes to the partition that owns its profile.
/// </summary>
internal sealed partial class TrackedEventHandler : ILogEntryHandler, IAsyncDisposable
{
    private readonly EventBatchCodec _codec;
    private readonly ISequencerStep[] _steps;
    private readonly IEventObserver[] _observers;
    private readonly IDeadLetterSink? _letters;
    private readonly ParkedEvents _parked;
    private readonly StageRun _stages;
    private readonly LogClock _clock;
    private readonly Partition[] _partitions;
    private readonly PartitionMetrics _metrics;
    private readonly ILogger _logger;
    private readonly PartitionLayout _layout;
    private readonly AppliedProgress _progress;
    private ulong _receivers;
    private long _sequenced;

    public TrackedEventHandler(
        EventBatchCodec codec,
        IEnumerable<ISequencerStep> steps,
        IEnumerable<IEventStage> stages,
        IEnumerable<IEventObserver> observers,
        PartitionLayout layout,
        AppliedProgress progress,
        ParkedEvents parked,
        PartitionMetrics metrics,
        LogClock clock,
        ClockMetrics clockMetrics,
        IOptions<ClockOptions> clockOptions,
        ILoggerFactory loggers,
        IDeadLetterSink? letters = null,
        ReplaySample? sample = null)
    {
        _observers = [.. observers];
        _letters = letters;
        _parked = parked;
        _logger = loggers.CreateLogger<TrackedEventHandler>();
        _metrics = metrics;
        _clock = clock;
        _layout = layout;
        _progress = progress;
        _codec = codec;
        _steps = [.. steps];
        IEventStage[] inOrder = [.. stages];
        Timed = new TimedRun(inOrder, layout, clockMetrics, TimeSpan.FromSeconds(clockOptions.Value.RetrySeconds), loggers.CreateLogger<TimedRun>());
        _stages = new StageRun(inOrder, _observers, letters, parked, metrics, loggers.CreateLogger<StageRun>(), sample);
        _partitions = [.. Enumerable.Range(0, layout.Count).Select(number => new Partition(number, layout, _stages, Timed, progress))];
    }

    public byte Kind => EventBatch.EntryKind;

    /// <summary>Events that passed the sequencer since the start, duplicates not counted.</summary>
    public long Sequenced => Volatile.Read(ref _sequenced);

    /// <summary>Events that wait for a partition.</summary>
    public int QueuedEvents(int partition) => _partitions[partition].QueuedEvents;

    public LogEntry Read(long firstOffset, int count, ReadOnlySpan<byte> body) => _codec.Read(firstOffset, count, body);

    public void WriteWithout(ReadOnlySpan<byte> body, ReadOnlySpan<int> indexes, IBufferWriter<byte> output) =>
        EventBatchCodec.WriteWithout(body, indexes, output);

    public ValueTask HandleAsync(LogEntry entry, CancellationToken cancellationToken)
    {
        var batch = (EventBatch)entry;
        batch.LogTimeMs = _clock.Advance(batch.ReceivedAtMs);
        return batch.ResumedOffset >= 0 ? ResumeAsync(batch, cancellationToken) : ApplyAsync(batch);
    }

    public async ValueTask DrainAsync(CancellationToken cancellationToken)
    {
        await DrainPartitionsAsync(cancellationToken);
        if (_letters is not null)
        {
            await _letters.FlushAsync();
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var partition in _partitions)
        {
            await partition.StopAsync();
        }
    }

    /// <summary>Stages that wait for a time.</summary>
    internal TimedRun Timed { get; }

    /// <summary>What profiles are made anew with, while the partitions rest.</summary>
    internal StageRun Stages => _stages;

    internal ReadOnlySpan<ISequencerStep> Steps => _steps;

    /// <summary>Completes when every event that was handed over has been applied. Sequencer only.</summary>
    internal async ValueTask DrainPartitionsAsync(CancellationToken cancellationToken)
    {
        foreach (var partition in _partitions)
        {
            await partition.DrainAsync(cancellationToken);
        }
    }

    /// <summary>The clock has come to a time at this place of the log: every partition is told, behind what came before. Sequencer only.</summary>
    internal async ValueTask TickAsync(long timeMs, long end)
    {
        var nowMs = _clock.Advance(timeMs);
        for (var partition = 0; partition < _partitions.Length; partition++)
        {
            _progress.Queued(partition, end);
            await _partitions[partition].TickAsync(nowMs, end);
        }
    }

    /// <summary>
    /// The partitions rest, and what was due by the clock has been treated in all of them: how many there are must not show in what an
    /// entry does that sees the state of all. Sequencer only.
    /// </summary>
    internal async ValueTask RestAsync(long timeMs, CancellationToken cancellationToken)
    {
        await DrainPartitionsAsync(cancellationToken);
        var nowMs = _clock.Advance(timeMs);
        for (var partition = 0; partition < _partitions.Length; partition++)
        {
            Timed.Elapse(partition, nowMs);
        }
    }

    /// <summary>Where the event stopped is certain only when everything before has come out at the other end.</summary>
    private async ValueTask ResumeAsync(EventBatch batch, CancellationToken cancellationToken)
    {
        await DrainPartitionsAsync(cancellationToken);
        await ApplyAsync(batch);
    }

    private ValueTask ApplyAsync(EventBatch batch)
    {
        Volatile.Write(ref _sequenced, _sequenced + Resolve(batch));
        return _receivers == 0 ? Skip(batch) : RouteAsync(batch);
    }

    private static ValueTask Skip(EventBatch batch)
    {
        batch.Finish();
        return ValueTask.CompletedTask;
    }

    /// <summary>Events that are to be applied.</summary>
    private int Resolve(EventBatch batch)
    {
        var applied = 0;
        _receivers = 0;
        for (var i = 0; i < batch.EventCount; i++)
        {
            var trackedEvent = batch[i];
            trackedEvent.Offset = batch.FirstOffset + i;
            ResolveSafely(trackedEvent);
            foreach (var observer in _observers)
            {
                observer.Sequenced(trackedEvent);
            }

            if (batch.IsEffectAwaited && trackedEvent.Drop == DropReason.Duplicate)
            {
                // What it repeats may still be on its way: the queues keep their order, so it has taken effect when all have come this far.
                _receivers = AllPartitions;
            }

            applied += trackedEvent.IsDropped ? 0 : 1;
            if (trackedEvent.IsRouted)
            {
                Address(trackedEvent);
            }
        }

        return applied;
    }

    private ulong AllPartitions => ulong.MaxValue >> (64 - _layout.Count);

    /// <summary>Notes which partitions must see the batch: the profile's, and for a merge also the one that it leaves.</summary>
    private void Address(TrackedEvent trackedEvent)
    {
        var owner = _layout.PartitionOf(trackedEvent.ProfileId);
        _receivers |= 1UL << owner;
        if (trackedEvent.MergedProfileId >= 0 && _layout.PartitionOf(trackedEvent.MergedProfileId) is var former && former != owner)
        {
            trackedEvent.MergeTicket = new MergeTicket();
            _receivers |= 1UL << former;
        }
    }

    private void ResolveSafely(TrackedEvent trackedEvent)
    {
        var isResumed = trackedEvent.Batch.ResumedOffset >= 0 && !trackedEvent.IsDropped;
        var before = isResumed ? _parked.Take(trackedEvent.FirstOffset) : null;
        var first = isResumed ? -1 : 0;
        var step = 0;
        try
        {
            first = isResumed ? Restore(trackedEvent, before) : 0;
            for (; step < _steps.Length && !trackedEvent.IsDropped; step++)
            {
                if (step < first)
                {
                    _steps[step].Resume(trackedEvent);
                }
                else
                {
                    _steps[step].Resolve(trackedEvent);
                }
            }

            if (trackedEvent.Drop is DropReason.Duplicate or DropReason.Suppressed)
            {
                TellDropped(trackedEvent);
            }

            // One that was withheld at the door was seen by no step, and leaves nothing.
            if (trackedEvent.Drop == DropReason.Suppressed && step > 0)
            {
                _letters?.Suppress(trackedEvent, NameOf(step - 1));
            }
        }
        catch (Exception error) when (error is not DbException and not IOException) // The event is in the log: what ended the sequencer here would end it at every start again.
        {
            trackedEvent.Drop = DropReason.Failed;
            if (first < 0)
            {
                _parked.StopAsBefore(trackedEvent, before!);
            }
            else
            {
                _parked.StopAtStep(trackedEvent, NameOf(Math.Max(step, first)), before);
            }

            _letters?.Park(trackedEvent, NameOf(step), error);
            _metrics.Failed.Add(1);
            LogStepFailed(error, trackedEvent.Offset);
        }
    }

    /// <summary>
    /// Gives an event back what it had when it stopped, and tells how many steps it has behind it. One that never stopped, or that was
    /// taken up before, is dropped: its effects are there already.
    /// </summary>
    private int Restore(TrackedEvent trackedEvent, ParkedEvent? parked)
    {
        if (parked is null)
        {
            trackedEvent.Drop = DropReason.Duplicate;
            if (!_parked.MayBeForgotten(trackedEvent.FirstOffset))
            {
                // Somebody else took it up first: what they came to may not be told by them any more, for this place in the log is the later one.
                _letters?.Settle(trackedEvent);
            }

            return 0;
        }

        var place = parked.Stage.Length == 0 ? 0 : _stages.PlaceOf(parked.Stage, parked.IsMerge);
        var step = parked.Step.Length == 0 ? _steps.Length : Array.FindIndex(_steps, step => step.GetType().Name == parked.Step);
        if (place < 0 || step < 0)
        {
            throw new InvalidOperationException($"The event stopped at '{parked.Step}{parked.Stage}', which this program does not have.");
        }

        trackedEvent.ProfileId = parked.ProfileId;
        trackedEvent.MergedProfileId = parked.MergedProfileId;
        trackedEvent.ResumeAt = place;
        return step;
    }

    private void TellDropped(TrackedEvent trackedEvent)
    {
        foreach (var step in _steps)
        {
            step.Dropped(trackedEvent);
        }
    }

    private string NameOf(int step) => _steps[step].GetType().Name;

    /// <summary>
    /// Each partition gets the whole batch and picks its own events: one hand-over a request, not one an event. Not to be
    /// cancelled half-way: a merge would wait for a partition that never hears of it.
    /// </summary>
    private async ValueTask RouteAsync(EventBatch batch)
    {
        var receivers = _receivers;
        var end = batch.FirstOffset + batch.EventCount;
        batch.BeginApply(BitOperations.PopCount(receivers));
        for (; receivers != 0; receivers &= receivers - 1)
        {
            var partition = BitOperations.TrailingZeroCount(receivers);
            _progress.Queued(partition, end);
            await _partitions[partition].AddAsync(batch, CancellationToken.None);
        }
    }

    [LoggerMessage(EventId = 1012, Level = LogLevel.Error, Message = "A step failed on the event at offset {Offset}; it was left out")]
    private partial void LogStepFailed(Exception error, long offset);
}
