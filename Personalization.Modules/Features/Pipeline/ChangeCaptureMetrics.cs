using System.Diagnostics.Metrics;
using Personalization.Features.Domain.ChangeCapture;

namespace Personalization.Features.Pipeline;

/// <summary>What became of the change records that came in.</summary>
internal sealed class ChangeCaptureMetrics
{
    private readonly Counter<long> _applied;
    private readonly Counter<long> _skipped;
    private readonly Counter<long> _ignored;
    private readonly Counter<long> _refused;

    public ChangeCaptureMetrics(IMeterFactory meters, CapturedPositions positions)
    {
        var meter = meters.Create(FeaturesMetrics.MeterName);
        _applied = meter.CreateCounter<long>("features.changes.applied", "{record}", "Change records whose changes are on disk.");
        _skipped = meter.CreateCounter<long>("features.changes.skipped", "{record}", "Change records that were applied before, or are older than what was.");
        _ignored = meter.CreateCounter<long>("features.changes.ignored", "{record}", "Change records that change no row, such as tombstones.");
        _refused = meter.CreateCounter<long>("features.changes.refused", "{record}", "Change records that were refused, by reason.");
        meter.CreateObservableCounter(
            "features.changes.without_room", () => positions.WithoutRoom, "{change}", "Changes that were left out because no more tables are kept apart.");
    }

    public void Captured(Capture capture)
    {
        _applied.Add(capture.Applied);
        _skipped.Add(capture.Skipped);
        _ignored.Add(capture.Ignored);
        foreach (var (reason, count) in capture.Counts)
        {
            _refused.Add(count, KeyValuePair.Create<string, object?>("reason", reason.ToString()));
        }
    }
}
