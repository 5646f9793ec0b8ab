using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Personalization.Kernel.Pipelines;

namespace Personalization.Kernel.Log;

/// <summary>
/// The log's one writer: a thread that commits whatever is waiting as one block, acknowledges it, and hands it on. While one
/// commit waits for the disk the next group gathers by itself, so load makes commits larger rather than slower. While the stages are far behind
/// bulk waits for them before its commit, for a moment each time: its senders slow down, and what is critical goes ahead.
/// </summary>
internal sealed partial class LogWriter(
    LogStore store,
    LogTail tail,
    PipelinePosition position,
    AdmissionLanes lanes,
    LogLoad load,
    LogMaintenance maintenance,
    TimeProvider time,
    IOptions<LogOptions> options,
    ILogger<LogWriter> logger)
{
    /// <summary>Longer than the stages rest for a cut of a checkpoint; what makes them rest longer must not keep bulk from the disk.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(200);

    private readonly LogBlockBuilder _block = new(options.Value.CompressAboveBytes);
    private readonly List<LogEntry> _group = [];
    private readonly int _maxBlockBytes = options.Value.MaxBlockBytes;
    private Thread? _thread;

    public void Start()
    {
        tail.Start(store.NextOffset);
        tail.Relieved = lanes.Wake;
        _thread = new Thread(Run) { Name = "event log", IsBackground = true };
        _thread.Start();
    }

    /// <summary>Refuses new entries, commits the accepted ones, and ends the thread.</summary>
    public void Stop()
    {
        lanes.Close();
        _thread?.Join();
        tail.Complete();
    }

    private void Run()
    {
        while (lanes.Wait(HoldsBulk, Patience))
        {
            maintenance.AfterCommit(store, CommitSafely());
        }
    }

    /// <summary>While the log is replayed at the start, the stages read the disk in any case.</summary>
    private bool HoldsBulk() => position.IsCaughtUp && tail.IsFarBehind;

    /// <summary>Bytes that were stored.</summary>
    private int CommitSafely()
    {
        var (stored, started) = (0, 0L);
        try
        {
            Gather();
            started = time.GetTimestamp();
            if (_group.Count > 0)
            {
                var body = _block.Build(out var codec);
                store.Append(_block.EventCount, codec, _block.RawBytes, body);
                stored = body.Length;
            }
        }
        catch (Exception error) // The loop must outlive a full disk: the requests are told, the log is as it was.
        {
            LogCommitFailed(error, _block.EventCount);
            foreach (var entry in _group)
            {
                entry.SetFailed(error);
            }

            return 0;
        }
        finally
        {
            load.End(started == 0 ? 0 : time.GetElapsedTime(started).TotalMilliseconds);
        }

        foreach (var entry in _group)
        {
            tail.Publish(entry);
            entry.SetCommitted();
        }

        return stored;
    }

    private void Gather()
    {
        _block.Clear();
        _group.Clear();
        var offset = store.NextOffset;
        var (oldestCritical, oldestBulk) = (0L, 0L);
        while (_block.RawBytes < _maxBlockBytes && lanes.TryTake(out var entry))
        {
            _group.Add(entry);
            entry.FirstOffset = offset;
            offset += entry.Count;
            _block.Add(entry);
            ref var oldest = ref entry.IsCritical ? ref oldestCritical : ref oldestBulk;
            oldest = oldest == 0 ? entry.QueuedAt : Math.Min(oldest, entry.QueuedAt);
        }

        load.Begin(oldestCritical, oldestBulk);
    }

    [LoggerMessage(EventId = 1, Level = LogLevel.Error, Message = "The log could not commit {Events} events; their senders were told")]
    private partial void LogCommitFailed(Exception error, int events);
}
