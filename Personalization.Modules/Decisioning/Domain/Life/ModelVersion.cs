using System.Text.Json;

namespace Personalization.Decisioning.Domain.Life;

/// <summary>One version of a model with its lineage. Immutable; what happens to it makes another record.</summary>
/// <param name="Model">Its name.</param>
/// <param name="Version">From 1, which is what the configuration says.</param>
/// <param name="CreatedAtMs">Unix ms.</param>
/// <param name="CreatedBy">Name of the key.</param>
/// <param name="Note">Why it was made; null when nobody said.</param>
/// <param name="Parameters">All that makes it.</param>
/// <param name="Trained">What the model had learnt from when the version was made.</param>
/// <param name="Check">The last check of the gates; null before one.</param>
internal sealed record ModelVersion(
    string Model, int Version, long CreatedAtMs, string CreatedBy, string? Note, JsonElement Parameters, TrainingSet Trained, GateReport? Check);

/// <summary>Whether a version may serve.</summary>
/// <param name="AtMs">Unix ms.</param>
/// <param name="AgainstVersion">That was live then.</param>
/// <param name="HasPassed">All gates are open.</param>
/// <param name="Gates">One by one.</param>
/// <param name="Measured">How it did.</param>
/// <param name="Live">How the live version did on the same questions; null when there was nothing to be behind of.</param>
internal sealed record GateReport(long AtMs, int AgainstVersion, bool HasPassed, IReadOnlyList<Gate> Gates, ModelMeasurement Measured, ModelMeasurement? Live);

/// <param name="Name">Stable, snake_case.</param>
/// <param name="HasPassed">Whether it is open.</param>
/// <param name="Value">What was measured.</param>
/// <param name="Bound">What it had to keep.</param>
internal sealed record Gate(string Name, bool HasPassed, double Value, double Bound);

/// <summary>Which version serves, and what did before.</summary>
/// <param name="Model">Its name.</param>
/// <param name="Live">Version.</param>
/// <param name="Before">Versions that served before, the last one last; a rollback goes there.</param>
/// <param name="SinceMs">Unix ms.</param>
/// <param name="Baseline">How it did when it began to serve, for drift; null while nothing was measured.</param>
/// <param name="Drift">The last look; null before one.</param>
/// <param name="Canary">A version that answers a share of decisions; null when none does.</param>
/// <param name="RetunedAtMs">When better parameters were looked for the last time; null when never.</param>
internal sealed record ModelRollout(
    string Model, int Live, IReadOnlyList<int> Before, long SinceMs, ModelMeasurement? Baseline, DriftReport? Drift, CanaryRun? Canary = null, long? RetunedAtMs = null);

/// <summary>How the live version does now, against the time when it began to serve.</summary>
/// <param name="AtMs">Unix ms.</param>
/// <param name="ScoreShift">Population stability index of its best scores.</param>
/// <param name="HitRate">On the newest sessions.</param>
/// <param name="HitRateBefore">When it began.</param>
/// <param name="HasDrifted">An alarm was raised.</param>
internal sealed record DriftReport(long AtMs, double ScoreShift, double HitRate, double HitRateBefore, bool HasDrifted);

/// <summary>One thing that happened to a model's versions.</summary>
internal sealed record ModelChange(long AtMs, string Actor, int Version, string What, string? Detail);

/// <summary>Keeps versions. Thread-safe; durable when it returns.</summary>
internal interface IModelVersionStore
{
    IReadOnlyList<ModelVersion> Versions(string model);

    ModelRollout? Rollout(string model);

    void Save(ModelVersion version, ModelChange change);

    void Save(ModelRollout rollout, ModelChange change);

    IReadOnlyList<ModelChange> Changes(string model, int limit);
}
