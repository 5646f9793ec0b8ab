using System.Diagnostics.CodeAnalysis;
using System.Threading.Channels;

namespace Personalization.Kernel.Log;

/// <summary>
/// Where entries wait for the log: a critical and a bulk lane, both bounded in entries and bytes. Many requests write, one
/// thread reads; it takes critical entries first.
/// </summary>
internal sealed class AdmissionLanes(LogOptions options) : IDisposable
{
    private readonly Lane _critical = new(options.LaneEntries, options.LaneBytes);
    private readonly Lane _bulk = new(options.LaneEntries, options.LaneBytes);
    private readonly ManualResetEventSlim _work = new(initialState: false, spinCount: 1);
    private volatile bool _closed;

    /// <summary>Entries that wait now.</summary>
    public int Waiting => _critical.Count + _bulk.Count;

    public Admission TryAdd(LogEntry entry)
    {
        if (_closed)
        {
            return Admission.Stopping;
        }

        if (!(entry.IsCritical ? _critical : _bulk).TryAdd(entry))
        {
            // Closing completes the channels, so a refusal may mean either.
            return _closed ? Admission.Stopping : Admission.LaneFull;
        }

        _work.Set();
        return Admission.Accepted;
    }

    public bool TryTake([NotNullWhen(true)] out LogEntry? entry) => _critical.TryTake(out entry) || _bulk.TryTake(out entry);

    /// <summary>Blocks the log's own thread until something may be there. False when closed and empty.</summary>
    public bool Wait()
    {
        while (Waiting == 0)
        {
            _work.Reset();

            // Closed is read first: what was accepted before it is then sure to be seen.
            var isClosed = _closed;
            if (Waiting > 0)
            {
                break;
            }

            if (isClosed)
            {
                return false;
            }

            _work.Wait();
        }

        return true;
    }

    /// <summary>Refuses from now on; what was accepted can still be taken.</summary>
    public void Close()
    {
        _critical.Close();
        _bulk.Close();
        _closed = true;
        _work.Set();
    }

    public void Dispose() => _work.Dispose();

    private sealed class Lane(int maxEntries, long maxBytes)
    {
        private readonly Channel<LogEntry> _entries = Channel.CreateBounded<LogEntry>(
            new BoundedChannelOptions(maxEntries) { SingleReader = true, FullMode = BoundedChannelFullMode.Wait });

        private long _bytes;

        public int Count => _entries.Reader.Count;

        public bool TryAdd(LogEntry entry)
        {
            var bytes = entry.ByteCount;
            if (Interlocked.Add(ref _bytes, bytes) <= maxBytes && _entries.Writer.TryWrite(entry))
            {
                return true;
            }

            Interlocked.Add(ref _bytes, -bytes);
            return false;
        }

        public bool TryTake([NotNullWhen(true)] out LogEntry? entry)
        {
            if (!_entries.Reader.TryRead(out entry))
            {
                return false;
            }

            Interlocked.Add(ref _bytes, -entry.ByteCount);
            return true;
        }

        public void Close() => _entries.Writer.TryComplete();
    }
}
