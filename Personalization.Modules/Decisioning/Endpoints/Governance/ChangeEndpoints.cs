using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Options;
using Personalization.Decisioning.Contracts.Governance;
using Personalization.Decisioning.Domain.Governance;
using Personalization.Kernel.Http;
using Personalization.Kernel.Json;

namespace Personalization.Decisioning.Endpoints.Governance;

/// <summary><c>/v1/governance/changes</c>: proposals, and a second person's decision. Server key, role <c>governor</c>.</summary>
internal static class ChangeEndpoints
{
    private const int MaxDecisionBytes = 8_192;
    private const int MaxSubject = 128;

    public static void Map(IEndpointRouteBuilder endpoints)
    {
        var changes = endpoints.MapGroup("/v1/governance/changes").RequireServerKey(ServerRoles.Governor);
        changes.MapGet("", List).WithName("ListChanges");
        changes.MapPost("", (Delegate)ProposeAsync).WithName("ProposeChange");
        changes.MapGet("/{change:guid}", Get).WithName("GetChange");
        changes.MapPost("/{change:guid}/approve", (Delegate)ApproveAsync).WithName("ApproveChange");
        changes.MapPost("/{change:guid}/reject", (Delegate)RejectAsync).WithName("RejectChange");
    }

    /// <summary>200 with changes, newest first; 400 for an unknown status.</summary>
    internal static IResult List(Approvals approvals, string? status = null, int limit = 100)
    {
        ChangeStatus? wanted = null;
        if (status is not null)
        {
            if (!EnumName.TryFind<ChangeStatus>(status, out var parsed))
            {
                return GovernanceProblems.InvalidBody.ToResult($"status is one of {string.Join(", ", Enum.GetNames<ChangeStatus>()).ToLowerInvariant()}.");
            }

            wanted = parsed;
        }

        return TypedResults.Ok(new { changes = approvals.List(wanted, Math.Clamp(limit, 1, 1_000)).Select(ChangeAnswer.Of) });
    }

    /// <summary>200; 404.</summary>
    internal static IResult Get(Guid change, Approvals approvals) =>
        approvals.Find(change) is { } found ? TypedResults.Ok(ChangeAnswer.Of(found)) : GovernanceProblems.UnknownChange.ToResult();

    /// <summary>202: it waits, whether it would have to or not; 400, 409, 413, 422.</summary>
    internal static async Task<IResult> ProposeAsync(HttpContext context, Approvals approvals, IOptions<GovernanceOptions> options)
    {
        var (proposal, refusal) = await GovernanceBody.ReadAsync<Proposal>(context, options.Value.MaxBodyBytes);
        if (proposal is null)
        {
            return refusal!;
        }

        if (proposal.Subject.Length is 0 or > MaxSubject)
        {
            return GovernanceProblems.InvalidBody.ToResult($"subject must have 1 to {MaxSubject} characters.");
        }

        var body = proposal.Body ?? JsonElement.Parse("{}");
        var request = new ChangeRequest(proposal.Kind, proposal.Subject, body, proposal.Reason, context.Actor());
        return Answer(await approvals.SubmitAsync(request, mustWait: true, context.RequestAborted));
    }

    /// <summary>200 once it is made; 403 for whoever proposed it; 404; 409 when it does not wait any more; 422 when it cannot be made now.</summary>
    internal static async Task<IResult> ApproveAsync(Guid change, HttpContext context, IApprovals approvals)
    {
        var (decision, refusal) = await DecisionOf(context);
        return decision is null ? refusal! : Answer(await approvals.ApproveAsync(change, context.Actor(), decision.Reason, context.RequestAborted));
    }

    /// <summary>200; 404; 409 when it does not wait any more.</summary>
    internal static async Task<IResult> RejectAsync(Guid change, HttpContext context, IApprovals approvals)
    {
        var (decision, refusal) = await DecisionOf(context);
        return decision is null ? refusal! : Answer(await approvals.RejectAsync(change, context.Actor(), decision.Reason, context.RequestAborted));
    }

    /// <summary>How the result of a change leaves, also from endpoints whose changes may have to wait.</summary>
    public static IResult Answer(ChangeResult result) => result.Outcome switch
    {
        ChangeOutcome.Applied or ChangeOutcome.Rejected => TypedResults.Ok(ChangeAnswer.Of(result.Change!)),
        ChangeOutcome.Waits => TypedResults.Accepted(
            $"/v1/governance/changes/{result.Change!.Id}", ChangeAnswer.Of(result.Change) with { WaitsBecause = result.Detail }),
        ChangeOutcome.Invalid => GovernanceProblems.InvalidChange.ToResult(result.Detail),
        ChangeOutcome.SamePerson => GovernanceProblems.SecondPersonRequired.ToResult(result.Detail),
        ChangeOutcome.TooLate => GovernanceProblems.AlreadyDecided.ToResult(result.Detail),
        ChangeOutcome.TooMany => GovernanceProblems.TooManyChanges.ToResult(result.Detail),
        _ => result.Detail is null ? GovernanceProblems.UnknownChange.ToResult() : GovernanceProblems.UnknownKind.ToResult(result.Detail),
    };

    /// <summary>A decision needs no body.</summary>
    private static async Task<(Decision? Decision, IResult? Refusal)> DecisionOf(HttpContext context) =>
        context.Request.ContentLength is null or 0 ? (new Decision(null), null) : await GovernanceBody.ReadAsync<Decision>(context, MaxDecisionBytes);

    /// <param name="Kind">Of change, for example <c>policy.activate</c>.</param>
    /// <param name="Subject">What is changed.</param>
    /// <param name="Reason">Why.</param>
    /// <param name="Body">To what; may be absent when the kind needs none.</param>
    internal sealed record Proposal(string Kind, string Subject, string Reason, JsonElement? Body = null);

    internal sealed record Decision(string? Reason = null);
}

/// <summary>A change as it is read.</summary>
internal sealed record ChangeAnswer(
    Guid Id,
    string Kind,
    string Subject,
    JsonElement Body,
    string Difference,
    string Reason,
    string Status,
    string ProposedBy,
    DateTimeOffset ProposedAt,
    DateTimeOffset ExpiresAt,
    string? DecidedBy,
    DateTimeOffset? DecidedAt,
    string? DecisionReason,
    DateTimeOffset? AppliedAt,
    string? Fault)
{
    /// <summary>Why a second person has to decide; only in the answer to the proposal.</summary>
    public string? WaitsBecause { get; init; }

    public static ChangeAnswer Of(Change change) => new(
        change.Id,
        change.Kind,
        change.Subject,
        change.Body,
        change.Difference,
        change.Reason,
        change.Status.ToString().ToLowerInvariant(),
        change.ProposedBy,
        change.ProposedAt,
        change.ExpiresAt,
        change.DecidedBy,
        change.DecidedAt,
        change.DecisionReason,
        change.AppliedAt,
        change.Fault);
}
