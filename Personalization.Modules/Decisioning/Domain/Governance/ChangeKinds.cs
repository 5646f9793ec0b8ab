using System.Text.Json;
using Personalization.Decisioning.Contracts.Governance;

namespace Personalization.Decisioning.Domain.Governance;

/// <summary>Switching a placement's models on again. Switching off never waits, so it is no change of this kind.</summary>
internal sealed class ReleaseKillSwitch(KillSwitches switches, PolicyRegistry policies, GovernanceOptions options) : IChangeKind
{
    public const string KindName = "kill-switch.release";

    public string Name => KindName;

    /// <summary>Which incident is over: a switch that was set again meanwhile is another one's.</summary>
    public ChangeRequest Prepare(ChangeRequest request) =>
        request with { Body = JsonSerializer.SerializeToElement(new { setAtMs = switches.Find(request.Subject)?.ChangedAtMs }) };

    public string? Check(ChangeRequest request) =>
        !switches.IsPlacement(request.Subject) ? $"There is no placement '{request.Subject}'."
        : switches.Find(request.Subject) is not { IsOn: true } known ? $"The kill switch of '{request.Subject}' is not on."
        : ChangeBody.Number(request, "setAtMs") != known.ChangedAtMs ? "The kill switch was set again after this was proposed."
        : null;

    public string? HighImpact(ChangeRequest request) =>
        options.HighImpact.Contains(GovernanceOptions.KillSwitchRelease) ? "Releasing a kill switch needs a second person here."
        : policies.Find(KillSwitches.PolicyOf(request.Subject))?.IsHighRisk == true ? "The placement's policy is of high risk."
        : null;

    public string Difference(ChangeRequest request) => $"kill switch of {request.Subject}: on -> off";

    public Task ApplyAsync(ApprovedChange change, CancellationToken cancellationToken)
    {
        switches.Set(change.Request.Subject, isOn: false, change.Request.Reason, change.Request.Actor, change.ApprovedBy, change.ChangeId);
        return Task.CompletedTask;
    }
}

/// <summary>Letting a registered version of a policy apply, or none: <c>{"version": 2}</c>, 0 to retire it.</summary>
internal sealed class ActivatePolicy(PolicyRegistry policies, GovernanceOptions options) : IChangeKind
{
    public const string KindName = "policy.activate";

    public string Name => KindName;

    public static JsonElement BodyFor(int version) => JsonSerializer.SerializeToElement(new { version });

    public ChangeRequest Prepare(ChangeRequest request) => VersionOf(request) is { } version
        ? request with { Body = JsonSerializer.SerializeToElement(new { version, replaces = policies.Find(request.Subject)?.Active?.Version ?? 0 }) }
        : request;

    public string? Check(ChangeRequest request)
    {
        if (VersionOf(request) is not { } version)
        {
            return """The body must be {"version": n}.""";
        }

        if (policies.Find(request.Subject) is not { } state)
        {
            return $"There is no policy '{request.Subject}'.";
        }

        if (ChangeBody.Number(request, "replaces") != (state.Active?.Version ?? 0))
        {
            return "Another version has become active since this was proposed.";
        }

        if ((state.Active?.Version ?? 0) == version)
        {
            return version == 0 ? "It is not active." : $"Version {version} is active already.";
        }

        return version == 0 ? null
            : policies.Find(request.Subject, version) is { } found ? PolicyRules.WhyNotActive(found.Policy)
            : $"'{request.Subject}' has no version {version}.";
    }

    /// <summary>The version that goes counts as much as the one that comes, or a strict policy could be replaced by a lax one unseen.</summary>
    public string? HighImpact(ChangeRequest request)
    {
        var versions = new[] { policies.Find(request.Subject)?.Active, policies.Find(request.Subject, VersionOf(request) ?? 0) };
        return Array.Exists(versions, version => version?.Policy.IsHighRisk == true) ? "The policy is of high risk."
            : Listed(GovernanceOptions.Price) && Array.Exists(versions, version => version?.Policy.AffectsPrices == true) ? "The policy affects prices."
            : Listed(GovernanceOptions.Profiling) && Array.Exists(versions, version => version?.Policy.UsesProfile == true) ? "The policy uses profiles."
            : null;
    }

    public string Difference(ChangeRequest request) =>
        $"active version of {request.Subject}: {policies.Find(request.Subject)?.Active?.Version ?? 0} -> {VersionOf(request)}";

    public Task ApplyAsync(ApprovedChange change, CancellationToken cancellationToken)
    {
        var request = change.Request;
        policies.Activate(request.Subject, VersionOf(request) ?? 0, request.Actor, change.ApprovedBy, request.Reason, change.ChangeId);
        return Task.CompletedTask;
    }

    private bool Listed(string what) => options.HighImpact.Contains(what);

    private static int? VersionOf(ChangeRequest request) =>
        ChangeBody.Number(request, "version") is { } number and >= 0 and <= int.MaxValue ? (int)number : null;
}
