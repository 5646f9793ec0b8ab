using Microsoft.Extensions.Options;

namespace Personalization.Decisioning;

/// <summary>Refuses words that would silently need nobody's signature.</summary>
internal sealed class GovernanceOptionsValidator : IValidateOptions<GovernanceOptions>
{
    private static readonly string[] Known = [GovernanceOptions.KillSwitchRelease, GovernanceOptions.Price, GovernanceOptions.Profiling];

    public ValidateOptionsResult Validate(string? name, GovernanceOptions options)
    {
        var unknown = options.HighImpact.Except(Known, StringComparer.Ordinal).ToList();
        return unknown.Count == 0
            ? ValidateOptionsResult.Success
            : ValidateOptionsResult.Fail($"Governance:HighImpact knows {string.Join(", ", Known)}, not {string.Join(", ", unknown)}.");
    }
}
