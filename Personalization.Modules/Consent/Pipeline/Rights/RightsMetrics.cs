using System.Diagnostics.Metrics;
using Personalization.Consent.Domain.Rights;
using Personalization.Consent.Storage.Rights;

namespace Personalization.Consent.Pipeline.Rights;

/// <summary>What a person must see before a term is missed. Names stay; nothing in them names anybody.</summary>
internal sealed class RightsMetrics
{
    private readonly RightsStore _store;
    private readonly TimeProvider _time;
    private volatile Seen _seen = new(null, 0, 0, 0, 0, 0);

    public RightsMetrics(IMeterFactory meters, RightsStore store, TimeProvider time)
    {
        _store = store;
        _time = time;
        var meter = meters.Create("Personalization.Consent");
        meter.CreateObservableGauge("consent.rights.open", () => _seen.Open, "{request}", "Requests that are not answered.");
        meter.CreateObservableGauge("consent.rights.oldest", () => OldestSeconds, "s", "Age of the oldest request that is not answered.");
        meter.CreateObservableGauge("consent.rights.overdue", () => _seen.Overdue, "{request}", "Requests whose term is over.");
        meter.CreateObservableGauge("consent.rights.failing", () => _seen.Failing, "{request}", "Requests whose last try failed.");
        meter.CreateObservableGauge(
            "consent.rights.unacknowledged", () => _seen.Unacknowledged, "{recipient}", "Recipients of open requests that have not acknowledged.");
        meter.CreateObservableGauge("consent.rights.callbacks.failed", () => _seen.FailedCallbacks, "{callback}", "Callbacks that were given up.");
    }

    private double OldestSeconds => _seen.OldestAt is { } oldest ? (_time.GetUtcNow() - oldest).TotalSeconds : 0;

    /// <summary>Looks at the disk, so that whoever reads the figures does not.</summary>
    public void Look()
    {
        var open = _store.ListOpen();
        var now = _time.GetUtcNow();
        _seen = new Seen(
            open.Count == 0 ? null : open.Min(request => request.ReceivedAt),
            open.Count,
            open.Count(request => request.DueAt < now),
            open.Count(request => request.LastFailure is not null || request.Receipts.Any(receipt => receipt.Remaining > 0)),
            open.Sum(request => request.Recipients.Count(recipient => recipient.Status == RecipientReceipt.Waiting)),
            _store.CountCallbacks("failed"));
    }

    private sealed record Seen(DateTimeOffset? OldestAt, int Open, int Overdue, int Failing, int Unacknowledged, long FailedCallbacks);
}
