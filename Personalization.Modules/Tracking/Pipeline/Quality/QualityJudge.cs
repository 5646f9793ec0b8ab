using Microsoft.Extensions.Options;
using Personalization.Kernel.Pipelines;
using Personalization.Tracking.Contracts;
using Personalization.Tracking.Domain;
using Personalization.Tracking.Domain.Quality;

namespace Personalization.Tracking.Pipeline.Quality;

/// <summary>
/// Looks at what was counted and reports what is unusual. A slot of ten seconds is judged once everything that was committed when it
/// ended has been counted: a pipeline that is behind must not look like a shop without visitors. One thread.
/// </summary>
internal sealed class QualityJudge(QualityWatch watch, PipelinePosition position, ISourceRegister sources, IOptions<QualityOptions> options)
{
    /// <summary>From arrival to commit, at most; later ones are counted in a slot that is judged already.</summary>
    private const long GraceMs = 2_000;
    private readonly QualityOptions _options = options.Value;
    private readonly VolumePolicy _volume = new(options.Value.VolumeDeviations, options.Value.VolumeMinExpected);
    private readonly ClientPolicy _clients = new(options.Value.ClientEventsPerMinute, options.Value.ClientProductsPerMinute);
    private readonly PropertyBook _properties = new(watch.Flags, options.Value.ValueDeviations, options.Value.MaxProperties);
    private readonly ShareJudge _shares = new(watch, sources, options.Value);
    private long _closed = -1;
    private long _pending = -1;
    private long _pendingOffset;
    private long _lost;
    private volatile IReadOnlyList<SeriesState> _states = [];

    /// <summary>As of the last look. Any thread.</summary>
    public IReadOnlyList<SeriesState> States => _states;

    /// <summary>Judges everything up to now.</summary>
    public void Look(long nowMs)
    {
        if (!position.IsCaughtUp)
        {
            return;
        }

        watch.Samples.Drain((series, _, payload) => _properties.Look(series, watch.Series[series], NameOf(watch.Series[series].SourceId), payload.Span, nowMs));
        JudgeClients(nowMs);
        CloseSlots(nowMs);
        watch.Flags.Expire(nowMs);
    }

    /// <summary>Baselines that changed since the last call.</summary>
    public IReadOnlyList<SavedBaseline> TakeChanged()
    {
        var changed = new List<SavedBaseline>();
        for (var id = 1; id < watch.Series.Count; id++)
        {
            if (watch.Volumes[id] is { IsChanged: true } volume)
            {
                volume.IsChanged = false;
                var series = watch.Series[id];
                changed.Add(new SavedBaseline(series.SourceId, series.Type, series.Type == EventType.Track ? series.Name : "", BaselineCodec.Write(volume.Baseline), volume.HeardAtMs));
            }
        }

        return changed;
    }

    private void CloseSlots(long nowMs)
    {
        var current = SlotCounts.SlotOf(nowMs);
        if (_closed < 0)
        {
            // The slot that is under way began before anybody watched.
            _closed = current;
            watch.Counts.MarkTaken(_closed);
        }

        var over = SlotCounts.SlotOf(nowMs - GraceMs) - 1;
        if (_pending < 0 && over > _closed)
        {
            (_pending, _pendingOffset) = (over, position.LogNextOffset);
        }

        if (_pending < 0 || position.AppliedOffset < _pendingOffset)
        {
            return;
        }

        var isComplete = watch.Counts.Lost == _lost;
        _lost = watch.Counts.Lost;
        for (var slot = Math.Max(_closed + 1, current - SlotCounts.Kept + 2); slot <= _pending && isComplete; slot++)
        {
            Close(slot, nowMs);
        }

        _closed = _pending;
        _pending = -1;
        watch.Counts.MarkTaken(_closed);
        Publish();
    }

    private void Close(long slot, long nowMs)
    {
        _shares.Begin(slot);
        for (var id = 0; id < watch.Series.Count; id++)
        {
            var count = watch.Counts.Take(id, slot);
            var series = watch.Series[id];
            _shares.Add(id, series.SourceId, count);
            if (id != SeriesDirectory.Other && (count.Accepted > 0 || watch.Volumes[id] is not null))
            {
                JudgeVolume(watch.Volumes[id] ??= new VolumeSeries(), id, series, slot, count.Accepted, nowMs);
            }
        }

        _shares.End(nowMs);
        JudgeClocks(nowMs);
    }

    private void JudgeVolume(VolumeSeries volume, int id, Series series, long slot, int count, long nowMs)
    {
        var drop = new FlagKey(QualityFlagKind.VolumeDrop, series.SourceId, id);
        var spike = drop with { Kind = QualityFlagKind.VolumeSpike };
        var isFlagged = watch.Flags.IsOpen(drop) || watch.Flags.IsOpen(spike);
        volume.Add(slot, count, isFlagged);
        var expectation = volume.Expect(_options.LearningMinutes, isFlagged);
        var judgement = volume.Judge(_volume, expectation);
        if (judgement.Side != 0)
        {
            var severity = judgement.Side < 0 && judgement.Observed == 0 ? QualitySeverity.Critical : QualitySeverity.Warning;
            var detail = FormattableString.Invariant(
                $"{judgement.Observed} events within {judgement.Seconds} s; about {judgement.Expected:0.#} are usual ({Words(expectation.Kind)}).");
            watch.Flags.Report(
                judgement.Side < 0 ? drop : spike,
                new Finding(severity, NameOf(series.SourceId), series.Name, judgement.Expected, judgement.Observed, detail),
                nowMs);
            watch.Flags.Relax(judgement.Side < 0 ? spike : drop, nowMs);
        }
        else if (judgement.IsNormal)
        {
            watch.Flags.Relax(drop, nowMs);
            watch.Flags.Relax(spike, nowMs);
        }
        else if (isFlagged)
        {
            // Neither usual nor unusual: still heard of, so it does not expire.
            watch.Flags.Touch(drop, nowMs);
            watch.Flags.Touch(spike, nowMs);
        }
    }

    private void JudgeClocks(long nowMs)
    {
        foreach (var (sourceId, skew) in watch.Skews)
        {
            var (median, least, total) = skew.Look();
            var key = new FlagKey(QualityFlagKind.ClockSkew, sourceId, SeriesDirectory.Other);
            if (total >= 20 && Math.Abs(median) > _options.SkewSeconds)
            {
                var detail = FormattableString.Invariant(
                    $"Half of the last {total} events were sent {Math.Abs(least)} s or more {(least > 0 ? "before" : "after")} they arrived: the clients' clocks are wrong, or something holds the events back.");
                watch.Flags.Report(key, new Finding(QualitySeverity.Warning, NameOf(sourceId), null, 0, least, detail), nowMs);
            }
            else if (total >= 20)
            {
                watch.Flags.Relax(key, nowMs);
            }
        }
    }

    private void JudgeClients(long nowMs)
    {
        for (var place = 0; place < watch.Clients.Capacity; place++)
        {
            if (watch.Clients.TryRead(place, out var client) && nowMs - client.LastReceivedMs < 60_000 && _clients.Judge(client) is { } evidence)
            {
                var key = new FlagKey(QualityFlagKind.BotLikeClient, client.SourceId, SeriesDirectory.Other, client.ProfileId.ToString());
                var finding = new Finding(
                    QualitySeverity.Warning, NameOf(client.SourceId), null, _options.ClientEventsPerMinute, client.Events, $"Profile {client.ProfileId}: {evidence}.", IsBeyondDoubt: true);
                watch.Flags.Report(key, finding, nowMs);
            }
        }
    }

    private void Publish()
    {
        var states = new List<SeriesState>(watch.Series.Count);
        for (var id = 1; id < watch.Series.Count; id++)
        {
            if (watch.Volumes[id] is { } volume)
            {
                var series = watch.Series[id];
                var (rate, kind) = volume.Expect(_options.LearningMinutes, isFlagged: true);
                var (invalid, duplicate, late) = _shares.Of(id, series.SourceId);
                states.Add(new SeriesState(NameOf(series.SourceId), series.Name, volume.LastMinute, double.IsNaN(rate) ? null : rate, kind, invalid, duplicate, late));
            }
        }

        _states = states;
    }

    private string NameOf(ushort sourceId) => _shares.NameOf(sourceId);

    private static string Words(BaselineKind kind) => kind switch
    {
        BaselineKind.Weekly => "this hour of the week",
        BaselineKind.Daily => "this hour on other days",
        _ => "the last hour",
    };
}
