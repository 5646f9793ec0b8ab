namespace Personalization.Decisioning.Domain.Documents;

/// <summary>One version of something that a person wrote: a rule, an offer.</summary>
/// <param name="Id">Its name.</param>
/// <param name="Version">From 1.</param>
/// <param name="PutAtMs">Our clock, Unix ms.</param>
/// <param name="Actor">Name of the server key.</param>
/// <param name="Body">As it was put, JSON.</param>
internal sealed record StoredDocument(string Id, int Version, long PutAtMs, string Actor, byte[] Body);

/// <summary>What applies of it.</summary>
/// <param name="Id">Its name.</param>
/// <param name="NewestVersion">The last one put, which may be a draft.</param>
/// <param name="LiveVersion">The one that applies; 0 = none.</param>
/// <param name="IsDeleted">Not listed any more; its versions are kept until their place is needed.</param>
/// <param name="ChangedAtMs">Our clock, Unix ms.</param>
/// <param name="Actor">Who changed it last.</param>
internal sealed record DocumentState(string Id, int NewestVersion, int LiveVersion, bool IsDeleted, long ChangedAtMs, string Actor);

/// <summary>Keeps documents. Thread-safe; every change is durable when the call returns.</summary>
internal interface IDocumentStore
{
    /// <summary>Deleted ones too, in ordinal order.</summary>
    IReadOnlyList<DocumentState> List(string kind);

    /// <summary>Those that are kept, ascending.</summary>
    IReadOnlyList<StoredDocument> Versions(string kind, string id);

    StoredDocument? Find(string kind, string id, int version);

    /// <summary>A new version with the state after it; of the versions that do not apply, the newest are kept.</summary>
    void Add(string kind, StoredDocument document, DocumentState state, int keep);

    void Set(string kind, DocumentState state);

    /// <summary>With all its versions.</summary>
    void Forget(string kind, string id);
}
