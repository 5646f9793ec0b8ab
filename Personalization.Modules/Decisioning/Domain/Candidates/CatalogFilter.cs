using Personalization.Features.Contracts;

namespace Personalization.Decisioning.Domain.Candidates;

/// <summary>Adds to the exclusions of one answer what cannot be sold.</summary>
internal sealed class CatalogFilter(ICatalog catalog) : ItemFilter
{
    public override bool Allows(int item) => !IsExcluded(item) && catalog.IsSellable(item);
}
