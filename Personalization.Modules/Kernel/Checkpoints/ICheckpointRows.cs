namespace Personalization.Kernel.Checkpoints;

/// <summary>
/// Rows of a module's last complete checkpoint, read from disk while the process runs, for state that is too large for
/// memory. Does I/O: never called on the decision path. Thread-safe.
/// </summary>
public interface ICheckpointRows
{
    /// <summary>Visits the rows of a table with keys in [fromKey, toKey], ascending.</summary>
    void Visit(byte table, long fromKey, long toKey, CheckpointRowVisitor visitor);
}

/// <summary>A state that keeps part of itself on disk only, and wants to know when that part has arrived there.</summary>
public interface ICheckpointObserver
{
    /// <summary>
    /// The last <see cref="ICheckpointed.Collect"/> is on disk and readable through <paramref name="rows"/>. Called by the
    /// sequencer between entries; also after <see cref="ICheckpointed.Load"/>.
    /// </summary>
    void OnPersisted(ICheckpointRows rows);
}
