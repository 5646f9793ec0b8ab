using Microsoft.AspNetCore.Http;
using Personalization.Kernel.Http;

namespace Personalization.Decisioning.Endpoints.Governance;

/// <summary>The refusals of governance. Their types stay.</summary>
internal static class GovernanceProblems
{
    public static readonly Problem InvalidBody = new("governance/invalid-body", "The body is not what is expected here", StatusCodes.Status400BadRequest);
    public static readonly Problem BodyTooLarge = new("governance/body-too-large", "The body is larger than allowed", StatusCodes.Status413PayloadTooLarge);
    public static readonly Problem InvalidPolicy = new("governance/invalid-policy", "The policy does not state what it must", StatusCodes.Status422UnprocessableEntity);
    public static readonly Problem InvalidPolicyId = new("governance/invalid-policy-id", "An id begins with placement:, model: or rules:", StatusCodes.Status400BadRequest);
    public static readonly Problem UnknownPolicy = new("governance/unknown-policy", "There is no such policy", StatusCodes.Status404NotFound);
    public static readonly Problem TooManyPolicies = new("governance/too-many-policies", "There are as many policies as there may be", StatusCodes.Status409Conflict);
    public static readonly Problem UnknownChange = new("governance/unknown-change", "There is no such change", StatusCodes.Status404NotFound);
    public static readonly Problem UnknownKind = new("governance/unknown-change-kind", "There is no such kind of change", StatusCodes.Status400BadRequest);
    public static readonly Problem InvalidChange = new("governance/invalid-change", "The change cannot be made", StatusCodes.Status422UnprocessableEntity);
    public static readonly Problem SecondPersonRequired = new("governance/second-person-required", "Nobody approves a change of their own", StatusCodes.Status403Forbidden);
    public static readonly Problem AlreadyDecided = new("governance/already-decided", "The change does not wait any more", StatusCodes.Status409Conflict);
    public static readonly Problem TooManyChanges = new("governance/too-many-changes", "As many changes wait as may", StatusCodes.Status409Conflict);
    public static readonly Problem UnknownPlacement = new("decisioning/unknown-placement", "There is no placement of this name", StatusCodes.Status404NotFound);
}
