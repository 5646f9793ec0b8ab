using Personalization.Kernel.Checkpoints;

namespace Personalization.Tests.Support;

/// <summary>A checkpoint file in memory: what one state collected, another can load.</summary>
internal sealed class CheckpointRows : CheckpointReader, ICheckpointRows
{
    private readonly SortedDictionary<(byte Table, long Key), byte[]> _rows = [];

    public override long NextOffset => 0;

    public int Count => _rows.Count;

    public int CountOf(byte table) => _rows.Keys.Count(key => key.Table == table);

    /// <summary>Persists what the state has changed since its last turn, and tells it.</summary>
    public CheckpointRows Take(ICheckpointed state)
    {
        var writer = new CheckpointWriter();
        state.Collect(writer);
        foreach (var row in CollectedRow.Sorted(writer.Segments))
        {
            if (row.IsDeleted)
            {
                _rows.Remove((row.Table, row.Key));
            }
            else
            {
                _rows[(row.Table, row.Key)] = writer.Segments[row.Segment].Slice(row.Start, row.Length).ToArray();
            }
        }

        writer.Clear();
        (state as ICheckpointObserver)?.OnPersisted(this);
        return this;
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
