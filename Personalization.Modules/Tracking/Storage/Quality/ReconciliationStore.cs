using System.Text.Json;
using Dapper;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Options;
using Personalization.Kernel.Privacy;
using Personalization.Kernel.Sqlite;
using Personalization.Tracking.Domain.Reconciliation;

namespace Personalization.Tracking.Storage.Quality;

/// <summary>Comparisons and their results, the newest of them. What they hold of a person are message ids of events. Thread-safe.</summary>
internal sealed class ReconciliationStore(SqliteFile file, IOptions<QualityOptions> options) : IPersonalDataStore
{
    private const string SaveSql = """
        INSERT INTO tracking_reconciliation (id, requested_at_ms, result) VALUES (@id, @requestedAtMs, @result)
        ON CONFLICT (id) DO UPDATE SET result = excluded.result
        """;

    private const string TrimSql = """
        DELETE FROM tracking_reconciliation WHERE id NOT IN (SELECT id FROM tracking_reconciliation ORDER BY requested_at_ms DESC, id DESC LIMIT @kept)
        """;

    private const string FindSql = "SELECT result FROM tracking_reconciliation WHERE id = @id";
    private const string IdsSql = "SELECT id FROM tracking_reconciliation ORDER BY requested_at_ms DESC, id DESC";
    private const string DeleteSql = "DELETE FROM tracking_reconciliation WHERE id = @id";

    public string Name => "tracking/reconciliations";

    public void Save(ReconciliationRun reconciliation)
    {
        using var connection = file.Open();
        Save(connection, reconciliation);
        connection.Execute(TrimSql, new { kept = options.Value.ReconciliationsKept });
    }

    public ReconciliationRun? Find(Guid id)
    {
        using var connection = file.Open();
        return Find(connection, IdText(id));
    }

    /// <summary>The newest first, without their rows.</summary>
    public IReadOnlyList<ReconciliationRun> List()
    {
        using var connection = file.Open();
        return [.. connection.Query<string>(IdsSql).Select(id => Find(connection, id)!).Select(found =>
            found with { Result = found.Result is { } result ? result with { Rows = [], Unreported = [] } : null })];
    }

    public void Delete(Guid id)
    {
        using var connection = file.Open();
        connection.Execute(DeleteSql, new { id = IdText(id) });
    }

    /// <summary>
    /// Takes the message ids of erased events out of results. An id that was only reported and is not in the log leads to nobody that we know.
    /// </summary>
    public ValueTask<long> EraseAsync(ErasureSubject subject, CancellationToken cancellationToken)
    {
        var offsets = subject.Offsets.ToHashSet();
        var erased = 0L;
        using var connection = file.Open();
        foreach (var id in connection.Query<string>(IdsSql).ToList())
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (Find(connection, id) is { Result: { } result } found)
            {
                var (rows, count) = Without(result.Rows, offsets);
                if (count > 0)
                {
                    Save(connection, found with { Result = result with { Rows = rows } });
                    erased += count;
                }
            }
        }

        return new(erased);
    }

    public ValueTask<long> CountAsync(ErasureSubject subject, CancellationToken cancellationToken)
    {
        var offsets = subject.Offsets.ToHashSet();
        using var connection = file.Open();
        return new(connection.Query<string>(IdsSql).ToList()
            .Sum(id => Find(connection, id)?.Result is { } result ? (long)Without(result.Rows, offsets).Count : 0));
    }

    /// <summary>Message ids of the person's events, as comparisons with batch reports name them.</summary>
    public ValueTask ExportAsync(ErasureSubject subject, Utf8JsonWriter json, CancellationToken cancellationToken)
    {
        var offsets = subject.Offsets.ToHashSet();
        using var connection = file.Open();
        json.WriteStartArray();
        foreach (var id in connection.Query<string>(IdsSql).ToList())
        {
            cancellationToken.ThrowIfCancellationRequested();
            var rows = Find(connection, id)?.Result?.Rows ?? [];
            var missing = rows.SelectMany(row => row.Missing ?? []).Select(found => (found.MessageId, found.Offset));
            var extra = rows.SelectMany(row => row.Extra ?? []).Select(found => (found.MessageId, Offset: (long?)found.Offset));
            foreach (var (messageId, _) in missing.Concat(extra).Where(found => found.Offset is { } place && offsets.Contains(place)))
            {
                json.WriteStartObject();
                json.WriteString("reconciliation", id);
                json.WriteString("messageId", messageId);
                json.WriteEndObject();
            }
        }

        json.WriteEndArray();
        return default;
    }

    private static (IReadOnlyList<RowResult> Rows, int Count) Without(IReadOnlyList<RowResult> rows, HashSet<long> offsets)
    {
        var count = 0;
        var kept = rows.Select(row => row with
        {
            Missing = row.Missing?.Select(missing => IsErased(missing.MessageId, missing.Offset) ? missing with { MessageId = null } : missing).ToList(),
            Extra = row.Extra?.Select(extra => IsErased(extra.MessageId, extra.Offset) ? extra with { MessageId = null } : extra).ToList(),
        }).ToList();
        return (kept, count);

        bool IsErased(string? messageId, long? offset)
        {
            var isErased = messageId is not null && offset is { } place && offsets.Contains(place);
            count += isErased ? 1 : 0;
            return isErased;
        }
    }

    private static ReconciliationRun? Find(SqliteConnection connection, string id) =>
        connection.QuerySingleOrDefault<byte[]>(FindSql, new { id }) is { } result ? JsonSerializer.Deserialize<ReconciliationRun>(result) : null;

    private static void Save(SqliteConnection connection, ReconciliationRun reconciliation) =>
        connection.Execute(SaveSql, new
        {
            id = IdText(reconciliation.Id),
            requestedAtMs = reconciliation.RequestedAt.ToUnixTimeMilliseconds(),
            result = JsonSerializer.SerializeToUtf8Bytes(reconciliation),
        });

    private static string IdText(Guid id) => id.ToString("N");
}
