using System.Text.Json;
using Dapper;
using Personalization.Decisioning.Domain.Life;
using Personalization.Decisioning.Domain.Models.Kept;
using Personalization.Kernel.Privacy;
using Personalization.Kernel.Sqlite;

namespace Personalization.Decisioning.Storage.Models;

/// <summary>Trained models in a file of their own. Thread-safe.</summary>
[HoldsNoPersonalData("Whom a version learnt from is a set of numbers that TrainedVersions answers for: it drops a version whole when one of them is erased.")]
internal sealed class TrainedModelStore(string path) : ITrainedModelStore
{
    private const string AllSql = """
        SELECT id AS Id, name AS Name, version AS Version, made_at_ms AS MadeAtMs, role AS Role, format AS Format, log_key AS LogKey, checked AS Checked, note AS Note,
            members AS Members, checksum AS Checksum, body AS Body
        FROM decisioning_trained_model ORDER BY id
        """;

    private const string AddSql = """
        INSERT INTO decisioning_trained_model (name, version, made_at_ms, role, format, log_key, checked, note, members, checksum, body)
        VALUES (@Name, @Version, @MadeAtMs, @Role, @Format, @LogKey, @Checked, @Note, @Members, @Checksum, @Body)
        RETURNING id
        """;

    private const string RoleSql = "UPDATE decisioning_trained_model SET role = @role, note = @note WHERE id = @id";

    private const string DropSql = "DELETE FROM decisioning_trained_model WHERE id = @id";

    private const string CanariesSql = "SELECT name AS Name, body AS Body FROM decisioning_trained_canary";

    private const string SaveCanarySql = "INSERT OR REPLACE INTO decisioning_trained_canary (name, body) VALUES (@name, @body)";

    private const string EndCanarySql = "DELETE FROM decisioning_trained_canary WHERE name = @name";

    private readonly SqliteFile _file = new(path, "Decisioning/Storage/Models");

    public IReadOnlyList<StoredTrainedModel> All()
    {
        using var connection = _file.Open();
        return [.. connection.Query<Row>(AllSql).Select(row => new StoredTrainedModel(
            row.Id,
            row.Name,
            row.Version,
            row.MadeAtMs,
            Enum.TryParse<TrainedRole>(row.Role, out var role) ? role : TrainedRole.Candidate,
            (int)row.Format,
            row.LogKey,
            Read<TrainedCheck>(row.Checked),
            row.Note,
            row.Members,
            row.Checksum,
            row.Body))];
    }

    public long Change(StoredTrainedModel? added, IReadOnlyList<(long Id, TrainedRole Role, string? Note)> roles, IReadOnlyList<long> dropped)
    {
        using var connection = _file.Open();
        using var transaction = connection.BeginTransaction();
        foreach (var id in dropped)
        {
            connection.Execute(DropSql, new { id }, transaction);
        }

        foreach (var (id, role, note) in roles)
        {
            connection.Execute(RoleSql, new { id, role = role.ToString(), note }, transaction);
        }

        var made = added is null ? 0 : connection.ExecuteScalar<long>(
            AddSql,
            new
            {
                added.Name,
                added.Version,
                added.MadeAtMs,
                Role = added.Role.ToString(),
                added.Format,
                added.LogKey,
                Checked = JsonSerializer.Serialize(added.Check),
                added.Note,
                added.Members,
                added.Checksum,
                added.Body,
            },
            transaction);
        transaction.Commit();
        return made;
    }

    public IReadOnlyDictionary<string, CanaryRun?> Canaries()
    {
        using var connection = _file.Open();
        return connection.Query<(string Name, string Body)>(CanariesSql).ToDictionary(row => row.Name, row => Read<CanaryRun>(row.Body), StringComparer.Ordinal);
    }

    public void SaveCanary(string name, CanaryRun? run)
    {
        using var connection = _file.Open();
        connection.Execute(run is null ? EndCanarySql : SaveCanarySql, new { name, body = run is null ? null : JsonSerializer.Serialize(run) });
    }

    /// <summary>Null when it cannot be read: whoever loads the row refuses it, and says so.</summary>
    private static T? Read<T>(string json)
        where T : class
    {
        try
        {
            return JsonSerializer.Deserialize<T>(json);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private sealed record Row(
        long Id, string Name, long Version, long MadeAtMs, string Role, long Format, byte[] LogKey, string Checked, string? Note, byte[] Members, byte[] Checksum, byte[] Body);
}
