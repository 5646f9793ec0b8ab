using System.Buffers;
using System.Buffers.Binary;

namespace Personalization.Kernel.Checkpoints;

/// <summary>
/// Collects changed rows in one buffer, to be written to disk later. Encoding a row is a few copies into memory.
/// Layout of a row: table (1 byte), key (8 bytes), length (4 bytes, -1 = deleted), value.
/// </summary>
public sealed class CheckpointWriter
{
    internal const int RowHeader = 13;
    private readonly ArrayBufferWriter<byte> _rows = new();

    /// <summary>Rows collected so far, deletions included.</summary>
    public int RowCount { get; private set; }

    internal ReadOnlyMemory<byte> Rows => _rows.WrittenMemory;

    /// <summary>Puts a row in place of any row with the same table and key.</summary>
    public void Put(byte table, long key, ReadOnlySpan<byte> value)
    {
        value.CopyTo(Begin(table, key, value.Length)[RowHeader..]);
        _rows.Advance(RowHeader + value.Length);
    }

    /// <summary>
    /// The same without a copy: returns room for <paramref name="length"/> bytes, to be filled before the next call.
    /// </summary>
    public Span<byte> Reserve(byte table, long key, int length)
    {
        var value = Begin(table, key, length).Slice(RowHeader, length);
        _rows.Advance(RowHeader + length);
        return value;
    }

    public void Delete(byte table, long key)
    {
        Begin(table, key, -1);
        _rows.Advance(RowHeader);
    }

    private Span<byte> Begin(byte table, long key, int length)
    {
        var row = _rows.GetSpan(RowHeader + Math.Max(length, 0));
        row[0] = table;
        BinaryPrimitives.WriteInt64LittleEndian(row[1..], key);
        BinaryPrimitives.WriteInt32LittleEndian(row[9..], length);
        RowCount++;
        return row;
    }
}
