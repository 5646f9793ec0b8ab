namespace Personalization.Tracking.Pipeline.DeadLetters;

/// <summary>
/// Changes that wait for the disk, bounded in entries and bytes. Requests are refused when it is full. The loops of the event path wait
/// instead: the event is in the log already, nobody could be told, and a stage that fails on everything had better be slow than lossy.
/// </summary>
internal sealed class LetterQueue(int maxEntries, long maxBytes)
{
    private readonly object _gate = new();
    private readonly Queue<LetterWrite> _writes = [];
    private long _bytes;
    private bool _isClosed;

    /// <summary>False when there is no room, or when the process is stopping.</summary>
    public bool TryAdd(LetterWrite write)
    {
        lock (_gate)
        {
            return !_isClosed && HasRoom(write) && Enqueue(write);
        }
    }

    /// <summary>Adds it as soon as there is room; the writer makes room also when the disk fails. False when the process is stopping.</summary>
    public bool AddPatiently(LetterWrite write)
    {
        lock (_gate)
        {
            while (!_isClosed && !HasRoom(write))
            {
                Monitor.Wait(_gate);
            }

            return !_isClosed && Enqueue(write);
        }
    }

    /// <summary>Adds it beyond the bounds: for changes that hold nothing and of which there is one at a time.</summary>
    public bool AddAlways(LetterWrite write)
    {
        lock (_gate)
        {
            return !_isClosed && Enqueue(write);
        }
    }

    /// <summary>Blocks the writer until something is there, and takes up to a number of changes. False when closed and empty.</summary>
    public bool Take(List<LetterWrite> group, int limit)
    {
        lock (_gate)
        {
            while (_writes.Count == 0)
            {
                if (_isClosed)
                {
                    return false;
                }

                Monitor.Wait(_gate);
            }

            while (group.Count < limit && _writes.TryDequeue(out var write))
            {
                _bytes -= write.Bytes;
                group.Add(write);
            }

            Monitor.PulseAll(_gate);
            return true;
        }
    }

    /// <summary>Refuses from now on; what is there can still be taken.</summary>
    public void Close()
    {
        lock (_gate)
        {
            _isClosed = true;
            Monitor.PulseAll(_gate);
        }
    }

    /// <summary>A single change larger than the bound goes through alone.</summary>
    private bool HasRoom(LetterWrite write) =>
        _writes.Count == 0 || (_writes.Count < maxEntries && _bytes + write.Bytes <= maxBytes);

    private bool Enqueue(LetterWrite write)
    {
        _writes.Enqueue(write);
        _bytes += write.Bytes;
        Monitor.PulseAll(_gate);
        return true;
    }
}
