using System.Buffers.Binary;
using Personalization.Features.Contracts;
using Personalization.Kernel.Checkpoints;
using Personalization.Kernel.Privacy;

namespace Personalization.Features.Domain.Triggers;

/// <summary>
/// Changes of the catalogue that a trigger waits for, until every partition has looked for the profiles that they concern. The sequencer adds them
/// at their place in the log; partitions take them once all events before that place have been applied, which they know by the
/// log's clock having passed it. So a replay looks at the same facts.
/// </summary>
[HoldsNoPersonalData("Prices and stock of items are the shop's own data.")]
[ReplayRows(93, RowForm.NotCompared, "How far each partition has looked depends on how many there are.")]
internal sealed class ItemChanges(int partitions, int capacity) : ICheckpointed
{
    private const byte ChangeTable = 92;
    private const byte ScanTable = 93;
    private readonly Lock _lock = new();
    private readonly List<ItemChange> _pending = [];
    private readonly Scan[] _scans = [.. Enumerable.Repeat(Scan.None, partitions)];
    private readonly ILookup<int, ItemChange>?[] _taken = new ILookup<int, ItemChange>?[partitions];
    private readonly long[] _due = [.. Enumerable.Repeat(long.MaxValue, partitions)];
    private readonly List<long> _removed = [];

    /// <summary>Place of the first that waits, counted since ever.</summary>
    private long _first;

    /// <summary>Places below this one are on disk.</summary>
    private long _written;
    private long _refused;

    public string FileName => "features";

    public int Version => 1;

    /// <summary>Changes that were left out because too many waited, since the start.</summary>
    public long Refused => Volatile.Read(ref _refused);

    public int Count
    {
        get
        {
            lock (_lock)
            {
                return _pending.Count;
            }
        }
    }

    /// <summary>Sequencer only.</summary>
    public void Add(in ItemChange change)
    {
        lock (_lock)
        {
            if (_pending.Count == capacity)
            {
                _refused++;
                return;
            }

            _pending.Add(change);
            SetDue();
        }
    }

    /// <summary>When a partition has something to look for, Unix ms of the log's clock; <see cref="long.MaxValue"/> for never.</summary>
    public long NextDueMs(int partition) => Volatile.Read(ref _due[partition]);

    /// <summary>
    /// What a partition is to look for now, and from which profile on; begins with all that waits and lies before now when nothing is under way.
    /// Null when there is nothing.
    /// </summary>
    public (ILookup<int, ItemChange> ByItem, int FromProfile)? Take(int partition, long nowMs)
    {
        lock (_lock)
        {
            ref var scan = ref _scans[partition];
            if (!scan.IsRunning)
            {
                var start = (int)(scan.End - _first);
                var end = start;
                while (end < _pending.Count && _pending[end].TimeMs < nowMs)
                {
                    end++;
                }

                if (end == start)
                {
                    return null;
                }

                scan = new Scan(scan.End, scan.End + end - start, partition, nowMs);
            }

            _taken[partition] ??= _pending.GetRange((int)(scan.Start - _first), (int)(scan.End - scan.Start)).ToLookup(change => change.Item);
            return (_taken[partition]!, scan.Profile);
        }
    }

    /// <summary>A partition has looked at every profile below one; -1 when it has looked at all.</summary>
    public void Looked(int partition, int nextProfile, long nowMs)
    {
        lock (_lock)
        {
            ref var scan = ref _scans[partition];
            _taken[partition] = nextProfile < 0 ? null : _taken[partition];
            scan = nextProfile < 0 ? new Scan(scan.End, scan.End, -1, nowMs) : scan with { Profile = nextProfile, LastMs = nowMs };
            var done = (int)(_scans.Min(each => each.Start) - _first);
            for (var i = 0; i < done; i++)
            {
                _removed.Add(_first++);
            }

            _pending.RemoveRange(0, done);
            SetDue();
        }
    }

    public void Load(CheckpointReader reader)
    {
        reader.Visit(ChangeTable, (key, row) =>
        {
            _first = _pending.Count == 0 ? key : _first;
            _pending.Add(Read(row));
        });
        var scans = new List<Scan>();
        var before = 0;
        reader.Visit(ScanTable, (partition, row) =>
        {
            // A row of a partition that is no longer there stays behind; that of the first is always up to date.
            before = partition == 0 ? BinaryPrimitives.ReadInt32LittleEndian(row[Scan.Bytes..]) : before;
            if (partition < before)
            {
                scans.Add(Scan.Read(row));
            }
        });
        if (scans.Count == partitions)
        {
            scans.CopyTo(_scans);
        }
        else if (scans.Count > 0)
        {
            // Other partitions have other profiles: all begin anew with what not all had looked at. What fired is remembered.
            Array.Fill(_scans, Scan.At(scans.Min(scan => scan.Start)));
        }

        _first = _pending.Count == 0 ? _scans[0].End : _first;
        _written = _first + _pending.Count;
        SetDue();
    }

    public void Collect(CheckpointWriter writer)
    {
        lock (_lock)
        {
            foreach (var place in _removed)
            {
                if (place < _written)
                {
                    writer.Delete(ChangeTable, place);
                }
            }

            _removed.Clear();
            for (var place = Math.Max(_first, _written); place < _first + _pending.Count; place++)
            {
                Write(writer.Reserve(ChangeTable, place, ChangeBytes), _pending[(int)(place - _first)]);
            }

            _written = _first + _pending.Count;
            for (var partition = 0; partition < _scans.Length; partition++)
            {
                var row = writer.Reserve(ScanTable, partition, Scan.Bytes + sizeof(int));
                _scans[partition].Write(row);
                BinaryPrimitives.WriteInt32LittleEndian(row[Scan.Bytes..], partitions);
            }
        }
    }

    private void SetDue()
    {
        for (var partition = 0; partition < partitions; partition++)
        {
            var scan = _scans[partition];
            var next = (int)(scan.End - _first);
            Volatile.Write(ref _due[partition], scan.IsRunning ? scan.LastMs + 1 : next < _pending.Count ? _pending[next].TimeMs + 1 : long.MaxValue);
        }
    }

    private const int ChangeBytes = 1 + 4 + 8 + 8 + 16 + 16;

    private static void Write(Span<byte> row, in ItemChange change)
    {
        row[0] = (byte)change.Kind;
        BinaryPrimitives.WriteInt32LittleEndian(row[1..], change.Item);
        BinaryPrimitives.WriteInt64LittleEndian(row[5..], change.Offset);
        BinaryPrimitives.WriteInt64LittleEndian(row[13..], change.TimeMs);
        WriteDecimal(row[21..], change.Before);
        WriteDecimal(row[37..], change.After);
    }

    private static ItemChange Read(ReadOnlySpan<byte> row) => new(
        (TriggerKind)row[0], BinaryPrimitives.ReadInt32LittleEndian(row[1..]), BinaryPrimitives.ReadInt64LittleEndian(row[5..]),
        BinaryPrimitives.ReadInt64LittleEndian(row[13..]), ReadDecimal(row[21..]), ReadDecimal(row[37..]));

    private static void WriteDecimal(Span<byte> row, decimal value)
    {
        Span<int> parts = stackalloc int[4];
        decimal.GetBits(value, parts);
        for (var i = 0; i < 4; i++)
        {
            BinaryPrimitives.WriteInt32LittleEndian(row[(i * 4)..], parts[i]);
        }
    }

    private static decimal ReadDecimal(ReadOnlySpan<byte> row)
    {
        Span<int> parts = stackalloc int[4];
        for (var i = 0; i < 4; i++)
        {
            parts[i] = BinaryPrimitives.ReadInt32LittleEndian(row[(i * 4)..]);
        }

        return new decimal(parts);
    }

    /// <summary>How far a partition is: the changes that it looks for, or has looked for, and the next profile, -1 when it is at rest.</summary>
    private readonly record struct Scan(long Start, long End, int Profile, long LastMs)
    {
        public const int Bytes = 28;

        public static readonly Scan None = At(0);

        public bool IsRunning => Profile >= 0;

        public static Scan At(long place) => new(place, place, -1, 0);

        public static Scan Read(ReadOnlySpan<byte> row) => new(
            BinaryPrimitives.ReadInt64LittleEndian(row), BinaryPrimitives.ReadInt64LittleEndian(row[8..]),
            BinaryPrimitives.ReadInt32LittleEndian(row[16..]), BinaryPrimitives.ReadInt64LittleEndian(row[20..]));

        public void Write(Span<byte> row)
        {
            BinaryPrimitives.WriteInt64LittleEndian(row, Start);
            BinaryPrimitives.WriteInt64LittleEndian(row[8..], End);
            BinaryPrimitives.WriteInt32LittleEndian(row[16..], Profile);
            BinaryPrimitives.WriteInt64LittleEndian(row[20..], LastMs);
        }
    }
}
