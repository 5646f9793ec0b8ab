using MediatR;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Personalization.Decisioning.Contracts.Life;
using Personalization.Decisioning.Domain.Life;
using Personalization.Kernel.Pipelines;

namespace Personalization.Decisioning.Pipeline.Life;

/// <summary>Looks at the live versions every so often, behind everything else, and raises an alarm when one has drifted; compares shadows meanwhile.</summary>
internal sealed partial class ModelWatch(
    ModelRegistry registry, NeighbourVersions neighbours, ICanaryCounts counts, IMediator mediator, IOptions<ModelLifeOptions> options, TimeProvider time, ILogger<ModelWatch> logger)
    : BackgroundService
{
    /// <summary>One look at every live version.</summary>
    public async Task LookAsync(CancellationToken cancellationToken)
    {
        foreach (var name in registry.Names)
        {
            await JudgeCanaryAsync(name, cancellationToken);
            DriftReport? report = null;
            await BackgroundWork.RunAsync(() => report = registry.Look(name, cancellationToken), "model-watch");
            if (report is not { HasDrifted: true } || registry.Rollout(name) is not { } rollout)
            {
                continue;
            }

            LogDrifted(name, rollout.Live, report.ScoreShift, report.HitRate, report.HitRateBefore);
            await TellAsync(new ModelDrifted(name, rollout.Live, report.ScoreShift, report.HitRate, report.HitRateBefore), cancellationToken);
        }
    }

    protected override Task ExecuteAsync(CancellationToken stoppingToken) => Task.WhenAll(WatchAsync(stoppingToken), CompareAsync(stoppingToken));

    private async Task JudgeCanaryAsync(string name, CancellationToken cancellationToken)
    {
        (CanaryVerdict Verdict, int Version, string Reason)? judged = null;
        await BackgroundWork.RunAsync(() => judged = registry.JudgeCanary(name, counts, cancellationToken), "model-watch");
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
                await neighbours.CompareAsync(stoppingToken);
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
    private partial void LogPromoted(int version, string model, string reason);

    [LoggerMessage(EventId = 5381, Level = LogLevel.Warning, Message = "Version {Version} of {Model} is not tried any more, as its canary's rule says: {Reason}")]
    private partial void LogTakenBack(int version, string model, string reason);

    [LoggerMessage(EventId = 5356, Level = LogLevel.Error, Message = "Watching models failed; it goes on")]
    private partial void LogFailed(Exception error);
}
