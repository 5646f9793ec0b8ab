using Personalization.Features.Domain;
using Personalization.Tracking.Contracts;

namespace Personalization.Features.Pipeline;

/// <summary>
/// Gives items and terms their numbers, and takes category and brand from the catalogue as it stood at this place of the
/// log: later changes of the catalogue do not change what an event meant. An item is no personal data, so this runs before consent is
/// asked; nothing of the shopper is kept.
/// </summary>
internal sealed class ResolveItemsStep(Catalog catalog, ItemTermHistory terms) : ISequencerStep
{
    public void Resolve(TrackedEvent trackedEvent)
    {
        if (trackedEvent.LineCount == 0 || !IsAboutItems(trackedEvent.Kind))
        {
            return;
        }

        foreach (ref var line in trackedEvent.Lines)
        {
            line.Item = catalog.ResolveItem(trackedEvent.Text(line.Id));
            var details = catalog[line.Item];
            line.CategoryTerm = details?.CategoryTerm is { } category and >= 0 ? category : catalog.ResolveTerm(trackedEvent.Text(line.Category));
            line.BrandTerm = details?.BrandTerm is { } brand and >= 0 ? brand : catalog.ResolveTerm(trackedEvent.Text(line.Brand));
        }
    }

    /// <summary>The catalogue may have changed since the event came; what it said then is looked up.</summary>
    public void Rebuild(TrackedEvent trackedEvent)
    {
        if (trackedEvent.LineCount == 0 || !IsAboutItems(trackedEvent.Kind))
        {
            return;
        }

        foreach (ref var line in trackedEvent.Lines)
        {
            line.Item = catalog.FindItem(trackedEvent.Text(line.Id));
            var (category, brand) = line.Item < 0 ? (-1, -1) : terms.At(line.Item, trackedEvent.Offset);
            line.CategoryTerm = category >= 0 ? category : catalog.FindTerm(trackedEvent.Text(line.Category));
            line.BrandTerm = brand >= 0 ? brand : catalog.FindTerm(trackedEvent.Text(line.Brand));
        }
    }

    /// <summary>Elsewhere <c>product_id</c> may mean anything, and would fill the directory with it.</summary>
    private static bool IsAboutItems(EventKind kind) => kind is not (
        EventKind.Other or EventKind.ProductsSearched or EventKind.PromotionViewed or EventKind.PromotionClicked or EventKind.CartShared
        or EventKind.CouponEntered or EventKind.CouponApplied or EventKind.CouponDenied or EventKind.CouponRemoved);
}
