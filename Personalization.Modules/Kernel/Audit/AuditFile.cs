using Dapper;
using Microsoft.Data.Sqlite;
using Personalization.Kernel.Privacy;
using Personalization.Kernel.Sqlite;

namespace Personalization.Kernel.Audit;

/// <summary>The rows of the audit log. Not derived from the event log, and never rewritten.</summary>
[HoldsNoPersonalData("Entries name people by profile number, request id or keyed hash.")]
internal static class AuditFile
{
    public const string Name = "audit";
    public const string Migrations = "Kernel/Audit";

    private const string Columns =
        "sequence AS Sequence, time_ms AS TimeMs, action AS Action, actor AS Actor, subject AS Subject, detail AS Detail, previous_hash AS PreviousHash, hash AS Hash";

    private const string AppendSql = """
        INSERT INTO kernel_audit (sequence, time_ms, action, actor, subject, detail, previous_hash, hash)
        VALUES (@Sequence, @TimeMs, @Action, @Actor, @Subject, @Detail, @PreviousHash, @Hash)
        """;

    private const string LastSql = $"SELECT {Columns} FROM kernel_audit ORDER BY sequence DESC LIMIT 1";

    private const string FindSql = $"SELECT {Columns} FROM kernel_audit WHERE sequence = @sequence";

    private const string ScanSql = $"SELECT {Columns} FROM kernel_audit WHERE sequence > @after ORDER BY sequence";

    private const string Filter = """
        (@action IS NULL OR (CASE WHEN @isActionPrefix THEN substr(action, 1, length(@action)) ELSE action END) = @action)
        AND (@actor IS NULL OR actor = @actor)
        AND (@subject IS NULL OR (CASE WHEN @isSubjectPrefix THEN substr(subject, 1, length(@subject)) ELSE subject END) = @subject)
        AND (@fromMs IS NULL OR time_ms >= @fromMs)
        AND (@toMs IS NULL OR time_ms < @toMs)
        """;

    private const string NewestSql = $"SELECT {Columns} FROM kernel_audit WHERE sequence < @before AND {Filter} ORDER BY sequence DESC LIMIT @limit";

    private const string OldestSql = $"SELECT {Columns} FROM kernel_audit WHERE sequence > @after AND {Filter} ORDER BY sequence LIMIT @limit";

    private const string TriggersSql = "SELECT count(*) FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'kernel_audit'";

    /// <summary>Of 0001_audit.sql.</summary>
    public const int Triggers = 3;

    /// <summary>Opens a file that is there without changing anything in it, also while the host runs.</summary>
    public static SqliteConnection OpenExisting(string path)
    {
        SQLitePCL.Batteries_V2.Init();
        var connection = new SqliteConnection(
            new SqliteConnectionStringBuilder { DataSource = path, Pooling = false, Mode = SqliteOpenMode.ReadWrite }.ToString());
        connection.Open();
        SqliteFile.Execute(connection, "PRAGMA query_only=ON; PRAGMA busy_timeout=10000; PRAGMA cell_size_check=ON;");
        return connection;
    }

    public static void Append(SqliteConnection connection, AuditEntry entry) => connection.Execute(AppendSql, new
    {
        entry.Sequence,
        entry.TimeMs,
        entry.Record.Action,
        entry.Record.Actor,
        entry.Record.Subject,
        entry.Record.Detail,
        entry.PreviousHash,
        entry.Hash,
    });

    public static AuditEntry? Last(SqliteConnection connection) => connection.QuerySingleOrDefault<Row>(LastSql)?.ToEntry();

    public static AuditEntry? Find(SqliteConnection connection, long sequence) =>
        connection.QuerySingleOrDefault<Row>(FindSql, new { sequence })?.ToEntry();

    /// <summary>All entries behind one, in order, read as they are asked for.</summary>
    public static IEnumerable<AuditEntry> Scan(SqliteConnection connection, long after) =>
        connection.Query<Row>(ScanSql, new { after }, buffered: false).Select(row => row.ToEntry());

    public static IReadOnlyList<AuditEntry> Newest(SqliteConnection connection, AuditQuery query, long before, int limit) =>
        [.. connection.Query<Row>(NewestSql, Parameters(query, limit, before: before)).Select(row => row.ToEntry())];

    public static IReadOnlyList<AuditEntry> Oldest(SqliteConnection connection, AuditQuery query, long after, int limit) =>
        [.. connection.Query<Row>(OldestSql, Parameters(query, limit, after: after)).Select(row => row.ToEntry())];

    public static long CountTriggers(SqliteConnection connection) => connection.QuerySingle<long>(TriggersSql);

    private static object Parameters(AuditQuery query, int limit, long before = 0, long after = 0) => new
    {
        action = query.Action?.TrimEnd('*'),
        isActionPrefix = query.Action?.EndsWith('*') == true,
        actor = query.Actor,
        subject = query.Subject?.TrimEnd('*'),
        isSubjectPrefix = query.Subject?.EndsWith('*') == true,
        fromMs = query.FromMs,
        toMs = query.ToMs,
        before,
        after,
        limit,
    };

    private sealed record Row(
        long Sequence, long TimeMs, string Action, string Actor, string Subject, string? Detail, byte[] PreviousHash, byte[] Hash)
    {
        public AuditEntry ToEntry() => new(Sequence, TimeMs, new AuditRecord(Action, Actor, Subject, Detail), PreviousHash, Hash);
    }
}
