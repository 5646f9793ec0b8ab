using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Personalization.Decisioning.Contracts.Governance;
using Personalization.Decisioning.Domain.Governance;
using Personalization.Kernel.Audit;
using Personalization.Kernel.Http;

namespace Personalization.Decisioning.Endpoints.Governance;

/// <summary><c>/v1/placements/{placement}/kill-switch</c>. Server key, role <c>operator</c>.</summary>
internal static class KillSwitchEndpoints
{
    private const int MaxBytes = 16_384;
    private const int MaxReason = 2_000;

    public static void Map(IEndpointRouteBuilder endpoints)
    {
        var killSwitch = endpoints.MapGroup("/v1/placements/{placement}/kill-switch").RequireServerKey(ServerRoles.Operator).AuditsPlainly("placement");
        killSwitch.MapGet("", Get).WithName("GetKillSwitch");
        killSwitch.MapPut("", (Delegate)PutAsync).WithName("PutKillSwitch");
    }

    /// <summary>200; 404 for an unknown placement.</summary>
    internal static IResult Get(string placement, KillSwitches switches) =>
        switches.IsPlacement(placement)
            ? TypedResults.Ok(KillSwitchAnswer.Of(placement, switches.Find(placement), switches.Holds(placement)))
            : GovernanceProblems.UnknownPlacement.ToResult();

    /// <summary>
    /// 200 once it is in effect: every answer that begins after this one shows it. Switching on never waits; releasing answers 202 when a second
    /// person has to sign it off. 400, 404.
    /// </summary>
    internal static async Task<IResult> PutAsync(string placement, HttpContext context, KillSwitches switches, IApprovals approvals, IAuditLog audit)
    {
        var (wanted, refusal) = await GovernanceBody.ReadAsync<Wanted>(context, MaxBytes);
        if (wanted is null)
        {
            return refusal!;
        }

        if (wanted.Reason.Length is 0 or > MaxReason)
        {
            return GovernanceProblems.InvalidBody.ToResult($"reason must have 1 to {MaxReason} characters.");
        }

        if (!switches.IsPlacement(placement))
        {
            return GovernanceProblems.UnknownPlacement.ToResult();
        }

        if (wanted.IsOn)
        {
            switches.Set(placement, isOn: true, wanted.Reason, context.Actor());
            await audit.AppendAsync(new AuditRecord("kill-switch.on", context.Actor(), KillSwitches.PolicyOf(placement)), CancellationToken.None);
        }
        else if (switches.Find(placement) is { IsOn: true })
        {
            var request = new ChangeRequest(ReleaseKillSwitch.KindName, placement, JsonElement.Parse("{}"), wanted.Reason, context.Actor());
            var result = await approvals.SubmitAsync(request, mustWait: false, context.RequestAborted);
            if (result.Outcome != ChangeOutcome.Applied)
            {
                return ChangeEndpoints.Answer(result);
            }
        }

        return Get(placement, switches);
    }

    internal sealed record Wanted(bool IsOn, string Reason);
}

/// <param name="Placement">Name.</param>
/// <param name="IsOn">Whether the switch is on.</param>
/// <param name="AnswersBaseline">Why the baseline answers, also for another reason; null when the models do.</param>
/// <param name="Reason">Why it was set so; null when it never was.</param>
/// <param name="ChangedBy">Who set it.</param>
/// <param name="ApprovedBy">The second person, if one was needed.</param>
/// <param name="ChangedAt">When.</param>
internal sealed record KillSwitchAnswer(
    string Placement, bool IsOn, string? AnswersBaseline, string? Reason, string? ChangedBy, string? ApprovedBy, DateTimeOffset? ChangedAt)
{
    public static KillSwitchAnswer Of(string placement, KillSwitch? known, string? held) => new(
        placement,
        known?.IsOn == true,
        held,
        known?.Reason,
        known?.ChangedBy,
        known?.ApprovedBy,
        known is null ? null : DateTimeOffset.FromUnixTimeMilliseconds(known.ChangedAtMs));
}
