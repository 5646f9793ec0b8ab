using System.Diagnostics.Metrics;
using Personalization.Features.Domain;
using Personalization.Features.Domain.Cold;

namespace Personalization.Features.Pipeline.Cold;

/// <summary>What profiles take in memory, and how often they leave it and come back.</summary>
internal sealed class ColdMetrics
{
    public ColdMetrics(IMeterFactory meters, MemoryCeiling ceiling, MemoryBudget budget, ProfileFeatureStore store, ColdProfiles profiles, ProfileWarmer warmer)
    {
        var meter = meters.Create(FeaturesMetrics.MeterName);
        meter.CreateObservableGauge("features.memory.bytes", () => ceiling.Bytes, "By", "About what profiles take in memory.");
        meter.CreateObservableGauge("features.memory.ceiling", () => budget.CeilingBytes, "By", "What they may take.");
        meter.CreateObservableGauge("features.profiles.cold", () => store.ColdCount, "{profile}", "Profiles that are known and not in memory.");
        meter.CreateObservableCounter("features.profiles.evicted", () => ceiling.Evicted, "{profile}", "Profiles that left memory.");
        meter.CreateObservableCounter("features.profiles.read_back", () => profiles.Reads, "{read}", "Rows of profiles that were read from the checkpoint.");
        meter.CreateObservableCounter("features.profiles.refused", () => warmer.Refused, "{question}", "Questions for which too many others waited for profiles.");
        meter.CreateObservableCounter("features.profiles.late", () => warmer.Late, "{question}", "Questions that were answered before the profile was back.");
    }
}
