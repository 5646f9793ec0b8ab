using Dapper;
using Personalization.Decisioning.Domain.Governance;
using Personalization.Kernel.Privacy;
using Personalization.Kernel.Sqlite;

namespace Personalization.Decisioning.Storage.Governance;

/// <summary>Kill switches in <c>governance.db</c>.</summary>
[HoldsNoPersonalData("A switch is about a placement; it names the key that set it and no shopper.")]
internal sealed class KillSwitchStore(SqliteFile file) : IKillSwitchStore
{
    private const string LoadSql = """
        SELECT placement AS Placement, is_on AS IsOn, reason AS Reason, changed_by AS ChangedBy, approved_by AS ApprovedBy, change_id AS ChangeId,
            changed_at_ms AS ChangedAtMs
        FROM decisioning_kill_switch
        """;

    private const string SaveSql = """
        INSERT INTO decisioning_kill_switch (placement, is_on, reason, changed_by, approved_by, change_id, changed_at_ms)
        VALUES (@placement, @isOn, @reason, @changedBy, @approvedBy, @changeId, @changedAtMs)
        ON CONFLICT (placement) DO UPDATE SET is_on = excluded.is_on, reason = excluded.reason, changed_by = excluded.changed_by,
            approved_by = excluded.approved_by, change_id = excluded.change_id, changed_at_ms = excluded.changed_at_ms
        """;

    public IReadOnlyList<KillSwitch> LoadAll()
    {
        using var connection = file.Open();
        return [.. connection.Query<Row>(LoadSql).Select(row => new KillSwitch(
            row.Placement, row.IsOn != 0, row.Reason, row.ChangedBy, row.ApprovedBy, row.ChangeId is null ? null : Guid.Parse(row.ChangeId), row.ChangedAtMs))];
    }

    public void Save(KillSwitch killSwitch)
    {
        using var connection = file.Open();
        connection.Execute(SaveSql, new
        {
            placement = killSwitch.Placement,
            isOn = killSwitch.IsOn ? 1 : 0,
            reason = killSwitch.Reason,
            changedBy = killSwitch.ChangedBy,
            approvedBy = killSwitch.ApprovedBy,
            changeId = killSwitch.ChangeId?.ToString(),
            changedAtMs = killSwitch.ChangedAtMs,
        });
    }

    private sealed record Row(
        string Placement, long IsOn, string Reason, string ChangedBy, string? ApprovedBy, string? ChangeId, long ChangedAtMs);
}
