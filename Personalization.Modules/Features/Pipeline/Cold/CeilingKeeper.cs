using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Personalization.Features.Domain.Cold;
using Personalization.Kernel.Pipelines;

namespace Personalization.Features.Pipeline.Cold;

/// <summary>
/// Looks at the ceiling now and then. When profiles exceed it those that are on disk leave memory; when too few are, a checkpoint is taken and
/// waited for, and with it the stages: what comes in faster than it can be written is what the ceiling is for.
/// </summary>
internal sealed partial class CeilingKeeper(
    MemoryCeiling ceiling, Sequencer sequencer, IPipelineStatus pipeline, TimeProvider time, IOptions<MemoryOptions> options, ILogger<CeilingKeeper> logger)
    : BackgroundService
{
    /// <summary>Looks at once; when this returns the ceiling holds, unless nothing was left that could leave.</summary>
    internal async Task KeepAsync(CancellationToken cancellationToken)
    {
        if (!pipeline.IsCaughtUp || !ceiling.IsExceeded)
        {
            return;
        }

        for (var sweeps = ceiling.SweepsOfTwoRounds; sweeps > 0 && ceiling.IsExceeded; sweeps--)
        {
            await sequencer.AtRestAsync(SweepAsync, cancellationToken);
        }

        if (ceiling.IsExceeded)
        {
            await sequencer.AtRestAsync(CheckpointAndSweepAsync, cancellationToken);
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(options.Value.SweepMs), time);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            try
            {
                await KeepAsync(stoppingToken);
            }
            catch (Exception error) when (!stoppingToken.IsCancellationRequested) // The loop must outlive a full disk: memory is above its ceiling until there is room again.
            {
                LogFailed(error);
            }
        }
    }

    private Task SweepAsync()
    {
        LogSwept(ceiling.Sweep(), ceiling.Bytes);
        return Task.CompletedTask;
    }

    private async Task CheckpointAndSweepAsync()
    {
        await sequencer.CheckpointAtRestAsync();
        await SweepAsync();
    }

    [LoggerMessage(EventId = 3011, Level = LogLevel.Debug, Message = "{Profiles} profiles left memory; those that are there take about {Bytes} bytes")]
    private partial void LogSwept(int profiles, long bytes);

    [LoggerMessage(EventId = 3012, Level = LogLevel.Error, Message = "Profiles exceed the memory that they may have, and could not be taken out; it is tried again")]
    private partial void LogFailed(Exception error);
}
