namespace Personalization.Decisioning.Domain.Governance;

/// <summary>A registered version.</summary>
internal sealed record PolicyVersion(string Id, int Version, Policy Policy, string RegisteredBy, long RegisteredAtMs);

/// <summary>Which version applies.</summary>
/// <param name="Policy">Id.</param>
/// <param name="Version">0 when the policy was retired.</param>
/// <param name="ActivatedBy">Who proposed it.</param>
/// <param name="ApprovedBy">The second person, if one was needed.</param>
/// <param name="Reason">Why.</param>
/// <param name="ChangeId">The change that did it.</param>
/// <param name="ActivatedAtMs">Unix ms.</param>
internal sealed record PolicyActivation(
    string Policy, int Version, string ActivatedBy, string? ApprovedBy, string Reason, Guid ChangeId, long ActivatedAtMs);

/// <summary>A policy as it stands.</summary>
/// <param name="Newest">The newest version.</param>
/// <param name="Active">The version that applies; null when none does.</param>
/// <param name="Activation">The newest activation; null before the first.</param>
internal sealed record PolicyState(PolicyVersion Newest, PolicyVersion? Active, PolicyActivation? Activation)
{
    /// <summary>Whichever of its versions is asked, the stricter one counts.</summary>
    public bool IsHighRisk => Newest.Policy.IsHighRisk || Active?.Policy.IsHighRisk == true;
}
