using System.Diagnostics.CodeAnalysis;

namespace Personalization.Kernel.Log;

/// <summary>What waits in a lane.</summary>
/// <param name="Entries">Requests.</param>
/// <param name="Bytes">Their bytes in memory.</param>
/// <param name="Sources">Sources that they are of, as far as the lane tells them apart.</param>
internal readonly record struct LaneState(int Entries, long Bytes, int Sources);

/// <summary>
/// A bounded queue that serves its sources in turns, by bytes: deficit round robin (Shreedhar and Varghese, 1995), so that what one
/// source piled up delays no other. Sources are told apart by <see cref="LogEntry.FairnessKey"/> modulo a fixed number; two that meet
/// share one turn. The last eighth of the lane is kept for sources that hold less than an eighth of it. Allocates nothing once its
/// queues have their size. Thread-safe.
/// </summary>
internal sealed class FairLane(int maxEntries, long maxBytes)
{
    private const int MaxFlows = 64;

    /// <summary>A turn in bytes: sixteen times within a commit of 1 MiB, and as many single events as a browser's largest batch.</summary>
    private const int Quantum = 64 << 10;
    private const int ReservedPart = 8;

    private readonly Lock _gate = new();
    private readonly Flow?[] _flows = new Flow?[MaxFlows];

    /// <summary>Flows that have entries, in the order of their turns; a circle from <see cref="_turn"/> on.</summary>
    private readonly Flow[] _active = new Flow[MaxFlows];
    private int _turn;
    private int _activeCount;
    private int _count;
    private long _bytes;
    private bool _isClosed;

    public int Count => Volatile.Read(ref _count);

    public LaneState State
    {
        get
        {
            lock (_gate)
            {
                return new LaneState(_count, _bytes, _activeCount);
            }
        }
    }

    /// <summary>False when the lane is full, for this source at least, or closed.</summary>
    public bool TryAdd(LogEntry entry)
    {
        var bytes = entry.ByteCount;
        lock (_gate)
        {
            var flow = _flows[entry.FairnessKey & (MaxFlows - 1)] ??= new Flow();
            if (_isClosed || !HasRoom(flow, bytes))
            {
                return false;
            }

            if (flow.IsEmpty)
            {
                _active[(_turn + _activeCount++) % MaxFlows] = flow;
            }

            flow.Add(entry, bytes);
            _bytes += bytes;
            Volatile.Write(ref _count, _count + 1);
            return true;
        }
    }

    public bool TryTake([NotNullWhen(true)] out LogEntry? entry)
    {
        lock (_gate)
        {
            if (_activeCount == 0)
            {
                entry = null;
                return false;
            }

            var flow = NextInTurn();
            entry = flow.Take();
            _bytes -= entry.ByteCount;
            Volatile.Write(ref _count, _count - 1);
            if (flow.IsEmpty)
            {
                _turn = (_turn + 1) % MaxFlows;
                _activeCount--;
            }

            return true;
        }
    }

    public void Close()
    {
        lock (_gate)
        {
            _isClosed = true;
        }
    }

    private bool HasRoom(Flow flow, int bytes)
    {
        if (_count >= maxEntries || _bytes + bytes > maxBytes)
        {
            return false;
        }

        var isReserved = _count >= maxEntries - (maxEntries / ReservedPart) || _bytes + bytes > maxBytes - (maxBytes / ReservedPart);
        return !isReserved || (flow.Count <= maxEntries / ReservedPart && flow.Bytes <= maxBytes / ReservedPart);
    }

    /// <summary>The flow whose turn it is and whose credit covers its first entry. Alone, a flow needs no credit.</summary>
    private Flow NextInTurn()
    {
        while (true)
        {
            var flow = _active[_turn];
            if (_activeCount == 1 || flow.Credit >= flow.FirstBytes)
            {
                return flow;
            }

            flow.Credit += Quantum;
            _turn = (_turn + 1) % MaxFlows;
            _active[(_turn + _activeCount - 1) % MaxFlows] = flow;
        }
    }

    /// <summary>What one source has waiting: a circular buffer that keeps its size.</summary>
    private sealed class Flow
    {
        private LogEntry?[] _entries = new LogEntry?[16];
        private int _first;

        public int Count { get; private set; }

        public long Bytes { get; private set; }

        public long Credit { get; set; }

        public bool IsEmpty => Count == 0;

        public int FirstBytes => _entries[_first]!.ByteCount;

        public void Add(LogEntry entry, int bytes)
        {
            if (Count == _entries.Length)
            {
                Grow();
            }

            _entries[(_first + Count++) & (_entries.Length - 1)] = entry;
            Bytes += bytes;
        }

        public LogEntry Take()
        {
            var entry = _entries[_first]!;
            _entries[_first] = null;
            _first = (_first + 1) & (_entries.Length - 1);
            Count--;
            Bytes -= entry.ByteCount;

            // Credit is not saved up while there is nothing to send.
            Credit = Count == 0 ? 0 : Math.Max(0, Credit - entry.ByteCount);
            return entry;
        }

        private void Grow()
        {
            var grown = new LogEntry?[_entries.Length * 2];
            for (var i = 0; i < Count; i++)
            {
                grown[i] = _entries[(_first + i) & (_entries.Length - 1)];
            }

            (_entries, _first) = (grown, 0);
        }
    }
}
