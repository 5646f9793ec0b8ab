using System.Diagnostics;
using System.Diagnostics.Metrics;
using Personalization.Tracking.Domain.Pressure;

namespace Personalization.Tracking.Pipeline.Pressure;

/// <summary>What the door shed. Every shed request is counted, by reason, source and level.</summary>
internal sealed class PressureMetrics
{
    private readonly Counter<long> _requests;
    private readonly Counter<long> _events;
    private readonly Counter<long> _levels;

    public PressureMetrics(IMeterFactory meters)
    {
        var meter = meters.Create(TrackingMetrics.MeterName);
        _requests = meter.CreateCounter<long>("tracking.pressure.shed.requests", "{request}", "Requests refused under pressure, by reason, source and level.");
        _events = meter.CreateCounter<long>("tracking.pressure.shed.events", "{event}", "Events of refused requests; estimated for bodies that were not read.");
        _levels = meter.CreateCounter<long>("tracking.pressure.levels", "{level}", "Levels entered, by level.");
    }

    public void Shed(string reason, string source, PressureLevel level, int events)
    {
        var tags = new TagList { { "reason", reason }, { "source", source }, { "level", level.ToString() } };
        _requests.Add(1, tags);
        _events.Add(events, tags);
    }

    public void Entered(PressureLevel level) => _levels.Add(1, KeyValuePair.Create("level", (object?)level.ToString()));
}
