using System.Text.Json;
using Dapper;
using Microsoft.Data.Sqlite;
using Personalization.Decisioning.Domain.Journal;
using Personalization.Decisioning.Domain.Rankers;
using Personalization.Features.Contracts;
using Personalization.Kernel.Privacy;
using Personalization.Kernel.Sqlite;
using SQLitePCL;

namespace Personalization.Decisioning.Storage.Journal;

/// <summary>
/// The newest decisions in <c>decisions.db</c>, within bounds of bytes and age. A decision stands under the profile that was used; one that used none says
/// nothing of anybody. Thread-safe.
/// </summary>
internal sealed class DecisionStore : IPersonalDataStore, IDisposable
{
    public const string FileName = "decisions";
    private const string Migrations = "Decisioning/Storage/Journal";

    /// <summary>Deleted at a time, so that nobody waits long for the file.</summary>
    private const int TrimmedAtOnce = 2_000;
    private const string AddSql = "INSERT OR IGNORE INTO decisioning_decision (id, at_ms, profile_id, body) VALUES (?1, ?2, ?3, ?4)";
    private const string AddOutcomeSql = "INSERT OR IGNORE INTO decisioning_outcome (id, item, kind, at_ms) VALUES (@id, @item, @kind, @atMs)";
    private const string AddRankerSql = "INSERT OR IGNORE INTO decisioning_ranker (placement, version, at_ms, body) VALUES (@placement, @version, @atMs, @body)";
    private const string FindSql = "SELECT body FROM decisioning_decision WHERE id = @id";
    private const string RankerSql = "SELECT body FROM decisioning_ranker WHERE placement = @placement AND version = @version";
    private const string OutcomesSql = "SELECT item AS Item, kind AS Kind, at_ms AS AtMs FROM decisioning_outcome WHERE id = @id ORDER BY at_ms, item, kind";
    private const string NewestSql = "SELECT seq AS Seq, body AS Body FROM decisioning_decision WHERE at_ms >= @fromMs AND at_ms < @toMs AND seq < @before ORDER BY seq DESC LIMIT @most";
    private const string BytesSql = "SELECT COALESCE(SUM(length(body)), 0) FROM decisioning_decision";
    private const string AgedSql = "SELECT seq FROM decisioning_decision WHERE at_ms < @beforeMs ORDER BY seq LIMIT @most";
    private const string OldestSql = "SELECT seq FROM decisioning_decision ORDER BY seq LIMIT @most";
    private const string TrimOutcomesSql = "DELETE FROM decisioning_outcome WHERE at_ms < @beforeMs";
    private const string TrimRankersSql = "DELETE FROM decisioning_ranker WHERE at_ms < @beforeMs";
    private const string OldestMsSql = "SELECT COALESCE(MIN(at_ms), 0) FROM decisioning_decision";
    private const string OfProfileSql = "SELECT id FROM decisioning_decision WHERE profile_id = @profileId";
    private const string DeleteSql = "DELETE FROM decisioning_decision WHERE id = @id";
    private const string DeleteOutcomesSql = "DELETE FROM decisioning_outcome WHERE id = @id";
    private readonly SqliteFile _file;
    private readonly SqliteConnection _writing;
    private readonly sqlite3_stmt _add;
    private readonly Lock _lock = new();
    private readonly Func<ICatalog> _catalog;
    private long _bytes;

    /// <param name="path">Of the file.</param>
    /// <param name="catalog">Names the items when a person asks for their data.</param>
    public DecisionStore(string path, Func<ICatalog> catalog)
    {
        _catalog = catalog;
        _file = new SqliteFile(path, Migrations);
        _writing = _file.Open();
        if (raw.sqlite3_prepare_v2(_writing.Handle, AddSql, out _add) != raw.SQLITE_OK)
        {
            throw new InvalidOperationException($"The decision log cannot be prepared: {raw.sqlite3_errmsg(_writing.Handle).utf8_to_string()}");
        }

        _bytes = _writing.ExecuteScalar<long>(BytesSql);
    }

    public string Name => "decisioning/decisions";

    /// <summary>Bytes of all records.</summary>
    public long Bytes => Interlocked.Read(ref _bytes);

    /// <summary>One transaction.</summary>
    public void Add(IReadOnlyCollection<RecordBuffer> decisions, IReadOnlyCollection<Outcome> outcomes)
    {
        lock (_lock)
        {
            using var transaction = _writing.BeginTransaction();
            var added = 0L;
            RankerSnapshot? last = null;
            foreach (var decision in decisions)
            {
                added += Add(decision) ? decision.Length : 0;
                if (decision.Ranker is { } ranker && ranker != last)
                {
                    _writing.Execute(AddRankerSql, new { placement = ranker.Placement, version = ranker.Version, atMs = decision.AtMs, body = ranker.ToBytes() }, transaction);
                    last = ranker;
                }
            }

            foreach (var outcome in outcomes)
            {
                _writing.Execute(AddOutcomeSql, new { id = outcome.DecisionId.ToByteArray(), item = outcome.Item, kind = (int)outcome.Kind, atMs = outcome.AtMs }, transaction);
            }

            transaction.Commit();
            Interlocked.Add(ref _bytes, added);
        }
    }

    /// <summary>Deletes what is older than a time, and the oldest while there are more bytes than may be. A bounded step; returns whether more is left to do.</summary>
    public bool Trim(long beforeMs, long maxBytes)
    {
        lock (_lock)
        {
            var isOver = Bytes > maxBytes;
            var gone = _writing.Query<long>(isOver ? OldestSql : AgedSql, new { beforeMs, most = TrimmedAtOnce }).ToList();
            if (gone.Count == 0)
            {
                return false;
            }

            using var transaction = _writing.BeginTransaction();
            var bytes = 0L;
            foreach (var seq in gone)
            {
                bytes += _writing.ExecuteScalar<long>("SELECT length(body) FROM decisioning_decision WHERE seq = @seq", new { seq }, transaction);
                _writing.Execute("DELETE FROM decisioning_decision WHERE seq = @seq", new { seq }, transaction);
                if (isOver && Bytes - bytes <= maxBytes)
                {
                    break;
                }
            }

            // What came of decisions, and what rankers knew, goes with the decisions that it belongs to.
            var oldestMs = _writing.ExecuteScalar<long>(OldestMsSql, transaction: transaction);
            _writing.Execute(TrimOutcomesSql, new { beforeMs = oldestMs }, transaction);
            _writing.Execute(TrimRankersSql, new { beforeMs = oldestMs - (long)TimeSpan.FromDays(1).TotalMilliseconds }, transaction);
            transaction.Commit();
            Interlocked.Add(ref _bytes, -bytes);
            return gone.Count == TrimmedAtOnce || Bytes > maxBytes;
        }
    }

    /// <summary>Null when it is not kept, or no longer.</summary>
    public DecisionRecord? Find(Guid id)
    {
        using var connection = _file.Open();
        return connection.QuerySingleOrDefault<byte[]>(FindSql, new { id = id.ToByteArray() }) is { } body ? DecisionRecord.Read(body) : null;
    }

    public IReadOnlyList<Outcome> OutcomesOf(Guid id)
    {
        using var connection = _file.Open();
        return OutcomesOf(connection, id);
    }

    /// <summary>What a ranker knew at a version; null when it is not kept.</summary>
    public RankerSnapshot? Ranker(string placement, long version)
    {
        using var connection = _file.Open();
        return connection.QuerySingleOrDefault<byte[]>(RankerSql, new { placement, version }) is { } body
            ? RankerSnapshot.FromBytes(placement, version, body)
            : null;
    }

    /// <summary>Decisions of a time with what came of them, the newest first, page by page.</summary>
    public IEnumerable<(DecisionRecord Decision, IReadOnlyList<Outcome> Outcomes)> Newest(long fromMs, long toMs)
    {
        const int Page = 256;
        using var connection = _file.Open();
        for (var before = long.MaxValue; ;)
        {
            var rows = connection.Query<Row>(NewestSql, new { fromMs, toMs, before, most = Page }).ToList();
            foreach (var row in rows)
            {
                var decision = DecisionRecord.Read(row.Body);
                yield return (decision, OutcomesOf(connection, decision.Id));
                before = row.Seq;
            }

            if (rows.Count < Page)
            {
                yield break;
            }
        }
    }

    public ValueTask<long> EraseAsync(ErasureSubject subject, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            using var transaction = _writing.BeginTransaction();
            var erased = 0L;
            foreach (var id in IdsOf(_writing, subject, transaction).ToList())
            {
                erased += _writing.Execute(DeleteSql, new { id }, transaction);
                _writing.Execute(DeleteOutcomesSql, new { id }, transaction);
            }

            transaction.Commit();
            Interlocked.Exchange(ref _bytes, _writing.ExecuteScalar<long>(BytesSql));
            return new(erased);
        }
    }

    public ValueTask<long> CountAsync(ErasureSubject subject, CancellationToken cancellationToken)
    {
        using var connection = _file.Open();
        return new(IdsOf(connection, subject, null).LongCount());
    }

    public ValueTask ExportAsync(ErasureSubject subject, Utf8JsonWriter json, CancellationToken cancellationToken)
    {
        var catalog = _catalog();
        using var connection = _file.Open();
        json.WriteStartArray();
        foreach (var id in IdsOf(connection, subject, null).ToList())
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (Find(new Guid(id)) is { } decision)
            {
                json.WriteStartObject();
                json.WriteString("decisionId", decision.Id);
                json.WriteString("decidedAt", DateTimeOffset.FromUnixTimeMilliseconds(decision.AtMs));
                json.WriteString("placement", decision.Placement);
                json.WriteStartArray("shown");
                foreach (ref readonly var entry in decision.Answer)
                {
                    json.WriteStringValue(catalog.IdOf(entry.Item));
                }

                json.WriteEndArray();
                json.WriteEndObject();
            }
        }

        json.WriteEndArray();
        return default;
    }

    public void Dispose()
    {
        _add.Dispose();
        _writing.Dispose();
    }

    /// <summary>Through the raw API, for a record is some KB: thousands a second would be copied only to be thrown away.</summary>
    /// <returns>Whether it is new.</returns>
    private bool Add(RecordBuffer decision)
    {
        Span<byte> id = stackalloc byte[16];
        decision.DecisionId.TryWriteBytes(id);
        raw.sqlite3_bind_blob(_add, 1, id);
        raw.sqlite3_bind_int64(_add, 2, decision.AtMs);
        raw.sqlite3_bind_int64(_add, 3, decision.ProfileId);
        raw.sqlite3_bind_blob(_add, 4, decision.Bytes);
        var stepped = raw.sqlite3_step(_add);
        raw.sqlite3_reset(_add);
        return stepped == raw.SQLITE_DONE
            ? raw.sqlite3_changes(_writing.Handle) > 0
            : throw new SqliteException($"The decision log refused a decision: {raw.sqlite3_errmsg(_writing.Handle).utf8_to_string()}", stepped);
    }

    private static IEnumerable<byte[]> IdsOf(SqliteConnection connection, ErasureSubject subject, SqliteTransaction? transaction) =>
        subject.ProfileIds.Order().SelectMany(profileId => connection.Query<byte[]>(OfProfileSql, new { profileId }, transaction));

    private static List<Outcome> OutcomesOf(SqliteConnection connection, Guid id) =>
        [.. connection.Query<OutcomeRow>(OutcomesSql, new { id = id.ToByteArray() }).Select(row => new Outcome(id, (int)row.Item, (OutcomeKind)row.Kind, row.AtMs))];

    private sealed record Row(long Seq, byte[] Body);

    private sealed record OutcomeRow(long Item, long Kind, long AtMs);
}
