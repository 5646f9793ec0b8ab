using Personalization.Features.Domain.Declared;
using Personalization.Tracking.Contracts;

namespace Personalization.Features.Pipeline.Declared;

/// <summary>Whether a version may take the place of the one before without anything being missing that that one had.</summary>
internal sealed class FeatureReadiness(FeatureRegistry registry, ILogClock clock)
{
    public bool IsReady(FeatureVersion version) =>
        version.Aggregate is null || (!version.IsFilling && (IsFirst(version) || CompleteAtMs(version) <= clock.NowMs));

    /// <summary>
    /// Unix ms of the log's clock from which on the version has seen all that its window asks for; <see cref="long.MaxValue"/> when it never will by
    /// itself, because it looks back for ever.
    /// </summary>
    public static long CompleteAtMs(FeatureVersion version) => version.Definition.Window.Kind switch
    {
        _ when version.Aggregate is null || version is { IsFilled: true, IncompleteProfiles: 0 } or { FillsFromLog: true, IsFilling: false } => version.PutAtMs,
        WindowKind.Sliding => version.PutAtMs + version.Definition.Window.LengthMs,
        _ => long.MaxValue,
    };

    /// <summary>There is nothing that it would take the place of: it serves from the start, and says since when.</summary>
    private bool IsFirst(FeatureVersion version) =>
        !registry.Current.Versions.Any(other => other.Id == version.Id && other.Phase == VersionPhase.Live);
}
