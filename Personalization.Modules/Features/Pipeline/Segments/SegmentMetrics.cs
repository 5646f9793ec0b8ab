using System.Diagnostics.Metrics;

namespace Personalization.Features.Pipeline.Segments;

/// <summary>What segments do. Without names of segments: there may be thousands.</summary>
internal sealed class SegmentMetrics
{
    public const string MeterName = "Personalization.Features";

    public SegmentMetrics(IMeterFactory meters)
    {
        var meter = meters.Create(MeterName);
        Entered = meter.CreateCounter<long>("features.segments.entered", "{membership}", "Memberships that began.");
        Left = meter.CreateCounter<long>("features.segments.left", "{membership}", "Memberships that ended.");
        Unannounced = meter.CreateCounter<long>("features.segments.unannounced", "{membership}", "Changes that were not published within the process because handlers were too slow; they are in the feed.");
    }

    public Counter<long> Entered { get; }

    public Counter<long> Left { get; }

    public Counter<long> Unannounced { get; }
}
