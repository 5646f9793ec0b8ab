using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Personalization.Kernel.Pipelines;
using Personalization.Tracking.Storage.Quality;

namespace Personalization.Tracking.Pipeline.Quality;

/// <summary>Judges what was counted every few seconds, tells of what was raised and cleared, and saves what was learned.</summary>
internal sealed partial class QualityEvaluator(
    QualityJudge judge,
    QualityWatch watch,
    QualityStore store,
    FlagAnnouncer announcer,
    IOptions<QualityOptions> options,
    TimeProvider time,
    ILogger<QualityEvaluator> logger) : BackgroundService
{
    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        Save();
    }

    protected override Task ExecuteAsync(CancellationToken stoppingToken) => PipelineThread.RunAsync("quality", () => LookUntilAsync(stoppingToken));

    private async Task LookUntilAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromSeconds(options.Value.EvaluateSeconds), time);
        var savedAt = time.GetTimestamp();
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            try
            {
                judge.Look(Now());
                announcer.Announce(watch.Flags.TakeNews());
                if (time.GetElapsedTime(savedAt).TotalSeconds >= options.Value.SaveSeconds)
                {
                    savedAt = time.GetTimestamp();
                    Save();
                }
            }
            catch (Exception error) // Watching must go on: a look that fails says nothing of the next one.
            {
                LogLookFailed(error);
            }
        }
    }

    /// <summary>Saves what changed. Public to tests, which end a process in the middle.</summary>
    internal void Save() => store.Save(judge.TakeChanged(), watch.Flags.TakeUnsaved(), options.Value.MaxFlags);

    private long Now() => time.GetUtcNow().ToUnixTimeMilliseconds();

    [LoggerMessage(EventId = 1601, Level = LogLevel.Error, Message = "Looking at the quality of the events failed")]
    private partial void LogLookFailed(Exception error);
}
