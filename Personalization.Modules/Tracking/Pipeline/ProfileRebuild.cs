using System.Diagnostics.Metrics;
using Microsoft.Extensions.Logging;
using Personalization.Kernel.Log;
using Personalization.Kernel.Pipelines;
using Personalization.Tracking.Contracts;
using Personalization.Tracking.Domain.Clock;
using Personalization.Tracking.Domain.DeadLetters;

namespace Personalization.Tracking.Pipeline;

/// <inheritdoc cref="IProfileRebuild"/>
internal sealed partial class ProfileRebuild : IProfileRebuild
{
    private const int EventsPerReport = 100_000;

    private readonly TrackedEventHandler _handler;
    private readonly LogClock _clock;
    private readonly ParkedEvents _parked;
    private readonly Func<LogReplay> _replay;
    private readonly TimeProvider _time;
    private readonly ILogger<ProfileRebuild> _logger;
    private readonly Counter<long> _events;
    private readonly Histogram<double> _rested;

    /// <param name="handler">Has the steps and stages.</param>
    /// <param name="clock">What events that are applied once more see as now.</param>
    /// <param name="parked">Where events stopped.</param>
    /// <param name="replay">Found late: it needs all handlers, and the one that calls this is among them.</param>
    /// <param name="time">Measures.</param>
    /// <param name="meters">Makes the meters.</param>
    /// <param name="logger">Reports progress.</param>
    public ProfileRebuild(
        TrackedEventHandler handler,
        LogClock clock,
        ParkedEvents parked,
        Func<LogReplay> replay,
        TimeProvider time,
        IMeterFactory meters,
        ILogger<ProfileRebuild> logger)
    {
        _handler = handler;
        _clock = clock;
        _parked = parked;
        _replay = replay;
        _time = time;
        _logger = logger;
        var meter = meters.Create(TrackingMetrics.MeterName);
        _events = meter.CreateCounter<long>("tracking.rebuild.events", "{event}", "Events that were applied once more to make profiles anew.");
        _rested = meter.CreateHistogram<double>("tracking.rebuild.rested", "s", "How long the stages rested while profiles were made anew.");
    }

    public ValueTask RestAsync(CancellationToken cancellationToken) => _handler.RestAsync(_clock.NowMs, cancellationToken);

    public ValueTask RestAsync(long atMs, CancellationToken cancellationToken) => _handler.RestAsync(atMs, cancellationToken);

    public void Merge(int fromProfileId, int intoProfileId) => _handler.Stages.Merge(fromProfileId, intoProfileId);

    public async Task<RebuildReport> RebuildAsync(IRebuildPlan plan, CancellationToken cancellationToken)
    {
        var started = _time.GetTimestamp();
        var tally = new Tally();
        await BackgroundWork.RunAsync(() => Run(plan, tally, cancellationToken), "profile rebuild", stepsBack: false);
        var report = new RebuildReport(plan.ProfileIds.Count, tally.Events, tally.Failed, _time.GetElapsedTime(started));
        _rested.Record(report.Rested.TotalSeconds);
        LogRebuilt(report.Profiles, report.Events, report.Rested.TotalMilliseconds);
        return report;
    }

    private void Run(IRebuildPlan plan, Tally tally, CancellationToken cancellationToken)
    {
        _handler.Stages.BeginRebuild(plan.ProfileIds);
        foreach (var (entry, offsets) in _replay().ReadAt(plan.Offsets))
        {
            cancellationToken.ThrowIfCancellationRequested();
            var batch = (EventBatch)entry;
            batch.LogTimeMs = _clock.NowMs;
            Apply(batch, offsets.Span, plan, tally);
            entry.Release();
        }

        MergeThrough(long.MaxValue, plan);
        _parked.SettleMerges(plan.ProfileIds, _handler.Stages.FirstStage);
        _handler.Stages.EndRebuild();
    }

    private void Apply(EventBatch batch, ReadOnlySpan<long> offsets, IRebuildPlan plan, Tally tally)
    {
        foreach (var offset in offsets)
        {
            MergeThrough(offset, plan);
            var trackedEvent = batch[(int)(offset - batch.FirstOffset)];
            if (trackedEvent.IsDropped || (batch.ResumedOffset >= 0 && plan.Offsets.Span.BinarySearch(batch.ResumedOffset) >= 0))
            {
                continue; // Erased since, or taken up again: such an event has its effect at its first place.
            }

            trackedEvent.IsRebuilt = true;
            plan.Assign(trackedEvent);
            Apply(trackedEvent, tally);
        }
    }

    private void Apply(TrackedEvent trackedEvent, Tally tally)
    {
        foreach (var step in _handler.Steps)
        {
            step.Rebuild(trackedEvent);
        }

        tally.Failed += _handler.Stages.Rebuild(trackedEvent) ? 0 : 1;
        tally.Events++;
        _events.Add(1);
        if (tally.Events % EventsPerReport == 0)
        {
            LogProgress(tally.Events);
        }
    }

    private void MergeThrough(long offset, IRebuildPlan plan)
    {
        while (plan.TryTakeMerge(offset, out var from, out var into))
        {
            _handler.Stages.Merge(from, into);
        }
    }

    [LoggerMessage(EventId = 1090, Level = LogLevel.Information, Message = "{Profiles} profiles were made anew from {Events} events; the stages rested {Milliseconds:F0} ms")]
    private partial void LogRebuilt(int profiles, long events, double milliseconds);

    [LoggerMessage(EventId = 1091, Level = LogLevel.Information, Message = "Profiles are being made anew: {Events} events so far")]
    private partial void LogProgress(long events);

    private sealed class Tally
    {
        public long Events { get; set; }

        public long Failed { get; set; }
    }
}
