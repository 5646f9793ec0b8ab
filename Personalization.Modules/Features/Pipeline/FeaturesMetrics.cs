using System.Diagnostics.Metrics;
using Personalization.Features.Domain;
using Personalization.Features.Domain.History;

namespace Personalization.Features.Pipeline;

/// <summary>How full the directories are, and what found no room in them.</summary>
internal sealed class FeaturesMetrics
{
    public const string MeterName = "Personalization.Features";

    public FeaturesMetrics(IMeterFactory meters, Catalog catalog, CatalogHandler handler, KeptProperties kept)
    {
        var meter = meters.Create(MeterName);
        meter.CreateObservableGauge("features.items", () => catalog.Count, "{item}", "Items that have a number.");
        meter.CreateObservableGauge("features.terms", () => catalog.TermCount, "{term}", "Categories and brands that have a number.");
        meter.CreateObservableCounter(
            "features.items.refused", () => catalog.RefusedItems, "{line}", "Times that an item got no number: no room, too long, or no UTF-8.");
        meter.CreateObservableCounter(
            "features.terms.refused", () => catalog.RefusedTerms, "{line}", "Times that a category or brand got no number.");
        meter.CreateObservableGauge("features.properties.kept", () => kept.Count, "{property}", $"Properties of events that are kept, of {KeptProperties.Max} at most.");
        meter.CreateObservableCounter(
            "features.properties.refused", () => kept.Refused, "{property}", "Times that a definition asked for a property for which there was no room.");
        meter.CreateObservableCounter(
            "features.catalog.failed", () => handler.FailedChanges, "{change}", "Catalogue changes that threw and were left out.");
    }
}
