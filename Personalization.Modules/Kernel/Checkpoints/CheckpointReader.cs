namespace Personalization.Kernel.Checkpoints;

/// <summary>Takes one row of a checkpoint: its key and its value, valid during the call.</summary>
public delegate void CheckpointRowVisitor(long key, ReadOnlySpan<byte> value);

/// <summary>The rows of the last complete checkpoint of one state.</summary>
public abstract class CheckpointReader
{
    /// <summary>The rows reflect every offset below this one. 0 when there is no checkpoint.</summary>
    public abstract long NextOffset { get; }

    /// <summary>Visits all rows of a table in ascending key order.</summary>
    public abstract void Visit(byte table, CheckpointRowVisitor visitor);
}
