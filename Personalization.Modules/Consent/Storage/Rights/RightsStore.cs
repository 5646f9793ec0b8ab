using System.Text.Json;
using System.Text.Json.Serialization;
using Dapper;
using Microsoft.Data.Sqlite;
using Personalization.Consent.Domain.Rights;
using Personalization.Kernel.Sqlite;

namespace Personalization.Consent.Storage.Rights;

/// <summary>Requests in <c>rights.db</c>. Deleted content is overwritten, and leaves the write-ahead log when a request ends. Thread-safe.</summary>
internal sealed class RightsStore(string path)
{
    private const string PutSql = """
        INSERT INTO consent_rights_request (id, subject_request_id, state, received_at_ms, export_id, document)
        VALUES (@id, @subjectRequestId, @state, @receivedAtMs, @exportId, @document)
        ON CONFLICT (id) DO UPDATE SET state = excluded.state, export_id = excluded.export_id, document = excluded.document
        """;

    private const string FindSql = "SELECT document FROM consent_rights_request WHERE id = @id";
    private const string FindBySubjectSql = "SELECT document FROM consent_rights_request WHERE subject_request_id = @subjectRequestId";

    private const string ListSql = """
        SELECT document FROM consent_rights_request
        WHERE (@state IS NULL OR state = @state) AND received_at_ms < @beforeMs
        ORDER BY received_at_ms DESC, id DESC
        LIMIT @limit
        """;

    private const string OpenSql =
        "SELECT document FROM consent_rights_request WHERE state IN ('Pending', 'InProgress') ORDER BY received_at_ms, id";

    private const string WithExportSql = "SELECT document FROM consent_rights_request WHERE export_id IS NOT NULL";
    private const string OfExportSql = "SELECT document FROM consent_rights_request WHERE export_id = @exportId";

    private const string CountOpenSql = "SELECT count(*) FROM consent_rights_request WHERE state IN ('Pending', 'InProgress')";
    private const string AddSubjectSql = "INSERT INTO consent_rights_subject (request_id, subject_hash) VALUES (@id, @hash) ON CONFLICT DO NOTHING";

    private const string OfSubjectSql = """
        SELECT DISTINCT r.document
        FROM consent_rights_subject s JOIN consent_rights_request r ON r.id = s.request_id
        WHERE s.subject_hash IN @hashes
        """;

    private const string AddCallbackSql = """
        INSERT INTO consent_rights_callback (request_id, url, status, attempts, next_at_ms, outcome)
        VALUES (@id, @url, @status, 0, @nowMs, 'waiting')
        """;

    private const string DueCallbacksSql = """
        SELECT id AS Id, request_id AS RequestId, url AS Url, status AS Status, attempts AS Attempts
        FROM consent_rights_callback c
        WHERE outcome = 'waiting' AND next_at_ms <= @nowMs AND NOT EXISTS (
            SELECT 1 FROM consent_rights_callback e
            WHERE e.request_id = c.request_id AND e.url = c.url AND e.outcome = 'waiting' AND e.id < c.id)
        ORDER BY next_at_ms, id
        LIMIT @limit
        """;

    private const string NoteCallbackSql =
        "UPDATE consent_rights_callback SET attempts = @attempts, next_at_ms = @nextAtMs, outcome = @outcome WHERE id = @id";

    private const string CallbacksSql = """
        SELECT url AS Url, status AS Status, attempts AS Attempts, outcome AS Outcome
        FROM consent_rights_callback WHERE request_id = @id ORDER BY id
        """;

    private const string CountCallbacksSql = "SELECT count(*) FROM consent_rights_callback WHERE outcome = @outcome";
    private const string LastCertificateSql = "SELECT number AS Number, hash AS Hash FROM consent_rights_certificate ORDER BY number DESC LIMIT 1";

    private const string AddCertificateSql = """
        INSERT INTO consent_rights_certificate (number, request_id, body, signature, hash) VALUES (@number, @id, @body, @signature, @hash)
        """;

    private const string CertificateSql = "SELECT body AS Body, signature AS Signature, hash AS Hash FROM consent_rights_certificate WHERE request_id = @id";

    private const string ExpireSql = """
        DELETE FROM consent_rights_request WHERE state NOT IN ('Pending', 'InProgress') AND received_at_ms < @beforeMs
        """;

    private static readonly JsonSerializerOptions Json = new() { Converters = { new JsonStringEnumConverter() } };
    private readonly SqliteFile _file = new(path, "Consent/Storage/Rights");
    private readonly Lock _writing = new();

    public RightsRequest? Find(Guid id)
    {
        using var connection = Open();
        return Read(connection.QuerySingleOrDefault<byte[]>(FindSql, new { id = IdText(id) }));
    }

    public RightsRequest? FindBySubjectRequestId(string subjectRequestId)
    {
        using var connection = Open();
        return Read(connection.QuerySingleOrDefault<byte[]>(FindBySubjectSql, new { subjectRequestId }));
    }

    /// <summary>The newest first.</summary>
    public IReadOnlyList<RightsRequest> List(RightsState? state, long beforeMs, int limit)
    {
        using var connection = Open();
        return [.. connection.Query<byte[]>(ListSql, new { state = state?.ToString(), beforeMs, limit }).Select(document => Read(document)!)];
    }

    /// <summary>What is not answered yet, the oldest first.</summary>
    public IReadOnlyList<RightsRequest> ListOpen()
    {
        using var connection = Open();
        return [.. connection.Query<byte[]>(OpenSql).Select(document => Read(document)!)];
    }

    /// <summary>The request whose copy this is, while it can be fetched.</summary>
    public RightsRequest? FindByExport(Guid export)
    {
        using var connection = Open();
        return Read(connection.QuerySingleOrDefault<byte[]>(OfExportSql, new { exportId = IdText(export) }));
    }

    /// <summary>Requests whose copy can be fetched.</summary>
    public IReadOnlyList<RightsRequest> ListWithExport()
    {
        using var connection = Open();
        return [.. connection.Query<byte[]>(WithExportSql).Select(document => Read(document)!)];
    }

    /// <summary>Requests about somebody of whom one of these hashes was noted.</summary>
    public IReadOnlyList<RightsRequest> ListOf(IReadOnlyList<string> subjectHashes)
    {
        using var connection = Open();
        return [.. connection.Query<byte[]>(OfSubjectSql, new { hashes = subjectHashes }).Select(document => Read(document)!)];
    }

    /// <summary>
    /// Stores a new request; false when one of the same <c>subject_request_id</c> is there already, or too many are open. On disk when it
    /// returns.
    /// </summary>
    public bool TryAdd(RightsRequest request, int maxOpen)
    {
        lock (_writing)
        {
            using var connection = Open();
            if (connection.QuerySingle<long>(CountOpenSql) >= maxOpen ||
                (request.SubjectRequestId is { } subject && connection.QuerySingleOrDefault<byte[]>(FindBySubjectSql, new { subjectRequestId = subject }) is not null))
            {
                return false;
            }

            Put(connection, request);
            return true;
        }
    }

    /// <summary>
    /// Changes a request as it is now, in one transaction with the callbacks that tell of it when its state changes. On disk when it returns.
    /// </summary>
    /// <param name="id">Which.</param>
    /// <param name="change">Given the request as it stands; returns null to leave it.</param>
    /// <param name="nowMs">Our clock.</param>
    /// <returns>As it is afterwards; null when there is none, or it was left.</returns>
    public RightsRequest? Change(Guid id, Func<RightsRequest, RightsRequest?> change, long nowMs) =>
        Change(id, (_, request) => change(request), nowMs);

    /// <summary>The same, with a certificate whose content depends on the one before it.</summary>
    public RightsRequest? Complete(Guid id, Func<RightsRequest, RightsRequest?> change, Func<RightsRequest, LastCertificate, SignedCertificate> certify, long nowMs) =>
        Change(
            id,
            (connection, request) =>
            {
                if (change(request) is not { } changed)
                {
                    return null;
                }

                var last = connection.QuerySingleOrDefault<LastCertificate>(LastCertificateSql) ?? new LastCertificate();
                var certificate = certify(changed, last);
                connection.Execute(
                    AddCertificateSql,
                    new { number = last.Number + 1, id = IdText(id), body = certificate.Body, signature = certificate.Signature, hash = certificate.Hash });
                return changed;
            },
            nowMs);

    public SignedCertificate? FindCertificate(Guid id)
    {
        using var connection = Open();
        return connection.QuerySingleOrDefault<SignedCertificate>(CertificateSql, new { id = IdText(id) });
    }

    public IReadOnlyList<CallbackNote> CallbacksOf(Guid id)
    {
        using var connection = Open();
        return [.. connection.Query<CallbackNote>(CallbacksSql, new { id = IdText(id) })];
    }

    public IReadOnlyList<DueCallback> DueCallbacks(long nowMs, int limit)
    {
        using var connection = Open();
        return [.. connection.Query<DueCallback>(DueCallbacksSql, new { nowMs, limit })];
    }

    public long CountCallbacks(string outcome)
    {
        using var connection = Open();
        return connection.QuerySingle<long>(CountCallbacksSql, new { outcome });
    }

    public void NoteCallback(long id, long attempts, long nextAtMs, string outcome)
    {
        lock (_writing)
        {
            using var connection = Open();
            connection.Execute(NoteCallbackSql, new { id, attempts, nextAtMs, outcome });
        }
    }

    /// <summary>Removes finished requests that were received before a time, with what belongs to them. Their certificates stay in the chain.</summary>
    public int Expire(long beforeMs)
    {
        lock (_writing)
        {
            using var connection = Open();
            return connection.Execute(ExpireSql, new { beforeMs });
        }
    }

    private RightsRequest? Change(Guid id, Func<SqliteConnection, RightsRequest, RightsRequest?> change, long nowMs)
    {
        lock (_writing)
        {
            using var connection = Open();
            using var transaction = connection.BeginTransaction();
            if (Read(connection.QuerySingleOrDefault<byte[]>(FindSql, new { id = IdText(id) }, transaction)) is not { } before ||
                change(connection, before) is not { } after)
            {
                return null;
            }

            Put(connection, after);
            foreach (var hash in before.Found is null ? after.Found?.SubjectHashes ?? [] : [])
            {
                connection.Execute(AddSubjectSql, new { id = IdText(id), hash });
            }

            foreach (var url in after.State == before.State ? [] : after.Callbacks)
            {
                connection.Execute(AddCallbackSql, new { id = IdText(id), url, status = OpenDsrStatus.Of(after.State), nowMs });
            }

            transaction.Commit();
            if (!after.IsOpen)
            {
                // What was sealed is gone with the request's end, also from the write-ahead log. A reader in the way only delays that.
                SqliteFile.Execute(connection, "PRAGMA wal_checkpoint(TRUNCATE);");
            }

            return after;
        }
    }

    private static void Put(SqliteConnection connection, RightsRequest request) => connection.Execute(PutSql, new
    {
        id = IdText(request.Id),
        subjectRequestId = request.SubjectRequestId,
        state = request.State.ToString(),
        receivedAtMs = request.ReceivedAt.ToUnixTimeMilliseconds(),
        exportId = request.Export is { Ended: null } export ? IdText(export.Id) : null,
        document = JsonSerializer.SerializeToUtf8Bytes(request, Json),
    });

    private static RightsRequest? Read(byte[]? document) => document is null ? null : JsonSerializer.Deserialize<RightsRequest>(document, Json);

    private static string IdText(Guid id) => id.ToString("N");

    private SqliteConnection Open()
    {
        var connection = _file.Open();
        SqliteFile.Execute(connection, "PRAGMA secure_delete=ON; PRAGMA foreign_keys=ON;");
        return connection;
    }
}

/// <summary>What became of a callback.</summary>
internal sealed record CallbackNote
{
    public string Url { get; init; } = "";

    public string Status { get; init; } = "";

    public long Attempts { get; init; }

    /// <summary><c>waiting</c>, <c>delivered</c> or <c>failed</c>.</summary>
    public string Outcome { get; init; } = "";
}

/// <summary>A callback that is to be made now.</summary>
internal sealed record DueCallback
{
    public long Id { get; init; }

    public string RequestId { get; init; } = "";

    public string Url { get; init; } = "";

    public string Status { get; init; } = "";

    public long Attempts { get; init; }
}
