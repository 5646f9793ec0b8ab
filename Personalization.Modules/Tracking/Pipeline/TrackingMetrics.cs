using System.Diagnostics.Metrics;
using Personalization.Tracking.Contracts;
using Personalization.Tracking.Domain;

namespace Personalization.Tracking.Pipeline;

/// <summary>What came through the door and what did not. Every refusal is counted, by reason and source.</summary>
internal sealed class TrackingMetrics
{
    public const string MeterName = "Personalization.Tracking";

    private readonly Counter<long> _accepted;
    private readonly Counter<long> _withheld;
    private readonly Counter<long> _refusedEvents;
    private readonly Counter<long> _refusedRequests;
    private readonly Counter<long> _ignoredLines;
    private readonly Counter<long> _clientMetrics;

    public TrackingMetrics(IMeterFactory meters)
    {
        var meter = meters.Create(MeterName);
        _accepted = meter.CreateCounter<long>("tracking.events.accepted", "{event}", "Events committed to the log.");
        _withheld = meter.CreateCounter<long>("tracking.events.withheld", "{event}", "Events that may not be kept, by reason: erased people, collection denied.");
        _refusedEvents = meter.CreateCounter<long>("tracking.events.refused", "{event}", "Events refused alone, by reason.");
        _refusedRequests = meter.CreateCounter<long>("tracking.requests.refused", "{request}", "Requests refused as a whole, by reason.");
        _ignoredLines = meter.CreateCounter<long>("tracking.lines.ignored", "{line}", "Products beyond the bound of one event.");
        _clientMetrics = meter.CreateCounter<long>("tracking.client_metrics", "{series}", "What Segment's browser clients measured of themselves.");
    }

    public void Accepted(string source, int events) => _accepted.Add(events, KeyValuePair.Create("source", (object?)source));

    public void Withheld(DropReason reason) => _withheld.Add(1, KeyValuePair.Create("reason", (object?)reason.ToString()));

    public void EventRefused(string reason, int events) => _refusedEvents.Add(events, KeyValuePair.Create("reason", (object?)reason));

    public void EventsRefused(List<Refusal> refusals)
    {
        foreach (var refusal in refusals)
        {
            EventRefused(refusal.Reason.ToString(), 1);
        }
    }

    public void RequestRefused(string reason) => _refusedRequests.Add(1, KeyValuePair.Create("reason", (object?)reason));

    public void ClientMetrics(int series) => _clientMetrics.Add(series);

    public void LinesIgnored(int lines)
    {
        if (lines > 0)
        {
            _ignoredLines.Add(lines);
        }
    }
}
