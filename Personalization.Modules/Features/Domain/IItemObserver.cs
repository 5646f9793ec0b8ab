using Personalization.Features.Contracts;

namespace Personalization.Features.Domain;

/// <summary>Hears of changes of items that were known already, at their place in the log. Sequencer only; quick, and never throws.</summary>
internal interface IItemObserver
{
    /// <summary>The catalogue holds the item as it is now.</summary>
    /// <param name="item">Its number; -1 for one that was not known before the change.</param>
    /// <param name="before">What the catalogue said; null when only events had named it.</param>
    /// <param name="wasSellable">Whether it could be sold.</param>
    /// <param name="offset">Place of the change in the log.</param>
    void Changed(int item, CatalogItem? before, bool wasSellable, long offset);
}
