using System.Buffers.Binary;
using Personalization.Kernel.Checkpoints;

namespace Personalization.Tests.Decisioning;

/// <summary>A checkpoint file in memory: takes what a state collects and gives it back.</summary>
internal sealed class DecisioningRows : CheckpointReader
{
    private readonly SortedDictionary<(byte Table, long Key), byte[]> _rows = [];

    public override long NextOffset => 0;

    public int CountOf(byte table) => _rows.Keys.Count(key => key.Table == table);

    public DecisioningRows Take(ICheckpointed state)
    {
        var writer = new CheckpointWriter();
        state.Collect(writer);
        for (var rows = writer.Rows.Span; !rows.IsEmpty;)
        {
            var key = (rows[0], BinaryPrimitives.ReadInt64LittleEndian(rows[1..]));
            var length = BinaryPrimitives.ReadInt32LittleEndian(rows[9..]);
            if (length < 0)
            {
                _rows.Remove(key);
            }
            else
            {
                _rows[key] = rows.Slice(CheckpointWriter.RowHeader, length).ToArray();
            }

            rows = rows[(CheckpointWriter.RowHeader + Math.Max(0, length))..];
        }

        return this;
    }

    public override void Visit(byte table, CheckpointRowVisitor visitor)
    {
        foreach (var ((rowTable, key), value) in _rows)
        {
            if (rowTable == table)
            {
                visitor(key, value);
            }
        }
    }
}
