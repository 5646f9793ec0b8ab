using Dapper;
using Microsoft.Data.Sqlite;
using Personalization.Kernel.Sqlite;

namespace Personalization.Kernel.Checkpoints;

/// <summary>
/// One module's checkpoint in its own SQLite file. A cut is staged first, in a file beside it, and folded into the rows once all modules have
/// staged theirs; both steps may be repeated.
/// </summary>
internal sealed class CheckpointFile : ICheckpointRows, IDisposable
{
    /// <summary>Rows of a transaction while a cut is folded, some milliseconds of work: whoever needs the core or the disk has it in between.</summary>
    private const int RowsATransaction = 1_024;

    /// <summary>Absent while a cut is being folded.</summary>
    private const string FoldedOffset = "folded_offset";
    private const string Version = "version";

    private const string SetStateSql =
        "INSERT INTO checkpoint_state (name, value) VALUES (@name, @value) ON CONFLICT (name) DO UPDATE SET value = excluded.value";

    private const string VisitSql =
        "SELECT key, value FROM checkpoint_row WHERE table_id = @table AND key >= @from AND key <= @to ORDER BY key";

    private readonly SqliteFile _file;
    private readonly CutFile _staged;
    private readonly Lock _readerLock = new();
    private SqliteConnection? _reader;

    public CheckpointFile(string path)
    {
        _file = new SqliteFile(path, "Kernel/Checkpoints");
        _staged = StagedBeside(path);
    }

    public string Path => _file.Path;

    /// <summary>The file that holds the next cut of the checkpoint at <paramref name="path"/>.</summary>
    public static CutFile StagedBeside(string path) => new(System.IO.Path.ChangeExtension(path, ".cut"));

    /// <summary>
    /// Makes the file reflect the sealed offset: folds a cut that was sealed but not folded, drops one that was never sealed.
    /// False when the file cannot get there, because it is new, older, or of another version: then all derived state starts over.
    /// </summary>
    public bool TryRecover(long sealedOffset, int version)
    {
        if (ReadState(Version) != version || !TryFoldStaged(sealedOffset))
        {
            return false;
        }

        _staged.Delete();
        return true;
    }

    /// <summary>Folds the staged cut at an offset. True when the file reflects it, also when it did before; false when it is not staged.</summary>
    public bool TryFoldStaged(long offset)
    {
        if (_staged.TryRead(offset) is { } rows)
        {
            Fold(offset, rows);
        }

        return ReadState(FoldedOffset) == offset;
    }

    /// <summary>Forgets everything: the state is rebuilt from the log.</summary>
    public void Reset(int version)
    {
        _staged.Delete();
        using var connection = _file.Open();
        using var transaction = connection.BeginTransaction();
        connection.Execute("DELETE FROM checkpoint_row; DELETE FROM checkpoint_state", transaction: transaction);
        SetState(connection, Version, version, transaction);
        SetState(connection, FoldedOffset, 0, transaction);
        transaction.Commit();
    }

    /// <summary>First step: the cut's rows are on disk, but do not count yet. <paramref name="pause"/> is called between pieces of the work.</summary>
    public void Stage(long offset, IReadOnlyList<ReadOnlyMemory<byte>> rows, Action? pause = null) => _staged.Write(offset, rows, pause);

    /// <summary>
    /// Second step, after the seal: the rows take effect, and with the last of them their offset. Done in many short transactions, which
    /// a crash may interrupt anywhere: the staged cut is there until the end, and doing it again does nothing. <paramref name="pause"/> is
    /// called between them.
    /// </summary>
    public void Fold(long offset, IReadOnlyList<ReadOnlyMemory<byte>> rows, Action? pause = null)
    {
        using var connection = _file.Open();

        // The order of the writes is kept, which is enough; the last commit waits for the disk and takes all before it along.
        SqliteFile.Execute(connection, "PRAGMA synchronous=NORMAL;");
        connection.Execute("DELETE FROM checkpoint_state WHERE name = @name", new { name = FoldedOffset });
        using (var table = new CheckpointTable(connection))
        {
            var sorted = CollectedRow.Sorted(rows);
            for (var from = 0; from < sorted.Count; from += RowsATransaction)
            {
                if (from > 0)
                {
                    pause?.Invoke();
                }

                using var transaction = connection.BeginTransaction();
                for (var i = from; i < Math.Min(from + RowsATransaction, sorted.Count); i++)
                {
                    table.Apply(sorted[i], rows);
                }

                transaction.Commit();
            }
        }

        SqliteFile.Execute(connection, "PRAGMA synchronous=FULL;");
        SetState(connection, FoldedOffset, offset);
        _staged.Delete();
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

    private long? ReadState(string name)
    {
        using var connection = _file.Open();
        return connection.QuerySingleOrDefault<long?>("SELECT value FROM checkpoint_state WHERE name = @name", new { name });
    }

    private static void SetState(SqliteConnection connection, string name, long value, SqliteTransaction? transaction = null) =>
        connection.Execute(SetStateSql, new { name, value }, transaction);
}
