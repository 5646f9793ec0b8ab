using Dapper;
using Personalization.Decisioning.Domain.Trees;
using Personalization.Kernel.Privacy;
using Personalization.Kernel.Sqlite;

namespace Personalization.Decisioning.Storage.Trees;

/// <summary>Files of models that were trained elsewhere, in a file of their own: they are the shop's will, not derived from the log. Thread-safe.</summary>
[HoldsNoPersonalData("Thresholds and weights over all shoppers.")]
internal sealed class TreeModelStore(string path) : ITreeModelStore
{
    private const string KeptSql = "SELECT id AS Id, version AS Version, put_at_ms AS PutAtMs, length(body) AS Bytes FROM decisioning_tree_model ORDER BY id, version";

    private const string ReadSql = "SELECT body FROM decisioning_tree_model WHERE id = @id AND version = @version";

    private const string AddSql = "INSERT INTO decisioning_tree_model (id, version, put_at_ms, body) VALUES (@id, @version, @putAtMs, @body)";

    private const string DropSql = "DELETE FROM decisioning_tree_model WHERE id = @id AND version = @version";

    private readonly SqliteFile _file = new(path, "Decisioning/Storage/Trees");

    public IReadOnlyList<KeptTreeModel> Kept()
    {
        using var connection = _file.Open();
        return [.. connection.Query<Row>(KeptSql).Select(row => new KeptTreeModel(row.Id, row.Version, row.PutAtMs, row.Bytes))];
    }

    public byte[]? Read(string id, long version)
    {
        using var connection = _file.Open();
        return connection.QuerySingleOrDefault<byte[]>(ReadSql, new { id, version });
    }

    public void Add(KeptTreeModel model, byte[]? body)
    {
        using var connection = _file.Open();
        connection.Execute(AddSql, new { id = model.Id, version = model.Version, putAtMs = model.PutAtMs, body });
    }

    public void Drop(string id, IReadOnlyList<long> versions)
    {
        using var connection = _file.Open();
        using var transaction = connection.BeginTransaction();
        connection.Execute(DropSql, versions.Select(version => new { id, version }), transaction);
        transaction.Commit();
    }

    /// <summary>Set by name: of an expression over no rows SQLite does not say the type, which a constructor would need.</summary>
    private sealed record Row
    {
        public required string Id { get; init; }

        public long Version { get; init; }

        public long PutAtMs { get; init; }

        public long? Bytes { get; init; }
    }
}
