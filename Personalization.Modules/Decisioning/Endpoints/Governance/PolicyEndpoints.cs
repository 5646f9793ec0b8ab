using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Options;
using Personalization.Decisioning.Contracts.Governance;
using Personalization.Decisioning.Domain.Governance;
using Personalization.Kernel.Audit;
using Personalization.Kernel.Http;

namespace Personalization.Decisioning.Endpoints.Governance;

/// <summary><c>/v1/governance/policies</c>: what decides here, and who answers for it. Server key, role <c>governor</c>.</summary>
internal static class PolicyEndpoints
{
    public static void Map(IEndpointRouteBuilder endpoints)
    {
        var governance = endpoints.MapGroup("/v1/governance").RequireServerKey(ServerRoles.Governor).AuditsPlainly("policy");
        governance.MapGet("/screening", Screening).WithName("GetScreeningQuestions");
        governance.MapGet("/policies", List).WithName("ListPolicies");
        governance.MapGet("/policies/{policy}", Get).WithName("GetPolicy");
        governance.MapPut("/policies/{policy}", (Delegate)PutAsync).WithName("PutPolicy");
        governance.MapPost("/policies/{policy}/activate", (Delegate)ActivateAsync).WithName("ActivatePolicy");
    }

    /// <summary>200 with the questions that a policy's screening answers.</summary>
    internal static IResult Screening() => TypedResults.Ok(new
    {
        questions = ScreeningQuestions.All.Select(question => new
        {
            question.Code,
            question.Law,
            question.Text,
            consequence = question.Consequence.ToString().ToLowerInvariant(),
        }),
    });

    /// <summary>200 with every policy, and with whatever decides here without having one.</summary>
    internal static IResult List(PolicyRegistry policies, RunningDeciders running) => TypedResults.Ok(new
    {
        policies = policies.All.Select(PolicySummary.Of),
        unregistered = running.Ids.Where(id => policies.Find(id) is null),
    });

    /// <summary>200 with the newest version or <c>?version=</c>, and which others there are; 404.</summary>
    internal static IResult Get(string policy, PolicyRegistry policies, int? version = null)
    {
        if (policies.Find(policy) is not { } state)
        {
            return GovernanceProblems.UnknownPolicy.ToResult();
        }

        return (version is { } asked ? policies.Find(policy, asked) : state.Newest) is { } found
            ? TypedResults.Ok(PolicyAnswer.Of(found, state, policies.Versions(policy)))
            : GovernanceProblems.UnknownPolicy.ToResult($"'{policy}' has no version {version}.");
    }

    /// <summary>201 with a new version, which decides nothing before it is activated; 200 when it says what the newest says; 400, 409, 413, 422.</summary>
    internal static async Task<IResult> PutAsync(
        string policy, HttpContext context, PolicyRegistry policies, IAuditLog audit, IOptions<GovernanceOptions> options)
    {
        if (!PolicyRules.IsId(policy))
        {
            return GovernanceProblems.InvalidPolicyId.ToResult();
        }

        var (body, refusal) = await GovernanceBody.ReadAsync<Policy>(context, options.Value.MaxBodyBytes);
        if (body is null)
        {
            return refusal!;
        }

        if (PolicyRules.FaultsOf(body) is { Count: > 0 } faults)
        {
            var problem = GovernanceProblems.InvalidPolicy.Describe(string.Join("; ", faults));
            problem.Extensions["errors"] = faults;
            return TypedResults.Problem(problem);
        }

        var registered = policies.Register(policy, body, context.Actor());
        if (registered is { IsNew: true })
        {
            var detail = $$"""{"version":{{registered.Value.Version.Version}}}""";
            await audit.AppendAsync(new AuditRecord("policy.register", context.Actor(), policy, detail), CancellationToken.None);
        }

        return registered switch
        {
            null => GovernanceProblems.TooManyPolicies.ToResult(),
            { IsNew: true, Version: var added } => TypedResults.Created(
                $"/v1/governance/policies/{policy}?version={added.Version}", PolicySummary.Of(policies.Find(policy)!)),
            _ => TypedResults.Ok(PolicySummary.Of(policies.Find(policy)!)),
        };
    }

    /// <summary>200 once the version applies; 202 when a second person has to sign it off; 400, 404, 409, 422 with what is missing.</summary>
    internal static async Task<IResult> ActivateAsync(
        string policy, HttpContext context, PolicyRegistry policies, IApprovals approvals, IOptions<GovernanceOptions> options)
    {
        var (wanted, refusal) = await GovernanceBody.ReadAsync<Wanted>(context, options.Value.MaxBodyBytes);
        if (wanted is null)
        {
            return refusal!;
        }

        if (policies.Find(policy) is null)
        {
            return GovernanceProblems.UnknownPolicy.ToResult();
        }

        var request = new ChangeRequest(ActivatePolicy.KindName, policy, ActivatePolicy.BodyFor(wanted.Version), wanted.Reason, context.Actor());
        return ChangeEndpoints.Answer(await approvals.SubmitAsync(request, mustWait: false, context.RequestAborted));
    }

    /// <param name="Version">0 retires the policy.</param>
    /// <param name="Reason">Why.</param>
    internal sealed record Wanted(int Version, string Reason);
}

/// <summary>A policy in a list.</summary>
internal sealed record PolicySummary(
    string Id, int Version, int? ActiveVersion, string Status, string Owner, string Purpose, string RiskClass, DateTimeOffset RegisteredAt, string RegisteredBy)
{
    public static PolicySummary Of(PolicyState state) => new(
        state.Newest.Id,
        state.Newest.Version,
        state.Active?.Version,
        state.Active is not null ? "active" : state.Activation is not null ? "retired" : "draft",
        state.Newest.Policy.Owner,
        state.Newest.Policy.Purpose,
        state.Newest.Policy.RiskClass,
        DateTimeOffset.FromUnixTimeMilliseconds(state.Newest.RegisteredAtMs),
        state.Newest.RegisteredBy);
}

/// <summary>One version with everything about it.</summary>
internal sealed record PolicyAnswer(
    string Id,
    int Version,
    bool IsActive,
    string? NotActivatable,
    Policy Policy,
    DateTimeOffset RegisteredAt,
    string RegisteredBy,
    PolicyActivation? Activation,
    IEnumerable<object> Versions)
{
    public static PolicyAnswer Of(PolicyVersion version, PolicyState state, IReadOnlyList<PolicyVersion> all) => new(
        version.Id,
        version.Version,
        state.Active?.Version == version.Version,
        PolicyRules.WhyNotActive(version.Policy),
        version.Policy,
        DateTimeOffset.FromUnixTimeMilliseconds(version.RegisteredAtMs),
        version.RegisteredBy,
        state.Activation,
        all.Select(each => (object)new { version = each.Version, registeredBy = each.RegisteredBy, registeredAt = DateTimeOffset.FromUnixTimeMilliseconds(each.RegisteredAtMs) }));
}
