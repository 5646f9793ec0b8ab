using Personalization.Decisioning.Domain.Candidates;
using Personalization.Decisioning.Domain.Steps;
using Personalization.Features.Contracts;

namespace Personalization.Decisioning.Domain;

/// <summary>
/// The limits that nothing overrides: what the catalogue does not sell at this moment, or sells once to each and the shopper has, is not shown,
/// whoever proposed or pinned it.
/// </summary>
internal sealed class SealStep(ICatalog catalog, IOwnership ownership) : IDecisionStep
{
    public DecisionPhase Phase => DecisionPhase.Seal;

    public string Name => "seal";

    public void Apply(DecisionContext context, object? scratch)
    {
        var entries = context.Slate.Entries;
        var kept = 0;
        for (var i = 0; i < entries.Length; i++)
        {
            if (catalog.IsSellable(entries[i].Item) && !ownership.Has(context.ProfileId, entries[i].Item))
            {
                entries[kept++] = entries[i];
            }
        }

        context.Slate.Cut(kept);
    }
}

/// <summary>Who has what can be had only once. One memory read; any thread.</summary>
internal interface IOwnership
{
    /// <summary>Whether the item is sold once to each shopper, and this one has it. False for -1.</summary>
    bool Has(int profileId, int item);
}
