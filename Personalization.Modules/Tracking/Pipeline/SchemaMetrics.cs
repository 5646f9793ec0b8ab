using System.Diagnostics.Metrics;

namespace Personalization.Tracking.Pipeline;

/// <summary>Events that were taken although they break their schema, by event: as many series as schemas. Refused ones are counted with all refusals.</summary>
internal sealed class SchemaMetrics
{
    private readonly Counter<long> _warnings;

    public SchemaMetrics(IMeterFactory meters)
    {
        var meter = meters.Create(TrackingMetrics.MeterName);
        _warnings = meter.CreateCounter<long>("tracking.events.schema_warnings", "{event}", "Events taken against their schema, by event.");
    }

    public void Warned(string name) => _warnings.Add(1, KeyValuePair.Create("event", (object?)name));
}
