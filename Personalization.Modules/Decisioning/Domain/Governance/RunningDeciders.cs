using Personalization.Decisioning.Contracts;

namespace Personalization.Decisioning.Domain.Governance;

/// <summary>What decides in this process, as the running configuration has it: each should have a policy.</summary>
internal sealed class RunningDeciders(DecisioningOptions options)
{
    /// <summary>Ids of policies: placements, then the models that answer for them.</summary>
    public IReadOnlyList<string> Ids { get; } =
    [
        .. options.Placements.Keys.Order(StringComparer.Ordinal).Select(KillSwitches.PolicyOf),
        .. options.Placements.Values.Select(placement => ModelVersions.NameOf(placement.Kind))
            .Append(ModelVersions.NameOf(PlacementKind.Popular))
            .Distinct(StringComparer.Ordinal)
            .Order(StringComparer.Ordinal)
            .Select(model => "model:" + model),
    ];
}
