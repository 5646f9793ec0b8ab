namespace Personalization.Decisioning.Domain.Experiments.Running;

/// <summary>One experiment as it is kept.</summary>
/// <param name="Key">Its name.</param>
/// <param name="Version">Of the definition.</param>
/// <param name="PutAtMs">Unix ms.</param>
/// <param name="Body">The definition as it was put, JSON.</param>
/// <param name="State">JSON.</param>
internal sealed record StoredExperiment(string Key, long Version, long PutAtMs, byte[] Body, string State);

/// <summary>Keeps definitions, what became of them, and the numbers of their buckets. Thread-safe; everything is durable when it returns.</summary>
internal interface IExperimentStore
{
    IReadOnlyList<StoredExperiment> LoadAll();

    /// <summary>A definition of before; null when it is not kept any more.</summary>
    byte[]? Version(string key, long version);

    /// <summary>Replaces definition and state, and adds to what happened.</summary>
    void Save(StoredExperiment experiment, ExperimentChange change);

    /// <summary>Its versions and state go; what happened stays until newer changes push it out.</summary>
    void Delete(string key, ExperimentChange change);

    /// <summary>Newest first.</summary>
    IReadOnlyList<ExperimentChange> Changes(string key, int limit);

    /// <summary>The number of an experiment's buckets, the same for ever.</summary>
    int NumberOf(string key, int bucketVersion);

    /// <summary>All numbers of names that begin so.</summary>
    IReadOnlyList<(string Key, int BucketVersion, int Number)> NumbersIn(string space);

    /// <summary>Whose number it is; null when its experiment is gone.</summary>
    string? KeyOf(int number);

    /// <summary>All numbers of an experiment.</summary>
    IReadOnlyList<int> NumbersOf(string key);
}
