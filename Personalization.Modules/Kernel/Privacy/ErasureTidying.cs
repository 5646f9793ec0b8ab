using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Personalization.Kernel.Pipelines;

namespace Personalization.Kernel.Privacy;

/// <summary>Looks after erasures now and then, and writes down how many events were withheld.</summary>
internal sealed partial class ErasureTidying(
    Erasure erasure,
    SuppressionList suppression,
    IPipelineStatus pipeline,
    TimeProvider time,
    IOptions<PrivacyOptions> options,
    ILogger<ErasureTidying> logger) : BackgroundService
{
    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        suppression.SaveCounts();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromSeconds(options.Value.TidyIntervalSeconds), time);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            try
            {
                if (pipeline.IsCaughtUp && !suppression.IsEmpty)
                {
                    await erasure.TidyAsync(stoppingToken);
                }
            }
            catch (Exception error) when (error is not OperationCanceledException) // The next look tries again what the disk refused now.
            {
                LogTidyingFailed(error);
            }
        }
    }

    [LoggerMessage(EventId = 64, Level = LogLevel.Error, Message = "What is left of erasures could not be tidied up; it is tried again")]
    private partial void LogTidyingFailed(Exception error);
}
