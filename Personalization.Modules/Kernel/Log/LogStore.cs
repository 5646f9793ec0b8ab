using Dapper;
using Microsoft.Data.Sqlite;
using Personalization.Kernel.Sqlite;
using SQLitePCL;

namespace Personalization.Kernel.Log;

/// <summary>
/// The log's SQLite file. One thread appends through the raw API with one prepared statement; readers have connections of
/// their own and never block it.
/// </summary>
internal sealed class LogStore : IDisposable
{
    private const string AppendSql =
        "INSERT INTO log_block (first_offset, event_count, codec, raw_bytes, body) VALUES (?1, ?2, ?3, ?4, ?5)";

    private const string ReadSql = """
        SELECT first_offset AS FirstOffset, event_count AS EventCount, codec AS Codec, raw_bytes AS RawBytes, body AS Body
        FROM log_block
        WHERE first_offset >= coalesce((SELECT max(first_offset) FROM log_block WHERE first_offset <= @offset), 0)
        ORDER BY first_offset
        LIMIT @limit
        """;

    private const string NextOffsetSql =
        "SELECT coalesce((SELECT first_offset + event_count FROM log_block ORDER BY first_offset DESC LIMIT 1), 0)";

    private const string RewriteSql =
        "UPDATE log_block SET codec = @codec, raw_bytes = @rawBytes, body = @body WHERE first_offset = @firstOffset";

    private const string SecretSql =
        "INSERT INTO log_secret (id, secret) VALUES (1, @fresh) ON CONFLICT (id) DO NOTHING; SELECT secret FROM log_secret";

    private const string SourceSql =
        "INSERT INTO log_source (name) VALUES (@name) ON CONFLICT (name) DO NOTHING; SELECT id FROM log_source WHERE name = @name";

    private const string MarkSql =
        "INSERT INTO log_erasure (request_id, at_ms) VALUES (@requestId, @atMs) ON CONFLICT (request_id) DO UPDATE SET at_ms = excluded.at_ms";

    private readonly SqliteFile _file;
    private readonly SqliteConnection? _appender;
    private readonly sqlite3_stmt? _append;
    private readonly Dictionary<string, ushort> _unwritten = new(StringComparer.Ordinal);

    public LogStore(string path)
    {
        _file = new SqliteFile(path, "Kernel/Log");
        _appender = _file.Open();

        // The writer never pays for a WAL checkpoint: another connection moves the pages (see LogMaintenance).
        SqliteFile.Execute(_appender, "PRAGMA wal_autocheckpoint=0;");
        if (raw.sqlite3_prepare_v2(_appender.Handle, AppendSql, out _append) != raw.SQLITE_OK)
        {
            throw new InvalidOperationException($"The log cannot be prepared: {raw.sqlite3_errmsg(_appender.Handle).utf8_to_string()}");
        }

        NextOffset = _appender.QuerySingle<long>(NextOffsetSql);
        Secret = _appender.QuerySingle<byte[]>(
            SecretSql, new { fresh = System.Security.Cryptography.RandomNumberGenerator.GetBytes(16) });
    }

    private LogStore(SqliteFile file, long nextOffset)
    {
        _file = file;
        NextOffset = nextOffset;
        using var reader = file.Open();
        Secret = reader.QuerySingle<byte[]>("SELECT secret FROM log_secret");
    }

    /// <summary>Offset after the last stored event. Appender's thread.</summary>
    public long NextOffset { get; private set; }

    /// <summary>16 bytes, the same for the life of the log.</summary>
    public byte[] Secret { get; }

    public string Path => _file.Path;

    /// <summary>The log up to a place, to be read and never written: a host may be writing it meanwhile.</summary>
    /// <exception cref="FileNotFoundException">There is none.</exception>
    /// <exception cref="InvalidDataException">It is of another version, or does not reach that far.</exception>
    public static LogStore OpenReadOnly(string path, long until)
    {
        var file = SqliteFile.OpenReadOnly(path, "Kernel/Log");
        using var reader = file.Open();
        if (reader.QuerySingle<long>(NextOffsetSql) is var end && end < until)
        {
            throw new InvalidDataException($"The log ends at offset {end} and what is to be compared with it stands at {until}: they do not belong together.");
        }

        return new LogStore(file, until);
    }

    /// <summary>Offset behind the last event that is stored now.</summary>
    public static long EndOf(string path)
    {
        using var reader = SqliteFile.OpenReadOnly(path, "Kernel/Log").Open();
        return reader.QuerySingle<long>(NextOffsetSql);
    }

    /// <summary>Commits one block and returns when it is on disk. Throws <see cref="SqliteException"/> when the disk refuses; nothing is stored then.</summary>
    public void Append(int eventCount, BlockCodec codec, int rawBytes, ReadOnlySpan<byte> body)
    {
        var (appender, append) = (Appender, _append!);
        raw.sqlite3_bind_int64(append, 1, NextOffset);
        raw.sqlite3_bind_int(append, 2, eventCount);
        raw.sqlite3_bind_int(append, 3, (int)codec);
        raw.sqlite3_bind_int(append, 4, rawBytes);
        raw.sqlite3_bind_blob(append, 5, body);
        var stepped = raw.sqlite3_step(append);
        raw.sqlite3_reset(append);
        if (stepped != raw.SQLITE_DONE)
        {
            throw new SqliteException($"The log refused {eventCount} events: {raw.sqlite3_errmsg(appender.Handle).utf8_to_string()}", stepped);
        }

        NextOffset += eventCount;
    }

    /// <summary>Moves pages from the WAL into the file without waiting for anyone. Appender's thread.</summary>
    public WalState CheckpointOnAppender() => Checkpoint(Appender);

    /// <summary>The same on a caller's connection.</summary>
    public static WalState Checkpoint(SqliteConnection connection)
    {
        using var command = connection.CreateCommand();
        command.CommandText = "PRAGMA wal_checkpoint(PASSIVE);";
        using var reader = command.ExecuteReader();
        reader.Read();
        return new WalState(reader.GetInt32(1), reader.GetInt32(2));
    }

    public SqliteConnection OpenReader() => _file.Open();

    /// <summary>Blocks from the one that holds <paramref name="offset"/> on.</summary>
    public static IEnumerable<StoredBlock> Read(SqliteConnection reader, long offset, int limit) =>
        reader.Query<StoredRow>(ReadSql, new { offset, limit })
            .Select(row => new StoredBlock(row.FirstOffset, (int)row.EventCount, (BlockCodec)row.Codec, (int)row.RawBytes, row.Body));

    /// <summary>Puts another body in place of a block's. Offsets stay. Appender's thread must be at rest, or wait for the lock.</summary>
    public static void Rewrite(SqliteConnection connection, long firstOffset, BlockCodec codec, int rawBytes, byte[] body) =>
        connection.Execute(RewriteSql, new { firstOffset, codec = (int)codec, rawBytes, body });

    /// <summary>The source's number, given when it is first seen. Any thread: on a connection of its own, the appender's is the writer's.</summary>
    public ushort SourceId(string name)
    {
        if (_appender is null)
        {
            return FindSourceId(name) ?? Unwritten(name);
        }

        using var connection = _file.Open();
        return checked((ushort)connection.QuerySingle<long>(SourceSql, new { name }));
    }

    /// <summary>The name that was given a number; null when none was. Thread-safe: on a connection of its own.</summary>
    public string? SourceName(ushort id)
    {
        using var connection = OpenReader();
        return connection.QuerySingleOrDefault<string>("SELECT name FROM log_source WHERE id = @id", new { id = (int)id });
    }

    /// <summary>The number of a name that has one. Thread-safe: on a connection of its own.</summary>
    public ushort? FindSourceId(string name)
    {
        using var connection = OpenReader();
        return (ushort?)connection.QuerySingleOrDefault<long?>("SELECT id FROM log_source WHERE name = @name", new { name });
    }

    /// <summary>Thread-safe: on a connection of its own.</summary>
    public void MarkErasure(string requestId, long atMs)
    {
        using var connection = OpenReader();
        connection.Execute(MarkSql, new { requestId, atMs });
    }

    /// <summary>Thread-safe: on a connection of its own.</summary>
    public IReadOnlySet<string> ErasureMarks()
    {
        using var connection = OpenReader();
        return connection.Query<string>("SELECT request_id FROM log_erasure").ToHashSet(StringComparer.Ordinal);
    }

    public void Dispose()
    {
        _append?.Dispose();
        _appender?.Dispose();
    }

    private SqliteConnection Appender => _appender ?? throw new InvalidOperationException("The log was opened to be read.");

    /// <summary>A source that is configured and of which the log holds nothing: its number is as good as any that no other has.</summary>
    private ushort Unwritten(string name)
    {
        lock (_unwritten)
        {
            if (!_unwritten.TryGetValue(name, out var id))
            {
                _unwritten.Add(name, id = (ushort)(ushort.MaxValue - _unwritten.Count));
            }

            return id;
        }
    }

    private sealed record StoredRow(long FirstOffset, long EventCount, long Codec, long RawBytes, byte[] Body);
}

/// <summary>Pages in the WAL, and those of them that are in the file already.</summary>
internal readonly record struct WalState(int Pages, int Moved)
{
    public bool IsDone => Pages >= 0 && Pages == Moved;
}
