namespace Personalization.Decisioning.Domain.Trees;

/// <summary>One version of a model, as it is kept.</summary>
/// <param name="Id">Its name.</param>
/// <param name="Version">From 1.</param>
/// <param name="PutAtMs">Our clock, Unix ms.</param>
/// <param name="Bytes">Of the file; null from where it was withdrawn.</param>
internal sealed record KeptTreeModel(string Id, long Version, long PutAtMs, long? Bytes);

/// <summary>Keeps model files. Thread-safe; durable when it returns.</summary>
internal interface ITreeModelStore
{
    /// <summary>All that is kept, without the files, the oldest version of each first.</summary>
    IReadOnlyList<KeptTreeModel> Kept();

    /// <summary>Null when it is not kept.</summary>
    byte[]? Read(string id, long version);

    /// <summary>Adds a version; a withdrawal has no file.</summary>
    void Add(KeptTreeModel model, byte[]? body);

    void Drop(string id, IReadOnlyList<long> versions);
}
