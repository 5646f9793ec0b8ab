using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using Dapper;
using Personalization.Kernel.Sqlite;

namespace Personalization.Kernel.Privacy;

/// <summary>The file of tombstones, suppressed identifiers and receipts. Each change is one transaction. Thread-safe: a connection for each call.</summary>
[HoldsNoPersonalData("Hashes under a key of another file, counts and times. An erasure's own notes on its person are removed with its last receipt.")]
internal sealed class PrivacyFile
{
    public const string Name = "privacy";

    private const string PutSql = """
        INSERT INTO privacy_tombstone (request_id, state, requested_at_ms) VALUES (@requestId, 0, @atMs) ON CONFLICT (request_id) DO NOTHING;
        SELECT number FROM privacy_tombstone WHERE request_id = @requestId
        """;

    private const string AddIdentifierSql = """
        INSERT INTO privacy_identifier (hash, number, bucket, is_shared) VALUES (@hash, @number, @bucket, @isShared)
        ON CONFLICT (hash, number) DO UPDATE SET is_shared = min(is_shared, excluded.is_shared)
        """;

    private const string OrderSql = """
        UPDATE privacy_tombstone SET state = 1, profiles = max(profiles, @profiles), events = @events, offsets = @offsets, work = @work
        WHERE number = @number
        """;

    private const string LastHashSql = "SELECT hash FROM privacy_receipt ORDER BY id DESC LIMIT 1";

    private const string ReceiptSql = """
        INSERT INTO privacy_receipt (number, store, found, removed, method, at_ms, hash) VALUES (@number, @store, @found, @removed, @method, @atMs, @hash)
        """;

    private const string CompleteSql = """
        UPDATE privacy_tombstone SET state = 2, work = NULL, events = @events, offsets = @offsets,
            reapplied_at_ms = CASE WHEN @isAgain THEN @atMs ELSE reapplied_at_ms END, completed_at_ms = coalesce(completed_at_ms, @atMs)
        WHERE number = @number
        """;

    private const string RowColumns = """
        SELECT number AS Number, request_id AS RequestId, state AS State, requested_at_ms AS RequestedAtMs, completed_at_ms AS CompletedAtMs,
            reapplied_at_ms AS ReappliedAtMs, lifted_at_ms AS LiftedAtMs, lift_reason AS LiftReason, profiles AS Profiles, events AS Events,
            withheld AS Withheld,
            (SELECT count(*) FROM privacy_identifier i WHERE i.number = t.number AND is_shared = 0) AS Identifiers
        FROM privacy_tombstone t
        """;

    private const string WorkSql = "SELECT number AS Number, offsets AS Offsets, work AS Work FROM privacy_tombstone WHERE number = @number";

    private const string IdentifiersSql = """
        SELECT i.hash AS Hash, i.number AS Number, i.bucket AS Bucket, i.is_shared AS IsShared
        FROM privacy_identifier i JOIN privacy_tombstone t ON t.number = i.number
        WHERE t.lifted_at_ms IS NULL OR @withLifted ORDER BY i.number
        """;

    private readonly SqliteFile _file;

    public PrivacyFile(string path, PrivacyKey key)
    {
        _file = new SqliteFile(path, "Kernel/Privacy");
        using var connection = _file.Open();
        var proof = connection.QuerySingle<byte[]>(
            "INSERT INTO privacy_key_check (id, proof) VALUES (1, @proof) ON CONFLICT (id) DO NOTHING; SELECT proof FROM privacy_key_check", new { proof = key.Proof() });
        if (!proof.AsSpan().SequenceEqual(key.Proof()))
        {
            throw new InvalidDataException($"The key beside {path} is not the one that its list was made with: erased people would not be recognised. Put the file privacy.key back.");
        }
    }

    public string Path => _file.Path;

    /// <summary>Remembers a request and the hashes of its identifiers; adds to those that it has.</summary>
    public long Put(string requestId, long atMs, IEnumerable<IdentifierRow> identifiers, OrderRow? order = null)
    {
        using var connection = _file.Open();
        using var transaction = connection.BeginTransaction();
        var number = connection.QuerySingle<long>(PutSql, new { requestId, atMs }, transaction);
        foreach (var row in identifiers)
        {
            connection.Execute(AddIdentifierSql, new { hash = BytesOf(row.Hash), number, bucket = (long)row.Bucket, isShared = row.IsShared ? 1 : 0 }, transaction);
        }

        if (order is not null)
        {
            connection.Execute(OrderSql, new { number, profiles = order.Profiles, events = order.Offsets.Count, offsets = ErasureWork.WriteOffsets(order.Offsets), work = order.Work }, transaction);
        }

        transaction.Commit();
        return number;
    }

    /// <summary>Writes the receipts as links of the chain, removes the notes on the person, and ends the erasure; all of it or nothing.</summary>
    public IReadOnlyList<StoreReceipt> Complete(long number, string requestId, IReadOnlyList<ReceiptDraft> drafts, IReadOnlyList<long> offsets, bool isAgain, long atMs)
    {
        using var connection = _file.Open();
        using var transaction = connection.BeginTransaction();
        var last = connection.QuerySingleOrDefault<byte[]>(LastHashSql, transaction: transaction) ?? new byte[SHA256.HashSizeInBytes];
        var receipts = new List<StoreReceipt>(drafts.Count);
        foreach (var draft in drafts)
        {
            last = Link(last, requestId, draft);
            connection.Execute(ReceiptSql, new
            {
                number,
                store = draft.Store,
                found = draft.Found,
                removed = draft.Removed,
                method = draft.Method,
                atMs = draft.AtMs,
                hash = last,
            }, transaction);
            receipts.Add(draft.ToReceipt(last));
        }

        connection.Execute(CompleteSql, new { number, events = offsets.Count, offsets = ErasureWork.WriteOffsets(offsets), isAgain, atMs }, transaction);
        transaction.Commit();
        return receipts;
    }

    public IReadOnlyList<TombstoneRow> List(int limit, long before = long.MaxValue)
    {
        using var connection = _file.Open();
        return [.. connection.Query<TombstoneRow>($"{RowColumns} WHERE number < @before ORDER BY number DESC LIMIT @limit", new { before, limit })];
    }

    public TombstoneRow? Find(string requestId)
    {
        using var connection = _file.Open();
        return connection.QuerySingleOrDefault<TombstoneRow>($"{RowColumns} WHERE request_id = @requestId", new { requestId });
    }

    /// <summary>All erasures, done or not: what a log is measured against.</summary>
    public IReadOnlyList<TombstoneRow> Erasures()
    {
        using var connection = _file.Open();
        return [.. connection.Query<TombstoneRow>($"{RowColumns} WHERE state > 0 ORDER BY number")];
    }

    /// <summary>The places of a tombstone's events and, while it is unfinished, its person.</summary>
    public (long[] Offsets, byte[]? Work) Work(long number)
    {
        using var connection = _file.Open();
        var row = connection.QuerySingle<WorkRow>(WorkSql, new { number });
        return (ErasureWork.ReadOffsets(row.Offsets), row.Work);
    }

    public IReadOnlyList<IdentifierRow> Identifiers(bool withLifted, out IReadOnlyList<long> numbers)
    {
        using var connection = _file.Open();
        var rows = connection.Query<StoredIdentifier>(IdentifiersSql, new { withLifted }).ToList();
        numbers = [.. rows.Select(row => row.Number)];
        return [.. rows.Select(row => new IdentifierRow(BinaryPrimitives.ReadUInt128LittleEndian(row.Hash), (uint)row.Bucket, row.IsShared != 0))];
    }

    public IReadOnlyList<StoreReceipt> Receipts(long number)
    {
        using var connection = _file.Open();
        return [.. connection.Query<ReceiptRow>("SELECT store AS Store, found AS Found, removed AS Removed, method AS Method, at_ms AS AtMs, hash AS Hash FROM privacy_receipt WHERE number = @number ORDER BY id", new { number })
            .Select(row => new ReceiptDraft(row.Store, row.Found, row.Removed, row.Method, row.AtMs).ToReceipt(row.Hash))];
    }

    /// <summary>The first receipt whose link does not hold, as its place in the chain; -1 when all do.</summary>
    public long FirstBrokenLink()
    {
        using var connection = _file.Open();
        var last = new byte[SHA256.HashSizeInBytes];
        foreach (var row in connection.Query<ReceiptRow>("SELECT r.id AS Id, t.request_id AS RequestId, store AS Store, found AS Found, removed AS Removed, method AS Method, at_ms AS AtMs, hash AS Hash FROM privacy_receipt r JOIN privacy_tombstone t ON t.number = r.number ORDER BY r.id", buffered: false))
        {
            last = Link(last, row.RequestId, new ReceiptDraft(row.Store, row.Found, row.Removed, row.Method, row.AtMs));
            if (!last.AsSpan().SequenceEqual(row.Hash))
            {
                return row.Id;
            }
        }

        return -1;
    }

    public bool Lift(string requestId, string reason, long atMs)
    {
        using var connection = _file.Open();
        return connection.Execute(
            "UPDATE privacy_tombstone SET lifted_at_ms = @atMs, lift_reason = @reason WHERE request_id = @requestId AND lifted_at_ms IS NULL", new { requestId, reason, atMs }) > 0;
    }

    public void AddWithheld(long number, long events)
    {
        using var connection = _file.Open();
        connection.Execute("UPDATE privacy_tombstone SET withheld = withheld + @events WHERE number = @number", new { number, events });
    }

    private static byte[] Link(byte[] last, string requestId, ReceiptDraft draft) => SHA256.HashData(
        [.. last, .. Encoding.UTF8.GetBytes($"{requestId}\n{draft.Store}\n{draft.Found}\n{draft.Removed}\n{draft.Method}\n{draft.AtMs}")]);

    private static byte[] BytesOf(UInt128 hash)
    {
        var bytes = new byte[16];
        BinaryPrimitives.WriteUInt128LittleEndian(bytes, hash);
        return bytes;
    }

    private sealed record WorkRow
    {
        public long Number { get; init; }

        public byte[] Offsets { get; init; } = [];

        public byte[]? Work { get; init; }
    }

    private sealed record StoredIdentifier(byte[] Hash, long Number, long Bucket, long IsShared);

    private sealed record ReceiptRow
    {
        public long Id { get; init; }

        public string RequestId { get; init; } = "";

        public string Store { get; init; } = "";

        public long Found { get; init; }

        public long Removed { get; init; }

        public string Method { get; init; } = "";

        public long AtMs { get; init; }

        public byte[] Hash { get; init; } = [];
    }
}
