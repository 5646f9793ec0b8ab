using System.Text.Json;
using Dapper;
using Personalization.Kernel.Privacy;
using Personalization.Kernel.Sqlite;
using Personalization.Tracking.Domain.Import;

namespace Personalization.Tracking.Storage.Import;

/// <summary>
/// The imports that were ever begun, newest first, up to a number. A file of its own, written at most about once a second for each
/// import: always after the events that it speaks of, so it may say less than is in the log, never more. Thread-safe.
/// </summary>
[HoldsNoPersonalData("Counts, line numbers and names of events and columns; a refused line itself is kept by the dead letters.")]
internal sealed class ImportStore
{
    private const string Columns = """
        id AS Id, source AS Source, format AS Format, state AS State, lines_read AS LinesRead, accepted AS Accepted, refused AS Refused,
        bytes AS Bytes, started_at_ms AS StartedAtMs, finished_at_ms AS FinishedAtMs, detail AS Detail, findings AS Findings
        """;

    private const string FindSql = $"SELECT {Columns} FROM tracking_import WHERE id = @id";

    private const string ListSql = $"SELECT {Columns} FROM tracking_import ORDER BY started_at_ms DESC, id LIMIT @limit";

    private const string PutSql = """
        INSERT INTO tracking_import (id, source, format, state, lines_read, accepted, refused, bytes, started_at_ms, finished_at_ms, detail, findings)
        VALUES (@Id, @Source, @Format, @State, @LinesRead, @Accepted, @Refused, @Bytes, @StartedAtMs, @FinishedAtMs, @Detail, @Findings)
        ON CONFLICT (id) DO UPDATE SET
            state = excluded.state, lines_read = excluded.lines_read, accepted = excluded.accepted, refused = excluded.refused, bytes = excluded.bytes,
            started_at_ms = excluded.started_at_ms, finished_at_ms = excluded.finished_at_ms, detail = excluded.detail, findings = excluded.findings
        """;

    private const string InterruptSql = """
        UPDATE tracking_import SET state = 'Interrupted', finished_at_ms = @nowMs, detail = 'The process ended.' WHERE state = 'Running'
        """;

    private const string ForgetSql = """
        DELETE FROM tracking_import WHERE state <> 'Running' AND id NOT IN
            (SELECT id FROM tracking_import ORDER BY started_at_ms DESC, id LIMIT @keep)
        """;

    private readonly SqliteFile _file;
    private readonly int _keep;

    /// <param name="path">The file.</param>
    /// <param name="keep">Imports that are remembered.</param>
    /// <param name="nowMs">Whatever was running until now has been interrupted.</param>
    public ImportStore(string path, int keep, long nowMs)
    {
        _keep = keep;
        _file = new SqliteFile(path, "Tracking/Storage/Import");
        using var connection = _file.Open();
        connection.Execute(InterruptSql, new { nowMs });
    }

    public ImportReport? Find(string id)
    {
        using var connection = _file.Open();
        return connection.QuerySingleOrDefault<Row>(FindSql, new { id })?.ToReport();
    }

    public IReadOnlyList<ImportReport> List(int limit)
    {
        using var connection = _file.Open();
        return [.. connection.Query<Row>(ListSql, new { limit }).Select(row => row.ToReport())];
    }

    /// <summary>On disk when it returns.</summary>
    public void Put(ImportReport report)
    {
        using var connection = _file.Open();
        connection.Execute(PutSql, Row.Of(report));
        if (report.State != ImportState.Running)
        {
            connection.Execute(ForgetSql, new { keep = _keep });
        }
    }

    private sealed record Row(
        string Id,
        string Source,
        string Format,
        string State,
        long LinesRead,
        long Accepted,
        long Refused,
        long Bytes,
        long StartedAtMs,
        long? FinishedAtMs,
        string? Detail,
        string Findings)
    {
        public static Row Of(ImportReport report) => new(
            report.Id,
            report.Source,
            report.Format.ToString(),
            report.State.ToString(),
            report.LinesRead,
            report.Accepted,
            report.Refused,
            report.Bytes,
            report.StartedAt.ToUnixTimeMilliseconds(),
            report.FinishedAt?.ToUnixTimeMilliseconds(),
            report.Detail,
            JsonSerializer.Serialize(report.Findings));

        public ImportReport ToReport() => new()
        {
            Id = Id,
            Source = Source,
            Format = Enum.Parse<ImportFormat>(Format),
            State = Enum.Parse<ImportState>(State),
            LinesRead = LinesRead,
            Accepted = Accepted,
            Refused = Refused,
            Bytes = Bytes,
            StartedAt = DateTimeOffset.FromUnixTimeMilliseconds(StartedAtMs),
            FinishedAt = FinishedAtMs is { } finished ? DateTimeOffset.FromUnixTimeMilliseconds(finished) : null,
            Detail = Detail,
            Findings = JsonSerializer.Deserialize<ImportFindings>(Findings)!,
        };
    }
}
