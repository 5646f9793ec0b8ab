using Personalization.Features.Domain;
using Personalization.Tracking.Contracts;

namespace Personalization.Features.Pipeline;

/// <summary>
/// Gives items and terms their numbers, and takes category and brand from the catalogue as it stood at this place of the
/// log: later changes of the catalogue do not change what an event meant.
/// </summary>
internal sealed class ResolveItemsStep(Catalog catalog) : ISequencerStep
{
    public void Resolve(TrackedEvent trackedEvent)
    {
        foreach (ref var line in trackedEvent.Lines)
        {
            line.Item = catalog.ResolveItem(trackedEvent.Text(line.Id));
            var details = line.Item < 0 ? null : catalog[line.Item];
            line.CategoryTerm = details?.CategoryTerm is { } category and >= 0 ? category : catalog.ResolveTerm(trackedEvent.Text(line.Category));
            line.BrandTerm = details?.BrandTerm is { } brand and >= 0 ? brand : catalog.ResolveTerm(trackedEvent.Text(line.Brand));
        }
    }
}
