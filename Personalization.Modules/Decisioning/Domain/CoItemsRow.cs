using System.Buffers.Binary;
using Personalization.Kernel.Checkpoints;

namespace Personalization.Decisioning.Domain;

/// <summary>A list of partners as a row of a checkpoint.</summary>
internal static class CoItemsRow
{
    private const int Header = 12;
    private const int Cell = 12;

    public static void Put(CheckpointWriter writer, byte table, long key, CoItems own)
    {
        own.IsDirty = false;
        var row = writer.Reserve(table, key, Header + (own.Count * Cell));
        BinaryPrimitives.WriteInt64LittleEndian(row, own.ReferenceMs);
        BinaryPrimitives.WriteSingleLittleEndian(row[8..], own.Total);
        for (var i = 0; i < own.Count; i++)
        {
            var cell = row[(Header + (i * Cell))..];
            BinaryPrimitives.WriteInt32LittleEndian(cell, own.Partners.Items[i]);
            BinaryPrimitives.WriteSingleLittleEndian(cell[4..], own.Partners.Weights[i]);
            BinaryPrimitives.WriteSingleLittleEndian(cell[8..], own.Partners.Inherited[i]);
        }
    }

    public static void Take(ReadOnlySpan<byte> row, CoItems own, int capacity)
    {
        own.Restore(BinaryPrimitives.ReadInt64LittleEndian(row), BinaryPrimitives.ReadSingleLittleEndian(row[8..]));
        for (var cell = row[Header..]; cell.Length >= Cell && own.Count < capacity; cell = cell[Cell..])
        {
            own.Append(
                BinaryPrimitives.ReadInt32LittleEndian(cell),
                BinaryPrimitives.ReadSingleLittleEndian(cell[4..]),
                BinaryPrimitives.ReadSingleLittleEndian(cell[8..]),
                capacity);
        }
    }
}
