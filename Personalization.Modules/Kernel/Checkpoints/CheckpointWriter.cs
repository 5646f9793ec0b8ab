using System.Buffers;
using System.Buffers.Binary;

namespace Personalization.Kernel.Checkpoints;

/// <summary>
/// Collects changed rows in memory, to be written to disk later. Encoding a row is a few copies into memory; the memory is lent by the pool
/// in segments, so that a large cut is never moved, and a row stands in one of them.
/// Layout of a row: table (1 byte), key (8 bytes), length (4 bytes, -1 = deleted), value.
/// </summary>
public sealed class CheckpointWriter
{
    internal const int RowHeader = 13;
    private const int SegmentBytes = 1 << 20;

    private readonly List<ReadOnlyMemory<byte>> _full = [];
    private byte[] _segment = [];
    private int _used;

    /// <summary>Rows collected so far, deletions included.</summary>
    public int RowCount { get; private set; }

    /// <summary>The rows in the order of their collection; valid until <see cref="Clear"/> and the next row.</summary>
    internal IReadOnlyList<ReadOnlyMemory<byte>> Segments => [.. _full, _segment.AsMemory(0, _used)];

    /// <summary>Puts a row in place of any row with the same table and key.</summary>
    public void Put(byte table, long key, ReadOnlySpan<byte> value) => value.CopyTo(Begin(table, key, value.Length)[RowHeader..]);

    /// <summary>
    /// The same without a copy: returns <paramref name="length"/> zeros, to be written over before the next call.
    /// </summary>
    public Span<byte> Reserve(byte table, long key, int length)
    {
        // The memory was somebody's before, and what a row leaves out must be the same in every replay.
        var value = Begin(table, key, length)[RowHeader..];
        value.Clear();
        return value;
    }

    public void Delete(byte table, long key) => Begin(table, key, -1);

    /// <summary>Forgets the rows and gives their memory back.</summary>
    internal void Clear()
    {
        foreach (var segment in Segments)
        {
            if (System.Runtime.InteropServices.MemoryMarshal.TryGetArray(segment, out var array) && array.Array!.Length > 0)
            {
                ArrayPool<byte>.Shared.Return(array.Array);
            }
        }

        _full.Clear();
        (_segment, _used, RowCount) = ([], 0, 0);
    }

    private Span<byte> Begin(byte table, long key, int length)
    {
        var bytes = RowHeader + Math.Max(length, 0);
        if (_segment.Length - _used < bytes)
        {
            StartSegment(bytes);
        }

        var row = _segment.AsSpan(_used, bytes);
        row[0] = table;
        BinaryPrimitives.WriteInt64LittleEndian(row[1..], key);
        BinaryPrimitives.WriteInt32LittleEndian(row[9..], length);
        _used += bytes;
        RowCount++;
        return row;
    }

    private void StartSegment(int bytes)
    {
        if (_segment.Length > 0)
        {
            _full.Add(_segment.AsMemory(0, _used));
        }

        (_segment, _used) = (ArrayPool<byte>.Shared.Rent(Math.Max(SegmentBytes, bytes)), 0);
    }
}
