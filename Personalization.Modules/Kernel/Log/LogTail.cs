using System.Diagnostics.CodeAnalysis;
using System.Threading.Channels;
using Personalization.Kernel.Pipelines;

namespace Personalization.Kernel.Log;

/// <summary>
/// The newest committed entries, kept in memory on their way from the writer to the sequencer. When the sequencer is behind
/// and the tail is full, in entries or bytes, the writer lets entries go: they are on disk, and the sequencer reads them from there.
/// </summary>
internal sealed class LogTail(int capacity, long maxBytes = 64 << 20)
{
    private readonly Channel<LogEntry> _entries = Channel.CreateBounded<LogEntry>(
        new BoundedChannelOptions(capacity) { SingleReader = true, SingleWriter = true, FullMode = BoundedChannelFullMode.Wait });

    /// <summary>Part of the room from which on the sequencer is behind rather than on its way.</summary>
    private const int BehindPart = 4;

    private readonly AsyncSignal _signal = new();
    private long _bytes;
    private int _count;
    private long _committedOffset;
    private volatile bool _isCompleted;

    /// <summary>Offset after the last committed event.</summary>
    public long CommittedOffset => Volatile.Read(ref _committedOffset);

    /// <summary>
    /// Whether so much waits for the sequencer that it would soon have to read the disk, where an event costs it twice as much: then who can
    /// wait had better do so before the log than behind it.
    /// </summary>
    public bool IsFarBehind => Volatile.Read(ref _count) > capacity / BehindPart || Interlocked.Read(ref _bytes) > maxBytes / BehindPart;

    /// <summary>Called by the sequencer when it is no longer far behind.</summary>
    public Action? Relieved { get; set; }

    public void Start(long nextOffset) => Volatile.Write(ref _committedOffset, nextOffset);

    /// <summary>Hands a committed entry over. Writer only.</summary>
    public void Publish(LogEntry entry)
    {
        var end = entry.FirstOffset + entry.Count;
        var bytes = entry.ByteCount;
        entry.Retain();
        Interlocked.Increment(ref _count);
        if (Interlocked.Add(ref _bytes, bytes) > maxBytes || !_entries.Writer.TryWrite(entry))
        {
            Interlocked.Add(ref _bytes, -bytes);
            Interlocked.Decrement(ref _count);
            entry.Release();
        }

        // After the hand-over, so that a reader who sees the offset but no entry knows that it must read the disk.
        Volatile.Write(ref _committedOffset, end);
        _signal.Wake();
    }

    /// <summary>The writer has ended; what it committed can still be taken.</summary>
    public bool IsCompleted => _isCompleted;

    public void Complete()
    {
        _isCompleted = true;
        _signal.Wake();
    }

    public bool TryPeek([NotNullWhen(true)] out LogEntry? entry) => _entries.Reader.TryPeek(out entry);

    public bool TryTake([NotNullWhen(true)] out LogEntry? entry)
    {
        var wasFarBehind = IsFarBehind;
        if (!_entries.Reader.TryRead(out entry))
        {
            return false;
        }

        Interlocked.Add(ref _bytes, -entry.ByteCount);
        Interlocked.Decrement(ref _count);
        if (wasFarBehind && !IsFarBehind)
        {
            Relieved?.Invoke();
        }

        return true;
    }

    /// <summary>Wakes the sequencer for something other than an entry.</summary>
    public void Wake() => _signal.Wake();

    /// <summary>Waits for the next entry, the end, or a wake. Sequencer only.</summary>
    public ValueTask WaitAsync() => _signal.WaitAsync();
}
