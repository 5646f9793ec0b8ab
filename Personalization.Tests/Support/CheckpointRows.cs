using System.Buffers.Binary;
using Personalization.Kernel.Checkpoints;

namespace Personalization.Tests.Support;

/// <summary>A checkpoint file in memory: what one state collected, another can load.</summary>
internal sealed class CheckpointRows : CheckpointReader, ICheckpointRows
{
    private readonly SortedDictionary<(byte Table, long Key), byte[]> _rows = [];

    public override long NextOffset => 0;

    public int Count => _rows.Count;

    /// <summary>Persists what the state has changed since its last turn, and tells it.</summary>
    public void Take(ICheckpointed state)
    {
        var writer = new CheckpointWriter();
        state.Collect(writer);
        for (var rows = writer.Rows.Span; rows.Length > 0;)
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

            rows = rows[(CheckpointWriter.RowHeader + Math.Max(length, 0))..];
        }

        (state as ICheckpointObserver)?.OnPersisted(this);
    }

    /// <summary>Gives the rows to a fresh state.</summary>
    public void GiveTo(ICheckpointed state)
    {
        state.Load(this);
        (state as ICheckpointObserver)?.OnPersisted(this);
    }

    public override void Visit(byte table, CheckpointRowVisitor visitor) => Visit(table, long.MinValue, long.MaxValue, visitor);

    public void Visit(byte table, long fromKey, long toKey, CheckpointRowVisitor visitor)
    {
        foreach (var ((rowTable, key), value) in _rows.ToList())
        {
            if (rowTable == table && key >= fromKey && key <= toKey)
            {
                visitor(key, value);
            }
        }
    }
}
