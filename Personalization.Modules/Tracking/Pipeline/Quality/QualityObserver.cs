using Microsoft.Extensions.Options;
using Personalization.Kernel.Http;
using Personalization.Kernel.Pipelines;
using Personalization.Tracking.Contracts;
using Personalization.Tracking.Domain.Live;
using Personalization.Tracking.Domain.Quality;

namespace Personalization.Tracking.Pipeline.Quality;

/// <summary>
/// Notes every event as it passes: for the live view, and in the counts that quality is judged by. What a start replays is the
/// past and is not noted; what was imported or sent in again is shown, and not counted: it says nothing of how the sources are now.
/// </summary>
internal sealed class QualityObserver : IEventObserver
{
    private const long LateMs = 86_400_000;
    private readonly QualityWatch _watch;
    private readonly LiveRings _live;
    private readonly PipelinePosition _position;
    private readonly int _samplesPerSlot;

    public QualityObserver(QualityWatch watch, LiveRings live, PipelinePosition position, IOptions<QualityOptions> options)
    {
        _watch = watch;
        _live = live;
        _position = position;
        _samplesPerSlot = options.Value.SamplesPerSeries;
    }

    public void Refused(Source? source, EventBatch batch, Problem? problem)
    {
        var sourceId = source?.Id ?? LiveRings.Unknown;
        var live = _live.RefusalsOf(sourceId);
        foreach (var refusal in batch.Refusals)
        {
            var series = _watch.Series.Find(sourceId, refusal.Type, batch.Text(refusal.Name));
            CountRefusal(batch, sourceId, series);
            var name = series == SeriesDirectory.Other ? null : _watch.Series[series].Name;
            live.Add(new LiveRefusal(batch.ReceivedAtMs, refusal.Type, name, refusal.Index, refusal.Describe(), refusal.Location));
        }

        if (problem is not null && batch.Refusals.Count == 0)
        {
            CountRefusal(batch, sourceId, SeriesDirectory.Other);
            live.Add(new LiveRefusal(batch.ReceivedAtMs, default, null, -1, problem.Title, ""));
        }
    }

    public void Warned(Source source, EventBatch batch)
    {
        // Events that were taken are counted when they are sequenced.
    }

    public void Sequenced(TrackedEvent trackedEvent)
    {
        // A suppressed person is not shown to anybody either.
        if (!_position.IsCaughtUp || trackedEvent.Drop is DropReason.Suppressed or DropReason.Erased)
        {
            trackedEvent.LivePlace = -1;
            return;
        }

        var batch = trackedEvent.Batch;
        EventVerdict? verdict = trackedEvent.Drop switch
        {
            DropReason.None => null,
            DropReason.Duplicate => EventVerdict.Duplicate,
            _ => EventVerdict.Failed,
        };
        trackedEvent.LivePlace = _live.Of(batch.SourceId).Add(trackedEvent.Offset, trackedEvent.Type, trackedEvent.ReceivedAtMs, verdict);
        if (IsCounted(batch) && trackedEvent.Drop is DropReason.None or DropReason.Duplicate)
        {
            Count(trackedEvent, batch.SourceId);
        }
    }

    public void Applied(TrackedEvent trackedEvent, EventVerdict verdict)
    {
        if (trackedEvent.LivePlace >= 0)
        {
            _live.Of(trackedEvent.Batch.SourceId).Decide(trackedEvent.LivePlace, trackedEvent.Offset, verdict, trackedEvent.GateReason);
        }
    }

    /// <summary>Whether the batch tells how its source is now.</summary>
    private static bool IsCounted(EventBatch batch) => batch.Origin is EventOrigin.Live or EventOrigin.ChangeCapture;

    private void CountRefusal(EventBatch batch, ushort sourceId, int series)
    {
        if (IsCounted(batch))
        {
            _watch.Refusals.Add(sourceId, series, 1);
        }
    }

    private void Count(TrackedEvent trackedEvent, ushort sourceId)
    {
        var series = _watch.Series.Resolve(sourceId, trackedEvent.Type, trackedEvent.Text(trackedEvent.Name));
        ref var count = ref _watch.Counts.Of(series, trackedEvent.ReceivedAtMs);
        if (trackedEvent.SentAtMs != long.MinValue)
        {
            _watch.SkewOf(sourceId).Add(trackedEvent.ReceivedAtMs, trackedEvent.SentAtMs);
        }

        if (trackedEvent.IsDropped)
        {
            count.Duplicates++;
            return;
        }

        count.Accepted++;
        count.Late += trackedEvent.ReceivedAtMs - trackedEvent.TimestampMs > LateMs ? 1 : 0;
        Sample(trackedEvent, series, ref count);
        var client = trackedEvent.AnonymousKey != default ? trackedEvent.AnonymousKey : trackedEvent.UserKey;
        if (client != default)
        {
            _watch.Clients.Add(
                client, trackedEvent.ProfileId, sourceId, trackedEvent.ReceivedAtMs, trackedEvent.TimestampMs, trackedEvent.Kind == EventKind.ProductViewed);
        }
    }

    /// <summary>Orders are looked into while there is room, other payloads until the series has had its share of the ten seconds.</summary>
    private void Sample(TrackedEvent trackedEvent, int series, ref SlotCount count)
    {
        var isOrder = !float.IsNaN(trackedEvent.Revenue);
        if (series != SeriesDirectory.Other && !trackedEvent.Payload.IsEmpty && (isOrder || count.Sampled < _samplesPerSlot) &&
            _watch.Samples.TryAdd(series, trackedEvent.Offset, trackedEvent.Text(trackedEvent.Payload)))
        {
            count.Sampled++;
        }
    }
}
