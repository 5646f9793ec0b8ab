using System.Diagnostics.Metrics;

namespace Personalization.Tracking.Pipeline;

/// <summary>What the loops count.</summary>
internal sealed class PartitionMetrics : IDisposable
{
    private readonly Meter _meter = new("Personalization.Pipeline");

    public PartitionMetrics() => Failed = _meter.CreateCounter<long>("personalization.pipeline.failed_events", "{event}", "Events that a stage failed on");

    public Counter<long> Failed { get; }

    public void Dispose() => _meter.Dispose();
}
