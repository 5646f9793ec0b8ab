using System.Diagnostics.Metrics;
using Personalization.Features.Domain.Triggers;

namespace Personalization.Features.Pipeline;

/// <summary>What triggers do, and what found no room.</summary>
internal sealed class TriggersMetrics
{
    public TriggersMetrics(IMeterFactory meters, TriggerRuntime runtime, TriggerFeed feed, ItemChanges changes, TriggerAnnouncer announcer)
    {
        var meter = meters.Create(FeaturesMetrics.MeterName);
        meter.CreateObservableGauge("features.triggers.kept", () => feed.Facts.Count, "{firing}", "Firings that are kept to be read.");
        meter.CreateObservableGauge("features.triggers.waiting", () => runtime.Waiting, "{profile}", "Profiles that are looked at again at some time.");
        meter.CreateObservableCounter("features.triggers.unannounced", () => announcer.Unannounced, "{firing}", "Firings that are in the feed and were not published: handlers were too slow.");
        meter.CreateObservableGauge("features.triggers.item_changes", () => changes.Count, "{change}", "Changes of items whose shoppers are being looked for.");
        meter.CreateObservableCounter("features.triggers.item_changes.refused", () => changes.Refused, "{change}", "Changes of items that were left out because too many waited.");
    }
}
