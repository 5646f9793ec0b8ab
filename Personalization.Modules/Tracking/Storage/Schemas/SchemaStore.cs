using Dapper;
using Microsoft.Data.Sqlite;
using Personalization.Kernel.Privacy;
using Personalization.Kernel.Sqlite;
using Personalization.Tracking.Contracts;
using Personalization.Tracking.Domain.Schemas.Registry;

namespace Personalization.Tracking.Storage.Schemas;

/// <summary>Schemas in a file of their own: they are the shop's agreement, not derived from the log, and are not rebuilt from it.</summary>
[HoldsNoPersonalData("A schema describes events; it holds none.")]
internal sealed class SchemaStore(string path) : ISchemaStore
{
    private const string NewestSql = """
        SELECT s.event AS Event, s.mode AS Mode, v.version AS Version, v.registered_at_ms AS RegisteredAtMs, v.body AS Body
        FROM tracking_schema s
        JOIN tracking_schema_version v ON v.event = s.event
            AND v.version = (SELECT max(version) FROM tracking_schema_version WHERE event = s.event)
        ORDER BY s.event
        """;

    private const string VersionsSql = """
        SELECT version AS Version, registered_at_ms AS RegisteredAtMs
        FROM tracking_schema_version
        WHERE event = @subject
        ORDER BY version
        """;

    private const string VersionSql =
        "SELECT version AS Version, registered_at_ms AS RegisteredAtMs, body AS Body FROM tracking_schema_version WHERE event = @subject AND version = @version";

    private const string AddEventSql = "INSERT INTO tracking_schema (event, mode) VALUES (@subject, @mode) ON CONFLICT (event) DO NOTHING";

    private const string AddVersionSql =
        "INSERT INTO tracking_schema_version (event, version, registered_at_ms, body) VALUES (@subject, @version, @registeredAtMs, @body)";

    private const string SetModeSql = "UPDATE tracking_schema SET mode = @mode WHERE event = @subject";

    private const string DeleteSql =
        "DELETE FROM tracking_schema_version WHERE event = @subject; DELETE FROM tracking_schema WHERE event = @subject";

    private const string StarterSql = "SELECT count(*) FROM tracking_schema_starter";

    private const string AddStarterSql = "INSERT INTO tracking_schema_starter (id, registered_at_ms) VALUES (1, @registeredAtMs)";

    private readonly SqliteFile _file = new(path, "Tracking/Storage/Schemas");

    public IReadOnlyList<StoredSchema> Newest()
    {
        using var connection = _file.Open();
        return [.. connection.Query<SchemaRow>(NewestSql)
            .Select(row => new StoredSchema(row.Event, Enum.Parse<SchemaMode>(row.Mode), (int)row.Version, row.RegisteredAtMs, row.Body))];
    }

    public IReadOnlyList<SchemaVersion> Versions(string subject)
    {
        using var connection = _file.Open();
        return [.. connection.Query<VersionRow>(VersionsSql, new { subject }).Select(row => new SchemaVersion((int)row.Version, row.RegisteredAtMs))];
    }

    public (SchemaVersion Version, byte[] Body)? Version(string subject, int version)
    {
        using var connection = _file.Open();
        var row = connection.QuerySingleOrDefault<BodyRow>(VersionSql, new { subject, version });
        return row is null ? null : (new SchemaVersion((int)row.Version, row.RegisteredAtMs), row.Body);
    }

    public void Add(StoredSchema schema)
    {
        using var connection = _file.Open();
        using var transaction = connection.BeginTransaction();
        Add(connection, transaction, schema);
        transaction.Commit();
    }

    public void SetMode(string subject, SchemaMode mode)
    {
        using var connection = _file.Open();
        connection.Execute(SetModeSql, new { subject, mode = mode.ToString() });
    }

    public void Delete(string subject)
    {
        using var connection = _file.Open();
        using var transaction = connection.BeginTransaction();
        connection.Execute(DeleteSql, new { subject }, transaction);
        transaction.Commit();
    }

    public bool HasStarterSet()
    {
        using var connection = _file.Open();
        return connection.QuerySingle<long>(StarterSql) > 0;
    }

    public void AddStarterSet(IEnumerable<StoredSchema> schemas, long nowMs)
    {
        using var connection = _file.Open();
        using var transaction = connection.BeginTransaction();
        foreach (var schema in schemas)
        {
            Add(connection, transaction, schema);
        }

        connection.Execute(AddStarterSql, new { registeredAtMs = nowMs }, transaction);
        transaction.Commit();
    }

    private static void Add(SqliteConnection connection, SqliteTransaction transaction, StoredSchema schema)
    {
        connection.Execute(AddEventSql, new { subject = schema.Event, mode = schema.Mode.ToString() }, transaction);
        connection.Execute(
            AddVersionSql,
            new { subject = schema.Event, version = schema.Version, registeredAtMs = schema.RegisteredAtMs, body = schema.Body },
            transaction);
    }

    private sealed record SchemaRow(string Event, string Mode, long Version, long RegisteredAtMs, byte[] Body);

    private sealed record VersionRow(long Version, long RegisteredAtMs);

    private sealed record BodyRow(long Version, long RegisteredAtMs, byte[] Body);
}
