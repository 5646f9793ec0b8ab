using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace Personalization.Kernel.Checkpoints;

/// <summary>Puts and deletes rows of a checkpoint file through the raw API: a cut has hundreds of thousands, and none of them costs an object.</summary>
internal sealed class CheckpointTable(SqliteConnection connection) : IDisposable
{
    private const string PutSql =
        "INSERT INTO checkpoint_row (table_id, key, value) VALUES (?1, ?2, ?3) ON CONFLICT (table_id, key) DO UPDATE SET value = excluded.value";

    private const string DeleteSql = "DELETE FROM checkpoint_row WHERE table_id = ?1 AND key = ?2";

    private readonly sqlite3_stmt _put = Prepare(connection, PutSql);
    private readonly sqlite3_stmt _delete = Prepare(connection, DeleteSql);

    /// <exception cref="SqliteException">The disk refused it.</exception>
    public void Apply(in CollectedRow row, IReadOnlyList<ReadOnlyMemory<byte>> segments)
    {
        var statement = row.IsDeleted ? _delete : _put;
        raw.sqlite3_bind_int(statement, 1, row.Table);
        raw.sqlite3_bind_int64(statement, 2, row.Key);
        if (row.Length > 0)
        {
            raw.sqlite3_bind_blob(statement, 3, segments[row.Segment].Span.Slice(row.Start, row.Length));
        }
        else if (!row.IsDeleted)
        {
            // An empty value is a value: bound as a span it would be NULL.
            raw.sqlite3_bind_zeroblob(statement, 3, 0);
        }

        var stepped = raw.sqlite3_step(statement);
        raw.sqlite3_reset(statement);
        if (stepped != raw.SQLITE_DONE)
        {
            throw new SqliteException($"A row of the checkpoint was refused: {raw.sqlite3_errmsg(connection.Handle).utf8_to_string()}", stepped);
        }
    }

    public void Dispose()
    {
        _put.Dispose();
        _delete.Dispose();
    }

    private static sqlite3_stmt Prepare(SqliteConnection connection, string sql)
    {
        var prepared = raw.sqlite3_prepare_v2(connection.Handle, sql, out var statement);
        return prepared == raw.SQLITE_OK
            ? statement
            : throw new SqliteException($"The checkpoint cannot be written: {raw.sqlite3_errmsg(connection.Handle).utf8_to_string()}", prepared);
    }
}
