using Personalization.Decisioning.Domain.Life;

namespace Personalization.Decisioning.Domain.Models.Kept;

/// <summary>What a kept version is there for. Stored by name.</summary>
internal enum TrainedRole
{
    /// <summary>It answers, and a later version that passes its gates takes its place.</summary>
    Live,

    /// <summary>It answers after a rollback, until somebody promotes another.</summary>
    Held,

    /// <summary>It answered before, and would again after a rollback.</summary>
    Before,

    /// <summary>It may not answer: a gate is closed, or somebody rolled back and has not said since that training may go on.</summary>
    Candidate,
}

/// <summary>Whether a trained model may serve.</summary>
/// <param name="AtMs">Unix ms.</param>
/// <param name="AgainstVersion">That was live then; null when nothing was that it could be compared with.</param>
/// <param name="HasPassed">All gates are open.</param>
/// <param name="Gates">One by one.</param>
/// <param name="Measured">How it did.</param>
/// <param name="Live">How the live version did on the same questions.</param>
internal sealed record TrainedCheck(long AtMs, long? AgainstVersion, bool HasPassed, IReadOnlyList<Gate> Gates, ModelMeasurement Measured, ModelMeasurement? Live);

/// <summary>A trained model on disk.</summary>
/// <param name="Id">Ascending; 0 before it is kept.</param>
/// <param name="Name">Of the model.</param>
/// <param name="Version">Offset up to which it knows the log.</param>
/// <param name="MadeAtMs">Unix ms.</param>
/// <param name="Role">What for.</param>
/// <param name="Format">Of <paramref name="Body"/>.</param>
/// <param name="LogKey">Says of which log it is: numbers of items mean nothing in another.</param>
/// <param name="Check">Of its gates; null when it cannot be read.</param>
/// <param name="Note">Why it has its role; null when the gates say so.</param>
/// <param name="Members">Whom it learnt from, as <see cref="ProfileSet"/>.</param>
/// <param name="Checksum">SHA-256 of <paramref name="Body"/>.</param>
/// <param name="Body">As <see cref="TrainedModelCodec"/> wrote it.</param>
internal sealed record StoredTrainedModel(
    long Id, string Name, long Version, long MadeAtMs, TrainedRole Role, int Format, byte[] LogKey, TrainedCheck? Check, string? Note, byte[] Members, byte[] Checksum, byte[] Body);

/// <summary>Keeps trained models. Thread-safe; durable when it returns.</summary>
internal interface ITrainedModelStore
{
    /// <summary>The oldest first.</summary>
    IReadOnlyList<StoredTrainedModel> All();

    /// <summary>Adds a version (when there is one), gives others another role, and drops others, all or nothing.</summary>
    /// <returns>The id of what was added; 0 for nothing.</returns>
    long Change(StoredTrainedModel? added, IReadOnlyList<(long Id, TrainedRole Role, string? Note)> roles, IReadOnlyList<long> dropped);

    /// <summary>Canaries under way, by model; one that cannot be read is null.</summary>
    IReadOnlyDictionary<string, CanaryRun?> Canaries();

    /// <summary>Keeps how far a canary is; null when there is none any more.</summary>
    void SaveCanary(string name, CanaryRun? run);
}
