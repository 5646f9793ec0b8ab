using Personalization.Decisioning.Domain.Candidates;
using Personalization.Decisioning.Domain.Steps;

namespace Personalization.Decisioning.Domain.Restraint;

/// <summary>Keeps out of every answer what the shopper has for good, and what they said they do not want to see.</summary>
internal sealed class ExcludeUnwantedStep(ShopperLedger ledger) : IDecisionStep
{
    public DecisionPhase Phase => DecisionPhase.Prepare;

    public string Name => "exclude_unwanted";

    public void Apply(DecisionContext context, object? scratch) => ledger.Exclude(context.ProfileId, context.NowMs, context.Filter);
}
