using System.Collections.Frozen;
using System.Threading.Channels;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Personalization.Kernel.Checkpoints;
using Personalization.Kernel.Log;

namespace Personalization.Kernel.Pipelines;

/// <summary>
/// Follows the log, one entry after the other, in log order: from memory while it keeps up, from disk when it is behind or
/// has just started. There is one code path for live traffic and for replay, so what a replay rebuilds is what was there.
/// It also decides when the pipeline rests: for a checkpoint, or for work that must see a still state (erasure).
/// </summary>
internal sealed partial class Sequencer : BackgroundService
{
    private static readonly TimeSpan StopPatience = TimeSpan.FromSeconds(5);
    private const int ReplayPerCheckpoint = 4;
    private readonly LogWriter _writer;
    private readonly LogTail _tail;
    private readonly LogReplay _replay;
    private readonly PipelinePosition _position;
    private readonly CheckpointCoordinator _checkpoints;
    private readonly FrozenDictionary<byte, ILogEntryHandler> _handlers;
    private readonly TimeProvider _time;
    private readonly TimeSpan _interval;
    private readonly long _checkpointEvents;
    private readonly ILogger<Sequencer> _logger;

    private readonly Channel<Func<Task>> _restWork = Channel.CreateBounded<Func<Task>>(16);
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private long _next;
    private long _lastCheckpoint;

    public Sequencer(
        LogWriter writer,
        LogTail tail,
        LogReplay replay,
        PipelinePosition position,
        CheckpointCoordinator checkpoints,
        IEnumerable<ILogEntryHandler> handlers,
        TimeProvider time,
        IOptions<LogOptions> options,
        ILogger<Sequencer> logger)
    {
        _writer = writer;
        _tail = tail;
        _replay = replay;
        _position = position;
        _checkpoints = checkpoints;
        _handlers = handlers.ToFrozenDictionary(handler => handler.Kind);
        _time = time;
        _interval = TimeSpan.FromSeconds(options.Value.CheckpointIntervalSeconds);
        _checkpointEvents = options.Value.CheckpointEvents;
        _logger = logger;
    }

    /// <summary>Opens the log first: events are accepted, durably, while the state is still being rebuilt.</summary>
    public override Task StartAsync(CancellationToken cancellationToken)
    {
        _writer.Start();
        return base.StartAsync(cancellationToken);
    }

    /// <summary>
    /// Refuses new events, commits the accepted ones, applies them and takes a last checkpoint. What cannot be applied within
    /// seconds is left to the next start: it is in the log.
    /// </summary>
    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        _writer.Stop();
        if (_position.IsCaughtUp)
        {
            await _ended.Task.WaitAsync(StopPatience, _time, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        await base.StopAsync(cancellationToken);
    }

    /// <summary>Runs work while no stage runs. Completes, or fails, with the work.</summary>
    public async Task AtRestAsync(Func<Task> work, CancellationToken cancellationToken)
    {
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await _restWork.Writer.WriteAsync(
            async () =>
            {
                try
                {
                    await work();
                    done.SetResult();
                }
                catch (Exception error) // The caller gets it; the pipeline goes on.
                {
                    done.SetException(error);
                }
            },
            cancellationToken);
        _tail.Wake();
        await done.Task.WaitAsync(cancellationToken);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            // Away from the starting thread, too: loading a large checkpoint must not keep the port closed.
            await PipelineThread.RunAsync("sequencer", () => RunAsync(stoppingToken));
            _ended.SetResult();
        }
        catch (Exception error) // Named once, then the host stops: a pipeline that ended silently would accept and never apply.
        {
            _ended.TrySetException(error);
            if (!stoppingToken.IsCancellationRequested)
            {
                _position.MarkFailed();
                LogPipelineFailed(error, _next);
                throw;
            }
        }
    }

    private async Task RunAsync(CancellationToken stoppingToken)
    {
        try
        {
            await CatchUpAsync(stoppingToken);
            await FollowAsync(stoppingToken);
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // What was handed over is still applied: the host disposes next what stages write to. No cut: the entry that was left may be half applied.
            await DrainAsync(CancellationToken.None);
            await _checkpoints.WaitAsync();
            throw;
        }

        await _checkpoints.WaitAsync();
        await CheckpointAsync(stoppingToken);
        await _checkpoints.WaitAsync();
    }

    private async Task CatchUpAsync(CancellationToken stoppingToken)
    {
        var loaded = _next = _lastCheckpoint = _checkpoints.Recover(_tail.CommittedOffset);
        _position.Advance(_next);
        var started = _time.GetTimestamp();
        var target = _tail.CommittedOffset;
        await ApplyFromDiskAsync(target, stoppingToken);
        await DrainAsync(stoppingToken);
        _position.MarkCaughtUp();
        LogCaughtUp(_next, _next - loaded, _time.GetElapsedTime(started).TotalSeconds);
    }

    private async Task FollowAsync(CancellationToken stoppingToken)
    {
        await using var wake = _time.CreateTimer(static tail => ((LogTail)tail!).Wake(), _tail, _interval, _interval);
        var checkpointedAt = _time.GetTimestamp();
        while (true)
        {
            var isApplied = await ApplyNextAsync(stoppingToken);
            _checkpoints.AfterPersisting();
            await WorkAtRestAsync(stoppingToken);
            if (_next - _lastCheckpoint >= _checkpointEvents || _time.GetElapsedTime(checkpointedAt) >= _interval)
            {
                await CheckpointAsync(stoppingToken);
                checkpointedAt = _time.GetTimestamp();
            }

            if (isApplied)
            {
                continue;
            }

            if (_tail.IsCompleted && _next >= _tail.CommittedOffset)
            {
                return;
            }

            await _tail.WaitAsync();
        }
    }

    /// <summary>False when there is nothing to apply now.</summary>
    private async ValueTask<bool> ApplyNextAsync(CancellationToken cancellationToken)
    {
        if (!_tail.TryPeek(out var entry))
        {
            var committed = _tail.CommittedOffset;
            if (_next >= committed || _tail.TryPeek(out entry))
            {
                return entry is not null;
            }

            await ApplyFromDiskAsync(committed, cancellationToken);
            return true;
        }

        if (entry.FirstOffset > _next)
        {
            await ApplyFromDiskAsync(entry.FirstOffset, cancellationToken);
        }

        _tail.TryTake(out _);
        if (entry.FirstOffset < _next)
        {
            entry.Release();
            return true;
        }

        await ApplyAsync(entry, cancellationToken);
        return true;
    }

    private async Task ApplyFromDiskAsync(long until, CancellationToken cancellationToken)
    {
        await foreach (var entry in _replay.ReadAsync(_next, until, cancellationToken))
        {
            await ApplyAsync(entry, cancellationToken);
            if (_next - _lastCheckpoint >= ReplayPerCheckpoint * _checkpointEvents)
            {
                // Bounds what a long replay keeps in memory, and what a crash in the midst of it repeats.
                await CheckpointAsync(cancellationToken);
            }
        }
    }

    private async ValueTask ApplyAsync(LogEntry entry, CancellationToken cancellationToken)
    {
        // The handler may release the entry before it returns, so its end is read first.
        var end = entry.FirstOffset + entry.Count;
        await _handlers[entry.Kind].HandleAsync(entry, cancellationToken);
        _next = end;
        _position.Advance(end);
    }

    private async ValueTask CheckpointAsync(CancellationToken cancellationToken)
    {
        if (_next == _lastCheckpoint || _checkpoints.IsPersisting)
        {
            return;
        }

        await DrainAsync(cancellationToken);
        await _checkpoints.BeginAsync(_next);
        _lastCheckpoint = _next;
    }

    /// <summary>A checkpoint that is on disk when this completes. Only from work at rest.</summary>
    internal async Task CheckpointAtRestAsync()
    {
        await _checkpoints.WaitAsync();
        await _checkpoints.BeginAsync(_next);
        _lastCheckpoint = _next;
        if (!await _checkpoints.WaitAsync())
        {
            throw new IOException($"The checkpoint at offset {_next} could not be written; nothing is lost, and it may be tried again.");
        }
    }

    private async ValueTask WorkAtRestAsync(CancellationToken cancellationToken)
    {
        while (_restWork.Reader.TryRead(out var work))
        {
            await DrainAsync(cancellationToken);
            await work();
        }
    }

    private async ValueTask DrainAsync(CancellationToken cancellationToken)
    {
        foreach (var handler in _handlers.Values)
        {
            await handler.DrainAsync(cancellationToken);
        }
    }

    [LoggerMessage(EventId = 20, Level = LogLevel.Information, Message = "Caught up with the log at offset {Offset}: {Replayed} events replayed in {Seconds:F1} s")]
    private partial void LogCaughtUp(long offset, long replayed, double seconds);

    [LoggerMessage(EventId = 21, Level = LogLevel.Critical, Message = "The pipeline failed at offset {Offset}; the process stops so that it can start over from the log")]
    private partial void LogPipelineFailed(Exception error, long offset);
}
