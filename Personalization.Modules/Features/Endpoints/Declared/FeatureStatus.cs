using Personalization.Features.Domain.Declared;
using Personalization.Features.Pipeline.Declared;

namespace Personalization.Features.Endpoints.Declared;

/// <summary>How a feature is doing, for whoever reads its definition.</summary>
internal static class FeatureStatus
{
    /// <summary>The versions that are in use or being prepared; null when there is none.</summary>
    public static object? Of(FeatureRegistry registry, string id)
    {
        var versions = registry.Current.Versions.Where(version => version.Id == id).OrderBy(version => version.Version).Select(version => Describe(version, registry.NotKept(version))).ToList();
        return versions.Count == 0 ? null : new { key = registry.NewestOf(id)!.Definition.Key.ToString().ToLowerInvariant(), versions };
    }

    private static object Describe(FeatureVersion version, IReadOnlyList<string> notKept) => new
    {
        version = version.Version,
        state = version.Phase.ToString().ToLowerInvariant(),
        since = DateTimeOffset.FromUnixTimeMilliseconds(version.PutAtMs),
        completeAt = FeatureReadiness.CompleteAtMs(version) is var complete && complete == long.MaxValue ? (DateTimeOffset?)null : DateTimeOffset.FromUnixTimeMilliseconds(complete),
        isFilledFromHistory = version.IsFilled,
        incompleteProfiles = version.IncompleteProfiles,
        fromLog = version.FillsFromLog ? new { filledThrough = version.FilledThrough, of = version.PutOffset, isComplete = !version.IsFilling } : null,
        grainSeconds = version.Definition.Window.GrainMs / 1_000,
        maxBytesPerKey = version.Aggregate?.MaxBytes ?? 0,
        notKept,
        observations = version.Counts.Observed,
        late = version.Counts.Late,
        freed = version.Counts.Freed,
        refusedAmounts = version.Counts.Refused,
        freshness = Describe(version.Counts.Freshness, version.Definition.FreshnessObjectiveMs),
    };

    private static object Describe(Freshness freshness, int? objectiveMs)
    {
        var p99 = freshness.Quantile(0.99);
        return new { p50Ms = freshness.Quantile(0.5), p99Ms = p99, objectiveMs, isKept = objectiveMs is null || p99 is null ? (bool?)null : p99 <= objectiveMs };
    }
}
