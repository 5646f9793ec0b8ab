using Personalization.Decisioning.Domain.Rules;
using Personalization.Features.Contracts;

namespace Personalization.Decisioning.Domain.Candidates;

/// <summary>Adds to the exclusions of one answer what cannot be sold, and what rules keep out.</summary>
internal sealed class CatalogFilter(ICatalog catalog, RuleRun? rules = null) : ItemFilter
{
    public override bool Allows(int item) => !IsExcluded(item) && catalog.IsSellable(item) && rules?.Allows(item) != false;

    /// <summary>A new answer: rules of the last one mean nothing any more.</summary>
    public override void Clear()
    {
        base.Clear();
        rules?.Clear();
    }
}
