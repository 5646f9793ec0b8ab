using System.Buffers.Binary;
using Dapper;
using Microsoft.Data.Sqlite;
using Personalization.Kernel.Sqlite;

namespace Personalization.Kernel.Checkpoints;

/// <summary>
/// One module's checkpoint in its own SQLite file. A cut is staged first, and folded into the rows once all modules have
/// staged theirs; both steps are one transaction each and may be repeated.
/// </summary>
internal sealed class CheckpointFile : ICheckpointRows, IDisposable
{
    private const int ChunkBytes = 16 << 20;
    private const string FoldedOffset = "folded_offset";
    private const string StagedOffset = "staged_offset";
    private const string Version = "version";

    private const string SetStateSql =
        "INSERT INTO checkpoint_state (name, value) VALUES (@name, @value) ON CONFLICT (name) DO UPDATE SET value = excluded.value";

    private const string PutRowSql =
        "INSERT INTO checkpoint_row (table_id, key, value) VALUES (@table, @key, @value) ON CONFLICT (table_id, key) DO UPDATE SET value = excluded.value";

    private const string DeleteRowSql = "DELETE FROM checkpoint_row WHERE table_id = @table AND key = @key";

    private const string VisitSql =
        "SELECT key, value FROM checkpoint_row WHERE table_id = @table AND key >= @from AND key <= @to ORDER BY key";

    private readonly SqliteFile _file;
    private readonly Lock _readerLock = new();
    private SqliteConnection? _reader;

    public CheckpointFile(string path) => _file = new SqliteFile(path, "Kernel/Checkpoints");

    public string Path => _file.Path;

    /// <summary>
    /// Makes the file reflect the sealed offset: folds a cut that was sealed but not folded, drops one that was never sealed.
    /// False when the file cannot get there, because it is new, older, or of another version: then all derived state starts over.
    /// </summary>
    public bool TryRecover(long sealedOffset, int version)
    {
        using var connection = _file.Open();
        if (ReadState(connection, Version) != version)
        {
            return false;
        }

        FoldIfStaged(connection, sealedOffset);
        return ReadState(connection, FoldedOffset) == sealedOffset;
    }

    /// <summary>Forgets everything: the state is rebuilt from the log.</summary>
    public void Reset(int version)
    {
        using var connection = _file.Open();
        using var transaction = connection.BeginTransaction();
        connection.Execute("DELETE FROM checkpoint_row; DELETE FROM checkpoint_staged; DELETE FROM checkpoint_state", transaction: transaction);
        SetState(connection, transaction, Version, version);
        SetState(connection, transaction, FoldedOffset, 0);
        transaction.Commit();
    }

    /// <summary>First step: the cut's rows are on disk, but do not count yet.</summary>
    public void Stage(long offset, ReadOnlyMemory<byte> rows)
    {
        using var connection = _file.Open();
        using var transaction = connection.BeginTransaction();
        connection.Execute("DELETE FROM checkpoint_staged", transaction: transaction);
        for (var (chunk, rest) = (0, rows); rest.Length > 0; chunk++)
        {
            var length = Math.Min(rest.Length, ChunkBytes);
            connection.Execute(
                "INSERT INTO checkpoint_staged (chunk, body) VALUES (@chunk, @body)", new { chunk, body = rest[..length].ToArray() }, transaction);
            rest = rest[length..];
        }

        SetState(connection, transaction, StagedOffset, offset);
        transaction.Commit();
    }

    /// <summary>Second step, after the seal: the rows take effect together with their offset. Doing it again does nothing.</summary>
    public void FoldIfStaged(long offset)
    {
        using var connection = _file.Open();
        FoldIfStaged(connection, offset);
    }

    public void Visit(byte table, long fromKey, long toKey, CheckpointRowVisitor visitor)
    {
        lock (_readerLock)
        {
            _reader ??= _file.Open();
            using var command = _reader.CreateCommand();
            command.CommandText = VisitSql;
            command.Parameters.AddWithValue("@table", table);
            command.Parameters.AddWithValue("@from", fromKey);
            command.Parameters.AddWithValue("@to", toKey);
            using var rows = command.ExecuteReader();
            while (rows.Read())
            {
                visitor(rows.GetInt64(0), rows.GetFieldValue<byte[]>(1));
            }
        }
    }

    public void Dispose() => _reader?.Dispose();

    private static void FoldIfStaged(SqliteConnection connection, long offset)
    {
        if (ReadState(connection, StagedOffset) != offset)
        {
            return;
        }

        using var transaction = connection.BeginTransaction();
        Apply(connection, transaction, StagedRows(connection));
        connection.Execute("DELETE FROM checkpoint_staged", transaction: transaction);
        connection.Execute("DELETE FROM checkpoint_state WHERE name = @name", new { name = StagedOffset }, transaction);
        SetState(connection, transaction, FoldedOffset, offset);
        transaction.Commit();
    }

    private static byte[] StagedRows(SqliteConnection connection)
    {
        var chunks = connection.Query<byte[]>("SELECT body FROM checkpoint_staged ORDER BY chunk").ToList();
        return chunks.Count == 1 ? chunks[0] : chunks.SelectMany(chunk => chunk).ToArray();
    }

    private static void Apply(SqliteConnection connection, SqliteTransaction transaction, ReadOnlySpan<byte> rows)
    {
        using var put = Prepare(connection, transaction, PutRowSql);
        var value = put.Parameters.Add("@value", SqliteType.Blob);
        using var delete = Prepare(connection, transaction, DeleteRowSql);
        while (!rows.IsEmpty)
        {
            var length = BinaryPrimitives.ReadInt32LittleEndian(rows[9..]);
            var command = length < 0 ? delete : put;
            command.Parameters[0].Value = (long)rows[0];
            command.Parameters[1].Value = BinaryPrimitives.ReadInt64LittleEndian(rows[1..]);
            if (length >= 0)
            {
                value.Value = rows.Slice(CheckpointWriter.RowHeader, length).ToArray();
            }

            command.ExecuteNonQuery();
            rows = rows[(CheckpointWriter.RowHeader + Math.Max(length, 0))..];
        }
    }

    private static SqliteCommand Prepare(SqliteConnection connection, SqliteTransaction transaction, string sql)
    {
        var command = connection.CreateCommand();
        command.Transaction = transaction;
#pragma warning disable CA2100 // One of the constants above.
        command.CommandText = sql;
#pragma warning restore CA2100 // End of the exception above.
        command.Parameters.Add("@table", SqliteType.Integer);
        command.Parameters.Add("@key", SqliteType.Integer);
        return command;
    }

    private static long? ReadState(SqliteConnection connection, string name) =>
        connection.QuerySingleOrDefault<long?>("SELECT value FROM checkpoint_state WHERE name = @name", new { name });

    private static void SetState(SqliteConnection connection, SqliteTransaction transaction, string name, long value) =>
        connection.Execute(SetStateSql, new { name, value }, transaction);
}
