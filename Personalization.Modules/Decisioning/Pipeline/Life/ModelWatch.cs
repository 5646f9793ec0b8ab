using MediatR;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Personalization.Decisioning.Contracts.Life;
using Personalization.Decisioning.Domain;
using Personalization.Decisioning.Domain.Life;
using Personalization.Decisioning.Domain.Rankers;
using Personalization.Decisioning.Pipeline.Rankers;
using Personalization.Kernel.Pipelines;

namespace Personalization.Decisioning.Pipeline.Life;

/// <summary>Looks at the live versions every so often, behind everything else, and raises an alarm when one has drifted; compares shadows meanwhile.</summary>
internal sealed partial class ModelWatch(
    ModelRegistry registry,
    LearnedModels models,
    IEnumerable<ITriesVersions> trying,
    ICanaryCounts counts,
    WaitingDecisions rankers,
    RankerCalibration calibration,
    IMediator mediator,
    IOptions<ModelLifeOptions> options,
    TimeProvider time,
    ILogger<ModelWatch> logger)
    : BackgroundService
{
    /// <summary>One look at every live version.</summary>
    public async Task LookAsync(CancellationToken cancellationToken)
    {
        await CalibrateAsync(cancellationToken);
        foreach (var (versions, name) in trying.SelectMany(versions => versions.Names.Select(name => (versions, name))))
        {
            await JudgeCanaryAsync(versions, name, cancellationToken);
        }

        foreach (var name in registry.Names)
        {
            DriftReport? report = null;
            await BackgroundWork.RunAsync(() => report = registry.Look(name, cancellationToken), "model-watch");
            if (report is not { HasDrifted: true } || registry.Rollout(name) is not { } rollout)
            {
                continue;
            }

            LogDrifted(name, rollout.Live, report.ScoreShift, report.HitRate, report.HitRateBefore);
            await RetuneAsync(name, cancellationToken);
            await TellAsync(new ModelDrifted(name, rollout.Live, report.ScoreShift, report.HitRate, report.HitRateBefore), cancellationToken);
        }
    }

    protected override Task ExecuteAsync(CancellationToken stoppingToken) => Task.WhenAll(WatchAsync(stoppingToken), CompareAsync(stoppingToken));

    private async Task RetuneAsync(string name, CancellationToken cancellationToken)
    {
        ModelVersion? found = null;
        await BackgroundWork.RunAsync(() => found = registry.Retune(name, cancellationToken), "model-watch");
        if (found is { Check: { } check })
        {
            LogRetuned(name, found.Version, check.Measured.Mrr, check.Live?.Mrr ?? 0, check.HasPassed);
        }
    }

    private async Task CalibrateAsync(CancellationToken cancellationToken)
    {
        foreach (var placement in rankers.Current.Keys.Order(StringComparer.Ordinal))
        {
            Calibration? found = null;
            await BackgroundWork.RunAsync(() => found = calibration.Of(placement, cancellationToken), "model-watch");
            if (found is not null && IsOff(found, options.Value))
            {
                LogMiscalibrated(placement, found.Observed, found.Expected, found.Items);
            }
        }
    }

    /// <summary>Whether what came is further from what was expected than it may be, and both are enough to tell.</summary>
    internal static bool IsOff(Calibration found, ModelLifeOptions options) =>
        Math.Max(found.Expected, found.Observed) * found.Items >= options.CalibrationRewards
        && Math.Abs(found.Observed - found.Expected) > options.MaxMiscalibration * found.Expected;

    private async Task JudgeCanaryAsync(ITriesVersions versions, string name, CancellationToken cancellationToken)
    {
        (CanaryVerdict Verdict, long Version, string Reason)? judged = null;
        await BackgroundWork.RunAsync(() => judged = versions.JudgeCanary(name, counts, cancellationToken), "model-watch");
        if (judged is { Verdict: CanaryVerdict.Promote } promoted)
        {
            LogPromoted(promoted.Version, name, promoted.Reason);
        }
        else if (judged is { Verdict: CanaryVerdict.TakeBack } back)
        {
            LogTakenBack(back.Version, name, back.Reason);
        }
    }

    private async Task WatchAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromMinutes(options.Value.LookEveryMinutes), time);
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken))
            {
                try
                {
                    await LookAsync(stoppingToken);
                }
                catch (Exception error) when (error is not OperationCanceledException) // The loop must survive: the next look may succeed.
                {
                    LogFailed(error);
                }
            }
        }
        catch (OperationCanceledException)
        {
            // The host stops.
        }
    }

    private async Task CompareAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await models.Shadows.RunAsync(time, stoppingToken);
            }
            catch (OperationCanceledException)
            {
                return;
            }
            catch (Exception error) // A shadow that fails must not end the comparison of the next one.
            {
                LogFailed(error);
            }
        }
    }

    private async Task TellAsync(ModelDrifted fact, CancellationToken cancellationToken)
    {
        try
        {
            await mediator.Publish(fact, cancellationToken);
        }
        catch (Exception error) when (error is not OperationCanceledException) // The alarm is logged, whoever did not hear of it.
        {
            LogFailed(error);
        }
    }

    [LoggerMessage(EventId = 5355, Level = LogLevel.Warning, Message = "Version {Version} of {Model} has drifted: scores shifted by {Shift:0.###}, hit rate {HitRate:0.###} against {Before:0.###}")]
    private partial void LogDrifted(string model, int version, double shift, double hitRate, double before);

    [LoggerMessage(EventId = 5380, Level = LogLevel.Information, Message = "Version {Version} of {Model} serves from now on, as its canary's rule says: {Reason}")]
    private partial void LogPromoted(long version, string model, string reason);

    [LoggerMessage(EventId = 5381, Level = LogLevel.Warning, Message = "Version {Version} of {Model} is not tried any more, as its canary's rule says: {Reason}")]
    private partial void LogTakenBack(long version, string model, string reason);

    [LoggerMessage(EventId = 5386, Level = LogLevel.Information, Message = "Better parameters of {Model} are version {Version}: MRR {Mrr:0.###} against {Live:0.###}; gates open: {IsOpen}")]
    private partial void LogRetuned(string model, int version, double mrr, double live, bool isOpen);

    [LoggerMessage(EventId = 5387, Level = LogLevel.Warning, Message = "The ranker of {Placement} is off: {Observed:0.#####} came of an item where it expected {Expected:0.#####}, over {Items} items")]
    private partial void LogMiscalibrated(string placement, double observed, double expected, long items);

    [LoggerMessage(EventId = 5356, Level = LogLevel.Error, Message = "Watching models failed; it goes on")]
    private partial void LogFailed(Exception error);
}
