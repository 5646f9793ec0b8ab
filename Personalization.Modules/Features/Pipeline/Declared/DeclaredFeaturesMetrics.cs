using System.Diagnostics.Metrics;
using Personalization.Features.Domain.Declared;

namespace Personalization.Features.Pipeline.Declared;

/// <summary>How fresh live features are, and what they leave out. Ids of features are the shop's words; no person is in here.</summary>
internal sealed class DeclaredFeaturesMetrics
{
    private const string MeterName = "Personalization.Features.Declared";
    private readonly FeatureRegistry _registry;

    public DeclaredFeaturesMetrics(IMeterFactory meters, FeatureRegistry registry)
    {
        _registry = registry;
        var meter = meters.Create(MeterName);
        meter.CreateObservableGauge("features.freshness.p50", () => Freshness(0.5), "ms", "From an event's arrival to its being in the feature's value: half of the events.");
        meter.CreateObservableGauge("features.freshness.p99", () => Freshness(0.99), "ms", "The same: 99 of 100 events.");
        meter.CreateObservableCounter("features.observations", () => Counts(counts => counts.Observed), "{observation}", "Events and lines that a feature took in.");
        meter.CreateObservableCounter("features.late", () => Counts(counts => counts.Late), "{event}", "Events that were older than a feature's lateness.");
        meter.CreateObservableCounter("features.freed", () => Counts(counts => counts.Freed), "{state}", "States that were freed because their time to live was over.");
        meter.CreateObservableCounter("features.refused_amounts", () => Counts(counts => counts.Refused), "{observation}", "Amounts that were absent, no number or too large.");
    }

    private IEnumerable<Measurement<double>> Freshness(double share) =>
        from version in Live()
        let ms = version.Counts.Freshness.Quantile(share)
        where ms is not null
        select new Measurement<double>(ms.Value, Tag(version));

    private IEnumerable<Measurement<long>> Counts(Func<FeatureCounts, long> count) =>
        Live().Select(version => new Measurement<long>(count(version.Counts), Tag(version)));

    private IEnumerable<FeatureVersion> Live() => _registry.Current.Versions.Where(version => version.Phase == VersionPhase.Live);

    private static KeyValuePair<string, object?> Tag(FeatureVersion version) => new("feature", version.Id);
}
