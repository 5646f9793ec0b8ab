using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Personalization.Kernel.Checkpoints;

namespace Personalization.Decisioning.Domain;

// Rows: sessions by slot, so that a new session takes the row of the one it evicts; rings by item; one row of totals.
// Rings cannot be derived from the sessions: they stand in order of arrival, which sessions that overlap do not tell.
internal sealed partial class SessionIndex
{
    private const int SessionHeader = 24;
    private readonly List<uint> _dirtySessions = [];
    private readonly List<int> _dirtyItems = [];
    private readonly List<long> _staleKeys = [];
    private bool[] _isDirtyItem = [];

    /// <summary>Writes the changed rows into three tables beginning at <paramref name="firstTable"/>. The pipeline is at rest.</summary>
    public void Collect(CheckpointWriter writer, byte firstTable)
    {
        lock (_writing)
        {
            _staleKeys.ForEach(key => writer.Delete(firstTable, key));
            _staleKeys.Clear();
            _dirtySessions.ForEach(serial => PutSession(writer, firstTable, serial));
            _dirtySessions.Clear();
            _dirtyItems.ForEach(item => PutRing(writer, (byte)(firstTable + 1), item));
            _dirtyItems.Clear();
            Span<byte> totals = stackalloc byte[12];
            BinaryPrimitives.WriteUInt32LittleEndian(totals, _newest);
            BinaryPrimitives.WriteInt64LittleEndian(totals[4..], _learnt);
            writer.Put((byte)(firstTable + 2), 0, totals);
        }
    }

    /// <summary>Takes the rows back into an empty index.</summary>
    public void Load(CheckpointReader reader, byte firstTable)
    {
        lock (_writing)
        {
            reader.Visit((byte)(firstTable + 2), (_, value) =>
            {
                _newest = BinaryPrimitives.ReadUInt32LittleEndian(value);
                _learnt = BinaryPrimitives.ReadInt64LittleEndian(value[4..]);
            });
            while (_newest >= _state.Spans.Length && _state.Spans.Length < _maxSessions)
            {
                GrowSlots();
            }

            var sessions = new List<uint>();
            reader.Visit(firstTable, (key, value) => TakeSession(key, value, sessions));
            Chain(sessions);
            reader.Visit((byte)(firstTable + 1), TakeRing);
        }
    }

    private void PutSession(CheckpointWriter writer, byte table, uint serial)
    {
        var state = _state;
        var slot = serial & (uint)(state.Spans.Length - 1);
        ref var owner = ref state.Owners[slot];
        if (owner.Serial != serial)
        {
            return; // Evicted since; the row belongs to the session that came after, which is dirty itself.
        }

        owner.IsDirty = false;
        if (owner.Profile < 0)
        {
            writer.Delete(table, RowKey(serial));
            return;
        }

        var span = new SessionSpan(state.Spans[slot]);
        var row = writer.Reserve(table, RowKey(serial), SessionHeader + (span.Count * sizeof(int)));
        BinaryPrimitives.WriteUInt32LittleEndian(row, serial);
        BinaryPrimitives.WriteInt32LittleEndian(row[4..], owner.Profile);
        BinaryPrimitives.WriteInt64LittleEndian(row[8..], owner.Number);
        BinaryPrimitives.WriteInt64LittleEndian(row[16..], owner.LastMs);
        MemoryMarshal.AsBytes(state.Items.AsSpan(span.Start, span.Count)).CopyTo(row[SessionHeader..]);
    }

    private void PutRing(CheckpointWriter writer, byte table, int item)
    {
        _isDirtyItem[item] = false;
        var (arrivals, ring) = (_state.Arrivals[item], _state.Rings[item]!);
        var count = Math.Min(arrivals, (uint)ring.Length);
        var row = writer.Reserve(table, item, (int)(1 + count) * sizeof(uint));
        var values = MemoryMarshal.Cast<byte, uint>(row);
        values[0] = arrivals;
        for (uint i = 0; i < count; i++)
        {
            values[(int)i + 1] = ring[(arrivals - count + i) & (uint)(ring.Length - 1)];
        }
    }

    private long RowKey(uint serial) => serial & (uint)(_maxSessions - 1);

    private void TakeSession(long key, ReadOnlySpan<byte> row, List<uint> sessions)
    {
        var serial = BinaryPrimitives.ReadUInt32LittleEndian(row);
        var isKept = IsKept(serial, _newest, _maxSessions);
        if (!isKept || key != RowKey(serial))
        {
            _staleKeys.Add(key); // The bound was changed since the checkpoint.
        }

        if (!isKept)
        {
            return;
        }

        var slot = serial & (uint)(_state.Spans.Length - 1);
        ref var owner = ref _state.Owners[slot];
        owner = new SessionOwner
        {
            Serial = serial,
            Profile = BinaryPrimitives.ReadInt32LittleEndian(row[4..]),
            Number = BinaryPrimitives.ReadInt64LittleEndian(row[8..]),
            LastMs = BinaryPrimitives.ReadInt64LittleEndian(row[16..]),
        };
        sessions.Add(serial);
        var span = default(SessionSpan);
        foreach (var item in MemoryMarshal.Cast<byte, int>(row[SessionHeader..]))
        {
            span = WithItem(span, item);
        }

        _state.Spans[slot] = span.Word;
        if (key != RowKey(serial))
        {
            MarkDirty(ref owner);
        }
    }

    private void Chain(List<uint> sessions)
    {
        sessions.Sort((a, b) => (_newest - b).CompareTo(_newest - a));
        foreach (var serial in sessions)
        {
            ref var owner = ref _state.Owners[serial & (uint)(_state.Owners.Length - 1)];
            ref var newest = ref _newestOfProfile.Ensure(owner.Profile);
            owner.Previous = newest;
            newest = serial;
        }
    }

    private void TakeRing(long key, ReadOnlySpan<byte> row)
    {
        var item = (int)key;
        if (item >= _maxItems)
        {
            return;
        }

        EnsureItem(item);
        var values = MemoryMarshal.Cast<byte, uint>(row);
        var arrivals = values[0];
        var serials = values[Math.Max(1, values.Length - _maxRing)..];
        var ring = new uint[Math.Max(Math.Min(4, _maxRing), (int)System.Numerics.BitOperations.RoundUpToPowerOf2((uint)serials.Length))];
        for (var i = 0; i < serials.Length; i++)
        {
            ring[(arrivals - (uint)(serials.Length - i)) & (uint)(ring.Length - 1)] = serials[i];
        }

        _state.Rings[item] = ring;
        _state.Arrivals[item] = arrivals;
        _state.LogArrivals[item] = MathF.Log2(arrivals);
    }

    private void MarkDirty(ref SessionOwner owner)
    {
        if (!owner.IsDirty)
        {
            owner.IsDirty = true;
            _dirtySessions.Add(owner.Serial);
        }
    }

    private void MarkDirty(int item)
    {
        if (item >= _isDirtyItem.Length)
        {
            Array.Resize(ref _isDirtyItem, _state.Rings.Length);
        }

        if (!_isDirtyItem[item])
        {
            _isDirtyItem[item] = true;
            _dirtyItems.Add(item);
        }
    }
}
