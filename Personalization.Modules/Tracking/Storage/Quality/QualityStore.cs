using System.Text.Json;
using Dapper;
using Microsoft.Data.Sqlite;
using Personalization.Kernel.Sqlite;
using Personalization.Tracking.Contracts;
using Personalization.Tracking.Domain.Quality;

namespace Personalization.Tracking.Storage.Quality;

/// <summary>Baselines and flags on disk. Nothing in it is about a person: flags of clients are never saved. Thread-safe.</summary>
internal sealed class QualityStore(SqliteFile file, TimeProvider time)
{
    /// <summary>A series of which nothing was heard for so long makes room for another.</summary>
    private const long ForgetMs = 28L * 86_400_000;

    private const string SaveBaselineSql = """
        INSERT INTO tracking_quality_baseline (source_id, event_type, event_name, heard_at_ms, state)
        VALUES (@sourceId, @type, @name, @heardAtMs, @state)
        ON CONFLICT (source_id, event_type, event_name) DO UPDATE SET heard_at_ms = excluded.heard_at_ms, state = excluded.state
        """;

    private const string ForgetBaselinesSql = "DELETE FROM tracking_quality_baseline WHERE heard_at_ms < @oldest";

    private const string LoadBaselinesSql = """
        SELECT source_id AS SourceId, event_type AS Type, event_name AS Name, state AS State, heard_at_ms AS HeardAtMs
        FROM tracking_quality_baseline
        ORDER BY heard_at_ms DESC, source_id, event_type, event_name
        """;

    private const string SaveFlagSql = """
        INSERT INTO tracking_quality_flag (id, raised_at_ms, body) VALUES (@id, @raisedAtMs, @body)
        ON CONFLICT (id) DO UPDATE SET body = excluded.body
        """;

    private const string TrimFlagsSql = """
        DELETE FROM tracking_quality_flag WHERE id NOT IN (SELECT id FROM tracking_quality_flag ORDER BY raised_at_ms DESC, id DESC LIMIT @kept)
        """;

    private const string LoadFlagsSql = "SELECT body FROM tracking_quality_flag ORDER BY raised_at_ms DESC, id DESC LIMIT @kept";

    /// <summary>The newest first, so that they get numbers before there are no more.</summary>
    public IReadOnlyList<SavedBaseline> LoadBaselines()
    {
        using var connection = file.Open();
        connection.Execute(ForgetBaselinesSql, new { oldest = Now() - ForgetMs });
        return [.. connection.Query<BaselineRow>(LoadBaselinesSql).Select(row => new SavedBaseline((ushort)row.SourceId, (EventType)row.Type, row.Name, row.State, row.HeardAtMs))];
    }

    /// <summary>Oldest first.</summary>
    public IReadOnlyList<QualityFlag> LoadFlags(int kept)
    {
        using var connection = file.Open();
        return [.. connection.Query<string>(LoadFlagsSql, new { kept }).Select(body => JsonSerializer.Deserialize<QualityFlag>(body)!).Reverse()];
    }

    /// <summary>All of it or nothing.</summary>
    public void Save(IReadOnlyList<SavedBaseline> baselines, IReadOnlyList<QualityFlag> flags, int flagsKept)
    {
        if (baselines.Count + flags.Count == 0)
        {
            return;
        }

        using var connection = file.Open();
        using var transaction = connection.BeginTransaction();
        SaveBaselines(connection, transaction, baselines);
        foreach (var flag in flags)
        {
            connection.Execute(SaveFlagSql, new { id = flag.Id.ToString("N"), raisedAtMs = flag.RaisedAtMs, body = JsonSerializer.Serialize(flag) }, transaction);
        }

        connection.Execute(TrimFlagsSql, new { kept = flagsKept }, transaction);
        transaction.Commit();
    }

    private static void SaveBaselines(SqliteConnection connection, SqliteTransaction transaction, IReadOnlyList<SavedBaseline> baselines)
    {
        foreach (var baseline in baselines)
        {
            connection.Execute(
                SaveBaselineSql, new { sourceId = (int)baseline.SourceId, type = (int)baseline.Type, name = baseline.Name, heardAtMs = baseline.HeardAtMs, state = baseline.State }, transaction);
        }
    }

    private long Now() => time.GetUtcNow().ToUnixTimeMilliseconds();

    private sealed record BaselineRow(long SourceId, long Type, string Name, byte[] State, long HeardAtMs);
}
