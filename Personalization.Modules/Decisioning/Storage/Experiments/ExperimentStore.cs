using Dapper;
using Personalization.Decisioning.Domain.Experiments.Running;
using Personalization.Kernel.Privacy;
using Personalization.Kernel.Sqlite;

namespace Personalization.Decisioning.Storage.Experiments;

/// <summary>Definitions of experiments, in a file of their own. Thread-safe.</summary>
[HoldsNoPersonalData("An experiment says what is tried; who takes part stands in the kept assignments.")]
internal sealed class ExperimentStore(string path) : IExperimentStore
{
    private const int KeptVersions = 50;
    private const int KeptChanges = 1_000;

    private const string AllSql = "SELECT key AS Key, version AS Version, put_at_ms AS PutAtMs, body AS Body, state AS State FROM decisioning_experiment ORDER BY key";

    private const string VersionSql = "SELECT body FROM decisioning_experiment_version WHERE key = @key AND version = @version";

    private const string SaveSql = """
        INSERT INTO decisioning_experiment (key, version, put_at_ms, body, state) VALUES (@Key, @Version, @PutAtMs, @Body, @State)
        ON CONFLICT (key) DO UPDATE SET version = @Version, put_at_ms = @PutAtMs, body = @Body, state = @State;
        INSERT OR IGNORE INTO decisioning_experiment_version (key, version, body) VALUES (@Key, @Version, @Body);
        DELETE FROM decisioning_experiment_version WHERE key = @Key AND version <= @Version - @KeptVersions;
        """;

    private const string DeleteSql = """
        DELETE FROM decisioning_experiment WHERE key = @key;
        DELETE FROM decisioning_experiment_version WHERE key = @key;
        DELETE FROM decisioning_experiment_number WHERE key = @key;
        """;

    private const string ChangedSql = """
        INSERT INTO decisioning_experiment_change (key, at_ms, actor, what, detail) VALUES (@key, @AtMs, @Actor, @What, @Detail);
        DELETE FROM decisioning_experiment_change WHERE id <= (SELECT max(id) FROM decisioning_experiment_change) - 100000;
        DELETE FROM decisioning_experiment_change WHERE key = @key AND id NOT IN
            (SELECT id FROM decisioning_experiment_change WHERE key = @key ORDER BY id DESC LIMIT @KeptChanges);
        """;

    private const string ChangesSql = """
        SELECT at_ms AS AtMs, actor AS Actor, what AS What, detail AS Detail FROM decisioning_experiment_change WHERE key = @key ORDER BY id DESC LIMIT @limit
        """;

    private const string NumberSql = """
        INSERT OR IGNORE INTO decisioning_experiment_number (key, bucket_version) VALUES (@key, @bucketVersion);
        SELECT number FROM decisioning_experiment_number WHERE key = @key AND bucket_version = @bucketVersion;
        """;

    private const string NumbersInSql = "SELECT key, bucket_version, number FROM decisioning_experiment_number WHERE substr(key, 1, length(@space)) = @space";

    private const string KeySql = "SELECT key FROM decisioning_experiment_number WHERE number = @number";

    private const string NumbersSql = "SELECT number FROM decisioning_experiment_number WHERE key = @key";

    private readonly SqliteFile _file = new(path, "Decisioning/Storage/Experiments");

    public IReadOnlyList<StoredExperiment> LoadAll()
    {
        using var connection = _file.Open();
        return [.. connection.Query<Row>(AllSql).Select(row => new StoredExperiment(row.Key, row.Version, row.PutAtMs, row.Body, row.State))];
    }

    public byte[]? Version(string key, long version)
    {
        using var connection = _file.Open();
        return connection.QuerySingleOrDefault<byte[]>(VersionSql, new { key, version });
    }

    public void Save(StoredExperiment experiment, ExperimentChange change)
    {
        using var connection = _file.Open();
        using var transaction = connection.BeginTransaction();
        connection.Execute(SaveSql, new { experiment.Key, experiment.Version, experiment.PutAtMs, experiment.Body, experiment.State, KeptVersions }, transaction);
        connection.Execute(ChangedSql, new { key = experiment.Key, change.AtMs, change.Actor, change.What, change.Detail, KeptChanges }, transaction);
        transaction.Commit();
    }

    public void Delete(string key, ExperimentChange change)
    {
        using var connection = _file.Open();
        using var transaction = connection.BeginTransaction();
        connection.Execute(DeleteSql, new { key }, transaction);
        connection.Execute(ChangedSql, new { key, change.AtMs, change.Actor, change.What, change.Detail, KeptChanges }, transaction);
        transaction.Commit();
    }

    public IReadOnlyList<ExperimentChange> Changes(string key, int limit)
    {
        using var connection = _file.Open();
        return [.. connection.Query<ExperimentChange>(ChangesSql, new { key, limit })];
    }

    public int NumberOf(string key, int bucketVersion)
    {
        using var connection = _file.Open();
        return connection.QuerySingle<int>(NumberSql, new { key, bucketVersion });
    }

    public IReadOnlyList<(string Key, int BucketVersion, int Number)> NumbersIn(string space)
    {
        using var connection = _file.Open();
        return [.. connection.Query<(string, long, long)>(NumbersInSql, new { space }).Select(row => (row.Item1, (int)row.Item2, (int)row.Item3))];
    }

    public string? KeyOf(int number)
    {
        using var connection = _file.Open();
        return connection.QuerySingleOrDefault<string>(KeySql, new { number });
    }

    public IReadOnlyList<int> NumbersOf(string key)
    {
        using var connection = _file.Open();
        return [.. connection.Query<int>(NumbersSql, new { key })];
    }

    private sealed record Row(string Key, long Version, long PutAtMs, byte[] Body, string State);
}
