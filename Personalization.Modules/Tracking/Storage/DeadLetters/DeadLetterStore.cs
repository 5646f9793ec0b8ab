using System.Buffers.Binary;
using Dapper;
using Microsoft.Data.Sqlite;
using Personalization.Kernel.Sqlite;
using Personalization.Tracking.Domain.DeadLetters;

namespace Personalization.Tracking.Storage.DeadLetters;

/// <summary>
/// Everything that changes the letters, on one connection of one thread. Changes come in groups, each one transaction; the bounds are
/// kept within it, so that the store is never larger than it may be, not even between two commits.
/// </summary>
internal sealed class DeadLetterStore : IDisposable
{
    private const int ExpirePerStep = 128;

    private readonly SqliteConnection _connection;
    private readonly long _maxBytes;
    private readonly long _maxStrangerBytes;
    private long _strangerBytes;

    public DeadLetterStore(DeadLetterFile file, long maxBytes, long maxStrangerBytes)
    {
        _connection = file.Open();
        _maxBytes = maxBytes;
        _maxStrangerBytes = maxStrangerBytes;
        CountBytes();
    }

    /// <summary>Bytes of all letters as they are counted.</summary>
    public long Bytes { get; private set; }

    public void Begin() => SqliteFile.Execute(_connection, "BEGIN IMMEDIATE;");

    /// <summary>Ends the group on disk, and returns what had to go for it.</summary>
    public IReadOnlyList<ExpiredLetter> Commit()
    {
        var expired = Bytes > _maxBytes ? ExpireBySize() : [];
        SqliteFile.Execute(_connection, "COMMIT;");
        return expired;
    }

    /// <summary>After a failure: as if nothing of the group had been.</summary>
    public void Rollback()
    {
        if (SQLitePCL.raw.sqlite3_get_autocommit(_connection.Handle) == 0)
        {
            SqliteFile.Execute(_connection, "ROLLBACK;");
        }

        CountBytes();
    }

    /// <summary>Keeps a letter. False when it is a stranger's and their share is used up, or when its event or line has a letter already.</summary>
    public bool Insert(DeadLetter letter, IReadOnlyCollection<UInt128> subjects)
    {
        var size = letter.SizeWith(subjects.Count);
        if (letter.Source.Length == 0 && _strangerBytes + size > _maxStrangerBytes)
        {
            return false;
        }

        if (_connection.QuerySingleOrDefault<long?>(DeadLetterSql.Insert, DeadLetterSql.Parameters(letter, size)) is not { } id)
        {
            return false;
        }

        AddSubjects(id, subjects);
        Count(letter.Source, size);
        return true;
    }

    /// <summary>The event of a letter was resumed and failed again. Old news, met again in a replay, change nothing.</summary>
    public void Reopen(long logOffset, long replayOffset, string stage, string detail) =>
        _connection.Execute(DeadLetterSql.Reopen, new
        {
            logOffset,
            replayOffset,
            stage,
            detail,
            state = (int)DeadLetterState.Open,
            result = "failed again: " + detail,
            discarded = (int)DeadLetterState.Discarded,
        });

    /// <summary>The event of a letter was resumed and has passed every stage.</summary>
    public void Settle(long logOffset, long replayOffset) =>
        _connection.Execute(DeadLetterSql.Settle, new
        {
            logOffset,
            replayOffset,
            state = (int)DeadLetterState.Replayed,
            result = "applied",
            discarded = (int)DeadLetterState.Discarded,
        });

    /// <summary>Puts another body in place. False when the letter is gone, replayed or discarded.</summary>
    public bool Correct(long id, byte[] body, string eventName, string messageId, IReadOnlyCollection<UInt128> subjects)
    {
        if (Find(id) is not { State: DeadLetterState.Open or DeadLetterState.Corrected } letter)
        {
            return false;
        }

        var corrected = letter with { Body = body, EventName = eventName, MessageId = messageId, State = DeadLetterState.Corrected, IsTruncated = false };
        var size = corrected.SizeWith(subjects.Count);
        _connection.Execute(DeadLetterSql.Correct, new
        {
            id,
            body,
            bodyBytes = body.Length,
            eventName,
            messageId,
            state = (int)corrected.State,
            size,
        });
        _connection.Execute(DeadLetterSql.DeleteSubjects, new { id });
        AddSubjects(id, subjects);
        Count(letter.Source, size - letter.StoredSize);
        return true;
    }

    /// <summary>Notes how a replay ended.</summary>
    public void NoteReplay(long id, bool isTaken, string result, long replayOffset, long atMs) =>
        _connection.Execute(DeadLetterSql.NoteReplay, new
        {
            id,
            result,
            replayOffset,
            atMs,
            state = isTaken ? (int?)DeadLetterState.Replayed : null,
            discarded = (int)DeadLetterState.Discarded,
        });

    /// <summary>Leaves a mark without content, so that a replay of the log does not bring the letter back. False when it is gone already.</summary>
    public bool Discard(long id)
    {
        if (Find(id) is not { State: not DeadLetterState.Discarded } letter)
        {
            return false;
        }

        var emptied = letter with { Body = [], Context = [], EventName = "", MessageId = "", Detail = "" };
        var size = emptied.SizeWith(0);
        _connection.Execute(DeadLetterSql.Discard, new { id, state = (int)DeadLetterState.Discarded, size, empty = Array.Empty<byte>() });
        _connection.Execute(DeadLetterSql.DeleteSubjects, new { id });
        Count(letter.Source, size - letter.StoredSize);
        return true;
    }

    /// <summary>Removes some letters that arrived before a time, the oldest first.</summary>
    public IReadOnlyList<ExpiredLetter> ExpireByAge(long beforeMs) =>
        Removed([.. _connection.Query<ExpiredLetter>(DeadLetterSql.ExpireByAge, new { beforeMs, limit = ExpirePerStep })], isExpiry: true);

    /// <summary>Removes every letter in which one of the identifiers stands, and those of the events at these offsets.</summary>
    public long Erase(IReadOnlySet<UInt128> subjects, IReadOnlyList<long> offsets)
    {
        var removed = 0L;
        foreach (var subject in subjects)
        {
            removed += Removed([.. _connection.Query<ExpiredLetter>(DeadLetterSql.EraseSubject, new { key = KeyOf(subject) })], isExpiry: false).Count;
        }

        foreach (var offset in offsets)
        {
            removed += Removed([.. _connection.Query<ExpiredLetter>(DeadLetterSql.EraseOffset, new { offset })], isExpiry: false).Count;
        }

        return removed;
    }

    /// <summary>Outside a group: leaves nothing of what was removed in the write-ahead log.</summary>
    public void Truncate() => DeadLetterFile.Truncate(_connection);

    /// <summary>Outside a group: gives pages back.</summary>
    public void Shrink() => DeadLetterFile.Shrink(_connection);

    public void Dispose() => _connection.Dispose();

    public static byte[] KeyOf(UInt128 subject)
    {
        var key = new byte[16];
        BinaryPrimitives.WriteUInt128BigEndian(key, subject);
        return key;
    }

    private DeadLetter? Find(long id) => _connection.QuerySingleOrDefault<DeadLetterRow>(DeadLetterSql.Find, new { id })?.ToLetter();

    private List<ExpiredLetter> ExpireBySize()
    {
        var expired = new List<ExpiredLetter>();
        while (Bytes > _maxBytes)
        {
            var step = _connection.Query<ExpiredLetter>(DeadLetterSql.ExpireOldest, new { limit = Bytes > 2 * _maxBytes ? ExpirePerStep : 1 }).ToList();
            expired.AddRange(Removed(step, isExpiry: true));
            if (step.Count == 0)
            {
                break;
            }
        }

        return expired;
    }

    private List<ExpiredLetter> Removed(List<ExpiredLetter> letters, bool isExpiry)
    {
        foreach (var letter in letters)
        {
            _connection.Execute(DeadLetterSql.DeleteSubjects, new { id = letter.Id });
            Count(letter.Source, -letter.Size);
            if (isExpiry)
            {
                _connection.Execute(DeadLetterSql.CountExpired, new { reason = letter.Reason });
            }
        }

        return letters;
    }

    private void AddSubjects(long id, IReadOnlyCollection<UInt128> subjects)
    {
        foreach (var subject in subjects)
        {
            _connection.Execute(DeadLetterSql.AddSubject, new { key = KeyOf(subject), id });
        }
    }

    private void Count(string source, long bytes)
    {
        Bytes += bytes;
        _strangerBytes += source.Length == 0 ? bytes : 0;
    }

    private void CountBytes()
    {
        Bytes = _connection.QuerySingle<long>(DeadLetterSql.SumBytes);
        _strangerBytes = _connection.QuerySingle<long>(DeadLetterSql.SumStrangerBytes);
    }
}

/// <summary>A letter that is gone. Not made by a constructor: of a statement that returns no row SQLite tells no types.</summary>
internal sealed record ExpiredLetter
{
    public long Id { get; init; }

    public long Reason { get; init; }

    public string Source { get; init; } = "";

    public long Size { get; init; }
}
