using System.Diagnostics.CodeAnalysis;
using Microsoft.Data.Sqlite;

namespace Personalization.Bench.Storage;

/// <summary>
/// A log without the product: one connection to SQLite with WAL and <c>synchronous=FULL</c>, prepared statements, one transaction
/// a commit. What any durable log on SQLite is measured against.
/// </summary>
internal sealed class RawLog : IDisposable
{
    private readonly SqliteConnection _connection;
    private readonly SqliteCommand _insert;
    private readonly SqliteParameter _offset;
    private readonly SqliteParameter _body;
    private long _next;

    /// <param name="path">A new file.</param>
    public RawLog(string path)
    {
        SQLitePCL.Batteries_V2.Init();
        Path = path;
        _connection = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = path, Pooling = false }.ToString());
        _connection.Open();
        Execute("PRAGMA journal_mode=WAL");
        Execute("PRAGMA synchronous=FULL");
        Execute("PRAGMA wal_autocheckpoint=4000");
        Execute("CREATE TABLE entry (first_offset INTEGER PRIMARY KEY, body BLOB NOT NULL)");
        _insert = _connection.CreateCommand();
        _insert.CommandText = "INSERT INTO entry (first_offset, body) VALUES ($first_offset, $body)";
        _offset = _insert.Parameters.Add("$first_offset", SqliteType.Integer);
        _body = _insert.Parameters.Add("$body", SqliteType.Blob);
        _insert.Prepare();
    }

    public string Path { get; }

    /// <summary>Bytes of the file once the write-ahead log has been moved into it.</summary>
    public long MeasureFile()
    {
        Execute("PRAGMA wal_checkpoint(TRUNCATE)");
        return new FileInfo(Path).Length;
    }

    /// <summary>One transaction with a row for each body.</summary>
    public void Commit(ReadOnlySpan<byte[]> bodies)
    {
        using var transaction = _connection.BeginTransaction();
        _insert.Transaction = transaction;
        foreach (var body in bodies)
        {
            _offset.Value = _next++;
            _body.Value = body;
            _insert.ExecuteNonQuery();
        }

        transaction.Commit();
    }

    public void Dispose()
    {
        _insert.Dispose();
        _connection.Dispose();
    }

    [SuppressMessage("Security", "CA2100", Justification = "The callers pass constants.")]
    private void Execute(string sql)
    {
        using var command = _connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }
}
