using System.Text.Json;
using Dapper;
using Personalization.Decisioning.Domain.Life;
using Personalization.Kernel.Privacy;
using Personalization.Kernel.Sqlite;

namespace Personalization.Decisioning.Storage.Life;

/// <summary>Versions of models in a file of their own. Thread-safe.</summary>
[HoldsNoPersonalData("Parameters and counts over all shoppers.")]
internal sealed class ModelVersionStore(string path) : IModelVersionStore
{
    private const int KeptChanges = 10_000;

    private const string VersionsSql = "SELECT body FROM decisioning_model_version WHERE model = @model ORDER BY version";

    private const string RolloutSql = "SELECT body FROM decisioning_model_rollout WHERE model = @model";

    private const string SaveVersionSql = "INSERT OR REPLACE INTO decisioning_model_version (model, version, body) VALUES (@model, @version, @body)";

    private const string SaveRolloutSql = "INSERT OR REPLACE INTO decisioning_model_rollout (model, body) VALUES (@model, @body)";

    private const string ChangedSql = """
        INSERT INTO decisioning_model_change (model, at_ms, actor, version, what, detail) VALUES (@model, @AtMs, @Actor, @Version, @What, @Detail);
        DELETE FROM decisioning_model_change WHERE id <= (SELECT max(id) FROM decisioning_model_change) - @KeptChanges;
        """;

    private const string ChangesSql = """
        SELECT at_ms AS AtMs, actor AS Actor, version AS Version, what AS What, detail AS Detail
        FROM decisioning_model_change WHERE model = @model ORDER BY id DESC LIMIT @limit
        """;

    private readonly SqliteFile _file = new(path, "Decisioning/Storage/Life");

    public IReadOnlyList<ModelVersion> Versions(string model)
    {
        using var connection = _file.Open();
        return [.. connection.Query<string>(VersionsSql, new { model }).Select(body => JsonSerializer.Deserialize<ModelVersion>(body)!)];
    }

    public ModelRollout? Rollout(string model)
    {
        using var connection = _file.Open();
        return connection.QuerySingleOrDefault<string>(RolloutSql, new { model }) is { } body ? JsonSerializer.Deserialize<ModelRollout>(body) : null;
    }

    public void Save(ModelVersion version, ModelChange change) =>
        Save(SaveVersionSql, new { model = version.Model, version = version.Version, body = JsonSerializer.Serialize(version) }, version.Model, change);

    public void Save(ModelRollout rollout, ModelChange change) =>
        Save(SaveRolloutSql, new { model = rollout.Model, body = JsonSerializer.Serialize(rollout) }, rollout.Model, change);

    public IReadOnlyList<ModelChange> Changes(string model, int limit)
    {
        using var connection = _file.Open();
        return [.. connection.Query<Row>(ChangesSql, new { model, limit }).Select(row => new ModelChange(row.AtMs, row.Actor, (int)row.Version, row.What, row.Detail))];
    }

    private void Save(string sql, object row, string model, ModelChange change)
    {
        using var connection = _file.Open();
        using var transaction = connection.BeginTransaction();
        connection.Execute(sql, row, transaction);
        connection.Execute(ChangedSql, new { model, change.AtMs, change.Actor, change.Version, change.What, change.Detail, KeptChanges }, transaction);
        transaction.Commit();
    }

    private sealed record Row(long AtMs, string Actor, long Version, string What, string? Detail);
}
