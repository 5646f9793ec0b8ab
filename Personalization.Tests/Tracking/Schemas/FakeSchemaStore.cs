using Personalization.Tracking.Contracts;
using Personalization.Tracking.Domain.Schemas.Registry;

namespace Personalization.Tests.Tracking.Schemas;

/// <summary>Keeps schemas in memory.</summary>
internal sealed class FakeSchemaStore : ISchemaStore
{
    private readonly List<StoredSchema> _rows = [];
    private bool _hasStarterSet;

    public IReadOnlyList<StoredSchema> Newest() =>
        [.. _rows.GroupBy(row => row.Event, StringComparer.Ordinal).Select(rows => rows.MaxBy(row => row.Version)!)];

    public IReadOnlyList<SchemaVersion> Versions(string subject) =>
        [.. _rows.Where(row => row.Event == subject).Select(row => new SchemaVersion(row.Version, row.RegisteredAtMs))];

    public (SchemaVersion Version, byte[] Body)? Version(string subject, int version) =>
        _rows.Find(row => row.Event == subject && row.Version == version) is { } row ? (new SchemaVersion(version, row.RegisteredAtMs), row.Body) : null;

    public void Add(StoredSchema schema) => _rows.Add(schema);

    public void SetMode(string subject, SchemaMode mode)
    {
    }

    public void Delete(string subject) => _rows.RemoveAll(row => row.Event == subject);

    public bool HasStarterSet() => _hasStarterSet;

    public void AddStarterSet(IEnumerable<StoredSchema> schemas, long nowMs)
    {
        _rows.AddRange(schemas);
        _hasStarterSet = true;
    }
}
