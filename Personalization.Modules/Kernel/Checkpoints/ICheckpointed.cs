namespace Personalization.Kernel.Checkpoints;

/// <summary>
/// A module's derived state, as the kernel persists it: rows of (table, key, value) in the module's own SQLite file, together
/// with the log offset they reflect. All modules are checkpointed at the same offset, atomically across their files.
/// </summary>
public interface ICheckpointed
{
    /// <summary>The module's file: lower-case, without extension. Several states may share one file if their tables differ.</summary>
    string FileName { get; }

    /// <summary>Raise it when the meaning of the rows changes: an older checkpoint is then discarded and the log replayed.</summary>
    int Version { get; }

    /// <summary>Takes the state back, before anything is replayed. Called once.</summary>
    void Load(CheckpointReader reader);

    /// <summary>
    /// Writes every row that changed since the last call and marks it clean. The pipeline is at rest meanwhile: no stage
    /// runs, readers may. Must be quick, about a microsecond a row: encode, do no I/O.
    /// </summary>
    void Collect(CheckpointWriter writer);
}
