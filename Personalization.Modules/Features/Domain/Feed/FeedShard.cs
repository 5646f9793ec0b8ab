using System.Buffers.Binary;
using Personalization.Kernel.Checkpoints;

namespace Personalization.Features.Domain.Feed;

/// <summary>
/// The facts of one partition, in blocks that become rows of the checkpoint. A block is in memory until its row is on disk; the newest stays
/// until it is full. One writer, any reader.
/// </summary>
internal sealed class FeedShard(int number, byte table)
{
    /// <summary>Facts of a block: a read that wants a few does not decode thousands.</summary>
    private const int BlockFacts = 256;

    /// <summary>Count (4) and time of the newest fact (8), before the facts.</summary>
    private const int RowHeader = 12;

    private const int PlaceBits = 48;
    private readonly Lock _lock = new();
    private readonly List<Block> _blocks = [];
    private readonly List<long> _removed = [];

    public int Number => number;

    /// <summary>The place that the next fact gets.</summary>
    public long End { get; private set; }

    /// <summary>The oldest fact that is kept.</summary>
    public long First { get; private set; }

    public long Count => End - First;

    /// <summary>When the oldest block was finished; <see cref="long.MaxValue"/> while there is only the open one.</summary>
    public long OldestBlockAtMs
    {
        get
        {
            lock (_lock)
            {
                return _blocks.Count < 2 ? long.MaxValue : _blocks[0].LastAtMs;
            }
        }
    }

    public long Append(long atMs, int profileId, ReadOnlySpan<byte> body)
    {
        lock (_lock)
        {
            if (_blocks.Count == 0 || _blocks[^1].Count == BlockFacts)
            {
                _blocks.Add(new Block(End) { Bytes = new byte[1_024] });
            }

            var block = _blocks[^1];
            var needed = block.Length + FeedFact.HeaderBytes + body.Length;
            if (needed > block.Bytes!.Length)
            {
                // Readers hold the old array: what they have seen of it does not change.
                var grown = new byte[Math.Max(needed, block.Bytes.Length * 2)];
                block.Bytes.AsSpan(0, block.Length).CopyTo(grown);
                block.Bytes = grown;
            }

            block.Length += FeedFact.Write(block.Bytes.AsSpan(block.Length), atMs, profileId, body);
            block.Count++;
            block.LastAtMs = atMs;
            block.IsDirty = true;
            return End++;
        }
    }

    /// <summary>Facts from a place on, of one block only; the caller goes on behind them. Reads disk when the block has left memory.</summary>
    public IReadOnlyList<FeedFact> Read(long from, ICheckpointRows? rows)
    {
        Block block;
        ReadOnlyMemory<byte> bytes;
        int count;
        lock (_lock)
        {
            if (from >= End || _blocks.FindLast(candidate => candidate.First <= from) is not { } found)
            {
                return [];
            }

            block = found;
            bytes = found.Bytes is { } held ? held.AsMemory(0, found.Length) : default;
            count = found.Count;
        }

        if (bytes.IsEmpty)
        {
            bytes = FromDisk(block, rows);
        }

        var facts = new List<FeedFact>(count);
        var place = 0;
        for (var i = 0; i < count && place < bytes.Length; i++)
        {
            var fact = FeedFact.Read(bytes, ref place, number, block.First + i);
            if (fact.Sequence >= from)
            {
                facts.Add(fact);
            }
        }

        return facts;
    }

    /// <summary>Forgets the oldest block; the open one stays.</summary>
    public bool TryTrim()
    {
        lock (_lock)
        {
            if (_blocks.Count < 2)
            {
                return false;
            }

            _removed.Add(KeyOf(_blocks[0].First));
            _blocks.RemoveAt(0);
            First = _blocks[0].First;
            return true;
        }
    }

    /// <summary>Everything that is kept, oldest first.</summary>
    public IEnumerable<FeedFact> All(ICheckpointRows? rows)
    {
        for (var at = First; Read(at, rows) is { Count: > 0 } facts;)
        {
            foreach (var fact in facts)
            {
                yield return fact;
            }

            at = facts[^1].Sequence + 1;
        }
    }

    /// <summary>Takes people out of every block; what was on disk only comes back until it has been written anew. While the pipeline rests.</summary>
    public long Erase(IReadOnlySet<int> profileIds, ICheckpointRows? rows)
    {
        lock (_lock)
        {
            var erased = 0L;
            foreach (var block in _blocks)
            {
                var bytes = block.Bytes is { } held ? held[..block.Length] : FromDisk(block, rows).ToArray();
                if (FeedFact.Erase(bytes, profileIds) is var found and > 0)
                {
                    (block.Bytes, block.Length, block.IsDirty) = (bytes, bytes.Length, true);
                    erased += found;
                }
            }

            return erased;
        }
    }

    public void Collect(CheckpointWriter writer)
    {
        lock (_lock)
        {
            _removed.ForEach(key => writer.Delete(table, key));
            _removed.Clear();
            foreach (var block in _blocks.Where(block => block.IsDirty))
            {
                var row = writer.Reserve(table, KeyOf(block.First), RowHeader + block.Length);
                BinaryPrimitives.WriteInt32LittleEndian(row, block.Count);
                BinaryPrimitives.WriteInt64LittleEndian(row[4..], block.LastAtMs);
                block.Bytes.AsSpan(0, block.Length).CopyTo(row[RowHeader..]);
                block.IsDirty = false;
            }
        }
    }

    /// <summary>The last cut is on disk: full blocks that have not changed since leave memory.</summary>
    public void OnPersisted()
    {
        lock (_lock)
        {
            for (var i = 0; i < _blocks.Count - 1; i++)
            {
                if (!_blocks[i].IsDirty)
                {
                    _blocks[i].Bytes = null;
                }
            }
        }
    }

    /// <summary>Takes a row back; rows come in ascending order.</summary>
    public void Load(long first, ReadOnlySpan<byte> row)
    {
        foreach (var before in _blocks)
        {
            before.Bytes = null;
        }

        var block = new Block(first)
        {
            Count = BinaryPrimitives.ReadInt32LittleEndian(row),
            LastAtMs = BinaryPrimitives.ReadInt64LittleEndian(row[4..]),
            Bytes = row[RowHeader..].ToArray(),
            Length = row.Length - RowHeader,
        };
        First = _blocks.Count == 0 ? first : First;
        End = first + block.Count;
        _blocks.Add(block);
    }

    public static int ShardOf(long key) => (int)(key >> PlaceBits);

    public static long FirstOf(long key) => key & ((1L << PlaceBits) - 1);

    private long KeyOf(long first) => ((long)number << PlaceBits) | first;

    private ReadOnlyMemory<byte> FromDisk(Block block, ICheckpointRows? rows)
    {
        ReadOnlyMemory<byte> bytes = default;
        rows?.Visit(table, KeyOf(block.First), KeyOf(block.First), (_, row) => bytes = row[RowHeader..].ToArray());
        return bytes;
    }

    private sealed class Block(long first)
    {
        public long First { get; } = first;

        public int Count { get; set; }

        public int Length { get; set; }

        public long LastAtMs { get; set; }

        /// <summary>Null when it is on disk only.</summary>
        public byte[]? Bytes { get; set; }

        public bool IsDirty { get; set; }
    }
}
