using System.Buffers;
using System.Threading.Tasks.Sources;

namespace Personalization.Kernel.Log;

/// <summary>
/// One request's worth of the event log: a run of consecutive offsets that is committed, or refused, as a whole.
/// The kernel orders and stores entries; what stands in one is its owner's business (<see cref="ILogEntryHandler"/>).
/// Entries are pooled and shared by the request that waits for the commit and by the pipeline that applies it, so they are
/// counted: whoever still reads one holds a reference.
/// </summary>
public abstract class LogEntry : IValueTaskSource<long>
{
    private ManualResetValueTaskSourceCore<long> _committed = new() { RunContinuationsAsynchronously = true };
    private int _references = 1;

    /// <summary>Names the owner's handler, for good: it is stored with the entry.</summary>
    public abstract byte Kind { get; }

    /// <summary>Offsets that the entry takes, at least 1.</summary>
    public abstract int Count { get; }

    /// <summary>Bytes that the entry holds in memory, for the bounds of the queues.</summary>
    public abstract int ByteCount { get; }

    /// <summary>Critical entries overtake bulk ones while both wait for the log.</summary>
    public bool IsCritical { get; set; }

    /// <summary>Whose entry it is, for turns among those that wait: the number of its source, 0 for the shop's own.</summary>
    public int FairnessKey { get; set; }

    /// <summary>When it came into its lane, as a timestamp of the clock.</summary>
    internal long QueuedAt { get; set; }

    /// <summary>Offset of the first event. Set by the log when the entry is written or read.</summary>
    public long FirstOffset { get; set; }

    /// <summary>Writes the body that <see cref="ILogEntryHandler.Read"/> reads back.</summary>
    public abstract void WriteTo(IBufferWriter<byte> output);

    public void Retain() => Interlocked.Increment(ref _references);

    /// <summary>Gives one reference back. The last one returns the entry to its pool.</summary>
    public void Release()
    {
        if (Interlocked.Decrement(ref _references) == 0)
        {
            _references = 1;
            _committed.Reset();
            IsCritical = false;
            FairnessKey = 0;
            OnReleased();
        }
    }

    /// <summary>The first offset once the entry is on disk; faults when the disk refused it. Await it once.</summary>
    public ValueTask<long> Committed => new(this, _committed.Version);

    internal void SetCommitted() => _committed.SetResult(FirstOffset);

    internal void SetFailed(Exception error) => _committed.SetException(error);

    long IValueTaskSource<long>.GetResult(short token) => _committed.GetResult(token);

    ValueTaskSourceStatus IValueTaskSource<long>.GetStatus(short token) => _committed.GetStatus(token);

    void IValueTaskSource<long>.OnCompleted(
        Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _committed.OnCompleted(continuation, state, token, flags);

    /// <summary>Nobody reads the entry any more: clear it and put it back into its pool.</summary>
    protected abstract void OnReleased();
}
