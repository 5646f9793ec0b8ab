using Dapper;
using Personalization.Decisioning.Domain.Trees;
using Personalization.Kernel.Privacy;
using Personalization.Kernel.Sqlite;

namespace Personalization.Decisioning.Storage.Trees;

/// <summary>Files of models that were trained elsewhere, in a file of their own: they are the shop's will, not derived from the log. Thread-safe.</summary>
[HoldsNoPersonalData("Thresholds and weights over all shoppers.")]
internal sealed class TreeModelStore(string path) : ITreeModelStore
{
    private const string NewestSql = """
        SELECT m.id AS Id, m.version AS Version, m.put_at_ms AS PutAtMs, m.body AS Body
        FROM decisioning_tree_model m
        WHERE m.version = (SELECT max(version) FROM decisioning_tree_model WHERE id = m.id)
        ORDER BY m.id
        """;

    private const string AddSql = "INSERT INTO decisioning_tree_model (id, version, put_at_ms, body) VALUES (@id, @version, @putAtMs, @body)";

    private const string TrimSql = "DELETE FROM decisioning_tree_model WHERE id = @id AND version <= @version";

    private readonly SqliteFile _file = new(path, "Decisioning/Storage/Trees");

    public IReadOnlyList<StoredTreeModel> Newest()
    {
        using var connection = _file.Open();
        return [.. connection.Query<Row>(NewestSql).Select(row => new StoredTreeModel(row.Id, row.Version, row.PutAtMs, row.Body))];
    }

    public void Add(StoredTreeModel model, int keep)
    {
        using var connection = _file.Open();
        using var transaction = connection.BeginTransaction();
        connection.Execute(AddSql, new { id = model.Id, version = model.Version, putAtMs = model.PutAtMs, body = model.Body }, transaction);
        connection.Execute(TrimSql, new { id = model.Id, version = model.Version - keep }, transaction);
        transaction.Commit();
    }

    private sealed record Row(string Id, long Version, long PutAtMs, byte[]? Body);
}
