using System.Text.Json;
using Dapper;
using Personalization.Decisioning.Domain.Governance;
using Personalization.Kernel.Privacy;
using Personalization.Kernel.Sqlite;

namespace Personalization.Decisioning.Storage.Governance;

/// <summary>Policies in <c>governance.db</c>: versions are added, activations are added, nothing is changed.</summary>
[HoldsNoPersonalData("A policy describes what decides; it names the shop's own people and no shopper.")]
internal sealed class PolicyStore(SqliteFile file) : IPolicyStore
{
    public const string FileName = "governance";
    public const string Migrations = "Decisioning/Storage/Governance";

    private const string VersionColumns =
        "v.policy AS Policy, v.version AS Version, v.body AS Body, v.registered_by AS RegisteredBy, v.registered_at_ms AS RegisteredAtMs";

    private const string NewestSql = $"""
        SELECT {VersionColumns} FROM decisioning_policy_version v
        WHERE v.version = (SELECT max(version) FROM decisioning_policy_version WHERE policy = v.policy)
        """;

    private const string ActivationsSql = """
        SELECT a.policy AS Policy, a.version AS Version, a.activated_by AS ActivatedBy, a.approved_by AS ApprovedBy, a.reason AS Reason,
            a.change_id AS ChangeId, a.activated_at_ms AS ActivatedAtMs
        FROM decisioning_policy_activation a
        WHERE a.id = (SELECT max(id) FROM decisioning_policy_activation WHERE policy = a.policy)
        """;

    private const string FindSql = $"SELECT {VersionColumns} FROM decisioning_policy_version v WHERE v.policy = @id AND v.version = @version";

    private const string VersionsSql = $"SELECT {VersionColumns} FROM decisioning_policy_version v WHERE v.policy = @id ORDER BY v.version DESC LIMIT 1000";

    private const string AddSql = """
        INSERT INTO decisioning_policy_version (policy, version, body, registered_by, registered_at_ms)
        VALUES (@policy, @version, @body, @registeredBy, @registeredAtMs)
        """;

    private const string ActivateSql = """
        INSERT INTO decisioning_policy_activation (policy, version, activated_by, approved_by, reason, change_id, activated_at_ms)
        VALUES (@policy, @version, @activatedBy, @approvedBy, @reason, @changeId, @activatedAtMs)
        ON CONFLICT (change_id) DO NOTHING
        """;

    public IReadOnlyList<PolicyState> LoadAll()
    {
        using var connection = file.Open();
        var activations = connection.Query<ActivationRow>(ActivationsSql).ToDictionary(row => row.Policy, StringComparer.Ordinal);
        return [.. connection.Query<VersionRow>(NewestSql).ToList().Select(row =>
        {
            var activation = activations.GetValueOrDefault(row.Policy)?.ToActivation();
            return new PolicyState(row.ToVersion(), activation is null or { Version: 0 } ? null : Find(row.Policy, activation.Version), activation);
        })];
    }

    public PolicyVersion? Find(string id, int version)
    {
        using var connection = file.Open();
        return connection.QuerySingleOrDefault<VersionRow>(FindSql, new { id, version })?.ToVersion();
    }

    public IReadOnlyList<PolicyVersion> Versions(string id)
    {
        using var connection = file.Open();
        return [.. connection.Query<VersionRow>(VersionsSql, new { id }).Select(row => row.ToVersion())];
    }

    public void Add(PolicyVersion version)
    {
        using var connection = file.Open();
        connection.Execute(AddSql, new
        {
            policy = version.Id,
            version = version.Version,
            body = JsonSerializer.Serialize(version.Policy, Policy.Json),
            registeredBy = version.RegisteredBy,
            registeredAtMs = version.RegisteredAtMs,
        });
    }

    public bool Activate(PolicyActivation activation)
    {
        using var connection = file.Open();
        return connection.Execute(ActivateSql, new
        {
            policy = activation.Policy,
            version = activation.Version,
            activatedBy = activation.ActivatedBy,
            approvedBy = activation.ApprovedBy,
            reason = activation.Reason,
            changeId = activation.ChangeId.ToString(),
            activatedAtMs = activation.ActivatedAtMs,
        }) > 0;
    }

    private sealed record VersionRow(string Policy, long Version, string Body, string RegisteredBy, long RegisteredAtMs)
    {
        public PolicyVersion ToVersion() =>
            new(Policy, (int)Version, JsonSerializer.Deserialize<Policy>(Body, Domain.Governance.Policy.Json)!, RegisteredBy, RegisteredAtMs);
    }

    private sealed record ActivationRow(
        string Policy, long Version, string ActivatedBy, string? ApprovedBy, string Reason, string ChangeId, long ActivatedAtMs)
    {
        public PolicyActivation ToActivation() =>
            new(Policy, (int)Version, ActivatedBy, ApprovedBy, Reason, Guid.Parse(ChangeId), ActivatedAtMs);
    }
}
