using System.Diagnostics.CodeAnalysis;

namespace Personalization.Kernel.Log;

/// <summary>
/// Where entries wait for the log: a critical and a bulk lane, both bounded in entries and bytes. Many requests write, one
/// thread reads; it takes critical entries first, and within a lane the sources in turns.
/// </summary>
internal sealed class AdmissionLanes(LogOptions options, TimeProvider? time = null) : IDisposable
{
    private readonly TimeProvider _time = time ?? TimeProvider.System;
    private readonly FairLane _critical = new(options.LaneEntries, options.LaneBytes);
    private readonly FairLane _bulk = new(options.LaneEntries, options.LaneBytes);
    private readonly ManualResetEventSlim _work = new(initialState: false, spinCount: 1);
    private volatile bool _closed;
    private volatile bool _isBulkHeld;

    /// <summary>When the bulk that waits was first held; 0 when none is. The log's thread only.</summary>
    private long _heldSince;

    /// <summary>Entries that wait now.</summary>
    public int Waiting => _critical.Count + _bulk.Count;

    public LaneState Critical => _critical.State;

    public LaneState Bulk => _bulk.State;

    public Admission TryAdd(LogEntry entry)
    {
        if (_closed)
        {
            return Admission.Stopping;
        }

        entry.QueuedAt = _time.GetTimestamp();
        if (!(entry.IsCritical ? _critical : _bulk).TryAdd(entry))
        {
            // Closing closes the lanes first, so a refusal may mean either.
            return _closed ? Admission.Stopping : Admission.LaneFull;
        }

        _work.Set();
        return Admission.Accepted;
    }

    public bool TryTake([NotNullWhen(true)] out LogEntry? entry)
    {
        if (_critical.TryTake(out entry))
        {
            return true;
        }

        entry = null;
        return !_isBulkHeld && _bulk.TryTake(out entry);
    }

    /// <summary>Blocks the log's own thread until something may be there. False when closed and empty.</summary>
    /// <param name="holdsBulk">Asked whether bulk must wait, again after each <see cref="Wake"/>; null when it need not.</param>
    /// <param name="patience">Longest time that bulk is held, however much that is critical goes ahead of it meanwhile.</param>
    public bool Wait(Func<bool>? holdsBulk = null, TimeSpan patience = default)
    {
        var isPatient = true;
        while (true)
        {
            _work.Reset();

            // Closed is read first: what was accepted before it is then sure to be seen.
            var isClosed = _closed;
            var left = isPatient && !isClosed && _bulk.Count > 0 && holdsBulk?.Invoke() == true ? LeftOf(patience) : TimeSpan.Zero;
            _isBulkHeld = left > TimeSpan.Zero;
            _heldSince = _isBulkHeld ? _heldSince : 0;
            if (_critical.Count > 0 || (_bulk.Count > 0 && !_isBulkHeld))
            {
                return true;
            }

            if (isClosed)
            {
                return false;
            }

            isPatient = _work.Wait(_isBulkHeld ? left : Timeout.InfiniteTimeSpan);
        }
    }

    private TimeSpan LeftOf(TimeSpan patience)
    {
        _heldSince = _heldSince == 0 ? _time.GetTimestamp() : _heldSince;
        return patience - _time.GetElapsedTime(_heldSince);
    }

    /// <summary>Has the log's thread look again.</summary>
    public void Wake() => _work.Set();

    /// <summary>Refuses from now on; what was accepted can still be taken.</summary>
    public void Close()
    {
        _critical.Close();
        _bulk.Close();
        _closed = true;
        _work.Set();
    }

    public void Dispose() => _work.Dispose();
}
