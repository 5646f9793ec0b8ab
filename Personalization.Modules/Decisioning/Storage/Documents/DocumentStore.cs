using Dapper;
using Personalization.Decisioning.Domain.Documents;
using Personalization.Kernel.Privacy;
using Personalization.Kernel.Sqlite;

namespace Personalization.Decisioning.Storage.Documents;

/// <summary>Rules and offers, in a file of their own: they are the shop's will, not derived from the log. Thread-safe.</summary>
[HoldsNoPersonalData("What is shown to whom by condition; lists of people belong into segments.")]
internal sealed class DocumentStore(string path) : IDocumentStore
{
    private const string ListSql = """
        SELECT id AS Id, newest_version AS NewestVersion, live_version AS LiveVersion, is_deleted AS IsDeleted, changed_at_ms AS ChangedAtMs, actor AS Actor
        FROM decisioning_document WHERE kind = @kind ORDER BY id
        """;

    private const string VersionsSql = """
        SELECT id AS Id, version AS Version, put_at_ms AS PutAtMs, actor AS Actor, body AS Body
        FROM decisioning_document_version WHERE kind = @kind AND id = @id AND (@version = 0 OR version = @version) ORDER BY version
        """;

    private const string AddSql = """
        INSERT INTO decisioning_document_version (kind, id, version, put_at_ms, actor, body) VALUES (@kind, @id, @version, @putAtMs, @actor, @body)
        """;

    private const string TrimSql = """
        DELETE FROM decisioning_document_version WHERE kind = @kind AND id = @id AND version <= @version AND version <> @live
        """;

    private const string SetSql = """
        INSERT INTO decisioning_document (kind, id, newest_version, live_version, is_deleted, changed_at_ms, actor)
        VALUES (@kind, @id, @newest, @live, @isDeleted, @changedAtMs, @actor)
        ON CONFLICT (kind, id) DO UPDATE SET
            newest_version = @newest, live_version = @live, is_deleted = @isDeleted, changed_at_ms = @changedAtMs, actor = @actor
        """;

    private const string ForgetVersionsSql = "DELETE FROM decisioning_document_version WHERE kind = @kind AND id = @id";

    private const string ForgetSql = "DELETE FROM decisioning_document WHERE kind = @kind AND id = @id";

    private readonly SqliteFile _file = new(path, "Decisioning/Storage/Documents");

    public IReadOnlyList<DocumentState> List(string kind)
    {
        using var connection = _file.Open();
        return [.. connection.Query<StateRow>(ListSql, new { kind }).Select(row => row.ToState())];
    }

    public IReadOnlyList<StoredDocument> Versions(string kind, string id)
    {
        using var connection = _file.Open();
        return [.. connection.Query<VersionRow>(VersionsSql, new { kind, id, version = 0 }).Select(row => row.ToStored())];
    }

    public StoredDocument? Find(string kind, string id, int version)
    {
        using var connection = _file.Open();
        return version == 0 ? null : connection.QuerySingleOrDefault<VersionRow>(VersionsSql, new { kind, id, version })?.ToStored();
    }

    public void Add(string kind, StoredDocument document, DocumentState state, int keep)
    {
        using var connection = _file.Open();
        using var transaction = connection.BeginTransaction();
        connection.Execute(
            AddSql, new { kind, id = document.Id, version = document.Version, putAtMs = document.PutAtMs, actor = document.Actor, body = document.Body }, transaction);
        connection.Execute(TrimSql, new { kind, id = document.Id, version = document.Version - keep, live = state.LiveVersion }, transaction);
        connection.Execute(SetSql, Row(kind, state), transaction);
        transaction.Commit();
    }

    public void Set(string kind, DocumentState state)
    {
        using var connection = _file.Open();
        connection.Execute(SetSql, Row(kind, state));
    }

    public void Forget(string kind, string id)
    {
        using var connection = _file.Open();
        using var transaction = connection.BeginTransaction();
        connection.Execute(ForgetVersionsSql, new { kind, id }, transaction);
        connection.Execute(ForgetSql, new { kind, id }, transaction);
        transaction.Commit();
    }

    private static object Row(string kind, DocumentState state) => new
    {
        kind, id = state.Id, newest = state.NewestVersion, live = state.LiveVersion, isDeleted = state.IsDeleted ? 1 : 0, changedAtMs = state.ChangedAtMs, actor = state.Actor,
    };

    private sealed record StateRow(string Id, long NewestVersion, long LiveVersion, long IsDeleted, long ChangedAtMs, string Actor)
    {
        public DocumentState ToState() => new(Id, (int)NewestVersion, (int)LiveVersion, IsDeleted != 0, ChangedAtMs, Actor);
    }

    private sealed record VersionRow(string Id, long Version, long PutAtMs, string Actor, byte[] Body)
    {
        public StoredDocument ToStored() => new(Id, (int)Version, PutAtMs, Actor, Body);
    }
}
