using System.Text.Json;
using Dapper;
using Personalization.Decisioning.Contracts.Governance;
using Personalization.Decisioning.Domain.Governance;
using Personalization.Kernel.Privacy;
using Personalization.Kernel.Sqlite;

namespace Personalization.Decisioning.Storage.Governance;

/// <summary>Changes that wait, or waited, for a second person, in <c>governance.db</c>.</summary>
[HoldsNoPersonalData("A change is about policies and switches; it names the keys that proposed and decided, and no shopper.")]
internal sealed class ChangeStore(SqliteFile file) : IChangeStore
{
    private const string Columns = """
        id AS Id, kind AS Kind, subject AS Subject, body AS Body, difference AS Difference, reason AS Reason, status AS Status,
        proposed_by AS ProposedBy, proposed_at_ms AS ProposedAtMs, expires_at_ms AS ExpiresAtMs, decided_by AS DecidedBy,
        decided_at_ms AS DecidedAtMs, decision_reason AS DecisionReason, applied_at_ms AS AppliedAtMs, fault AS Fault
        """;

    private const string AddSql = """
        INSERT INTO decisioning_change (id, kind, subject, body, difference, reason, status, proposed_by, proposed_at_ms, expires_at_ms)
        VALUES (@id, @kind, @subject, @body, @difference, @reason, @status, @proposedBy, @proposedAtMs, @expiresAtMs)
        """;

    private const string SaveSql = """
        UPDATE decisioning_change SET status = @status, decided_by = @decidedBy, decided_at_ms = @decidedAtMs,
            decision_reason = @decisionReason, applied_at_ms = @appliedAtMs, fault = @fault
        WHERE id = @id
        """;

    private const string FindSql = $"SELECT {Columns} FROM decisioning_change WHERE id = @id";

    private const string ListSql =
        $"SELECT {Columns} FROM decisioning_change WHERE @status IS NULL OR status = @status ORDER BY proposed_at_ms DESC, id DESC LIMIT @limit";

    private const string CountSql = "SELECT count(*) FROM decisioning_change WHERE status = @status";

    public void Add(Change change)
    {
        using var connection = file.Open();
        connection.Execute(AddSql, new
        {
            id = change.Id.ToString(),
            kind = change.Kind,
            subject = change.Subject,
            body = change.Body.GetRawText(),
            difference = change.Difference,
            reason = change.Reason,
            status = change.Status.ToString(),
            proposedBy = change.ProposedBy,
            proposedAtMs = change.ProposedAt.ToUnixTimeMilliseconds(),
            expiresAtMs = change.ExpiresAt.ToUnixTimeMilliseconds(),
        });
    }

    public void Save(Change change)
    {
        using var connection = file.Open();
        connection.Execute(SaveSql, new
        {
            id = change.Id.ToString(),
            status = change.Status.ToString(),
            decidedBy = change.DecidedBy,
            decidedAtMs = change.DecidedAt?.ToUnixTimeMilliseconds(),
            decisionReason = change.DecisionReason,
            appliedAtMs = change.AppliedAt?.ToUnixTimeMilliseconds(),
            fault = change.Fault,
        });
    }

    public Change? Find(Guid id)
    {
        using var connection = file.Open();
        return connection.QuerySingleOrDefault<Row>(FindSql, new { id = id.ToString() })?.ToChange();
    }

    public IReadOnlyList<Change> List(ChangeStatus? status, int limit)
    {
        using var connection = file.Open();
        return [.. connection.Query<Row>(ListSql, new { status = status?.ToString(), limit }).Select(row => row.ToChange())];
    }

    public int Count(ChangeStatus status)
    {
        using var connection = file.Open();
        return (int)connection.QuerySingle<long>(CountSql, new { status = status.ToString() });
    }

    private sealed record Row
    {
        public string Id { get; init; } = "";

        public string Kind { get; init; } = "";

        public string Subject { get; init; } = "";

        public string Body { get; init; } = "";

        public string Difference { get; init; } = "";

        public string Reason { get; init; } = "";

        public string Status { get; init; } = "";

        public string ProposedBy { get; init; } = "";

        public long ProposedAtMs { get; init; }

        public long ExpiresAtMs { get; init; }

        public string? DecidedBy { get; init; }

        public long? DecidedAtMs { get; init; }

        public string? DecisionReason { get; init; }

        public long? AppliedAtMs { get; init; }

        public string? Fault { get; init; }

        public Change ToChange() => new()
        {
            Id = Guid.Parse(Id),
            Kind = Kind,
            Subject = Subject,
            Body = JsonElement.Parse(Body),
            Difference = Difference,
            Reason = Reason,
            Status = Enum.Parse<ChangeStatus>(Status),
            ProposedBy = ProposedBy,
            ProposedAt = DateTimeOffset.FromUnixTimeMilliseconds(ProposedAtMs),
            ExpiresAt = DateTimeOffset.FromUnixTimeMilliseconds(ExpiresAtMs),
            DecidedBy = DecidedBy,
            DecidedAt = DecidedAtMs is { } decided ? DateTimeOffset.FromUnixTimeMilliseconds(decided) : null,
            DecisionReason = DecisionReason,
            AppliedAt = AppliedAtMs is { } applied ? DateTimeOffset.FromUnixTimeMilliseconds(applied) : null,
            Fault = Fault,
        };
    }
}
