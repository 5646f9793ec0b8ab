using Personalization.Tracking.Contracts;

namespace Personalization.Tracking.Domain.Schemas.Registry;

/// <summary>Keeps schemas over restarts. Every change is on disk when it returns.</summary>
internal interface ISchemaStore
{
    /// <summary>The newest version of every event's schema.</summary>
    IReadOnlyList<StoredSchema> Newest();

    /// <summary>The versions of one event, oldest first; none when it has no schema.</summary>
    IReadOnlyList<SchemaVersion> Versions(string subject);

    /// <summary>One version; null when there is none.</summary>
    (SchemaVersion Version, byte[] Body)? Version(string subject, int version);

    /// <summary>Adds a version; the mode counts for an event that had no schema.</summary>
    void Add(StoredSchema schema);

    void SetMode(string subject, SchemaMode mode);

    /// <summary>Forgets the event's schema with all its versions.</summary>
    void Delete(string subject);

    /// <summary>Whether the starter set was registered once, whatever became of it.</summary>
    bool HasStarterSet();

    void AddStarterSet(IEnumerable<StoredSchema> schemas, long nowMs);
}

/// <summary>One version of an event's schema as it is kept.</summary>
/// <param name="Event">See <see cref="SchemaSubject"/>.</param>
/// <param name="Mode">Of the event, not of the version.</param>
/// <param name="Version">From 1, without gaps.</param>
/// <param name="RegisteredAtMs">Our clock, Unix ms.</param>
/// <param name="Body">The schema's JSON as it came.</param>
internal sealed record StoredSchema(string Event, SchemaMode Mode, int Version, long RegisteredAtMs, byte[] Body);

/// <summary>When a version came.</summary>
internal sealed record SchemaVersion(int Version, long RegisteredAtMs);
