using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Personalization.Decisioning.Domain;
using Personalization.Kernel.Pipelines;

namespace Personalization.Decisioning.Pipeline;

/// <summary>Ranks popularity every so often, and less often when a ranking takes long: at most a twentieth of one core.</summary>
internal sealed partial class PopularityLoop(
    LearnedModels models, IOptions<DecisioningOptions> options, TimeProvider time, ILogger<PopularityLoop> logger) : BackgroundService
{
    private const int RestPerWork = 20;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var pause = TimeSpan.FromMilliseconds(options.Value.RankEveryMs);
        var rest = pause;
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await Task.Delay(rest, time, stoppingToken);
                var start = time.GetTimestamp();
                await BackgroundWork.RunAsync(() => { models.Popularity.Rebuild(); models.ContextPopularity.Rebuild(); }, "popularity");
                var worked = time.GetElapsedTime(start) * RestPerWork;
                rest = worked > pause ? worked : pause;
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
            catch (Exception error) // The loop must survive: without it the baseline would stand still for good.
            {
                LogFailed(logger, error);
            }
        }
    }

    [LoggerMessage(EventId = 5001, Level = LogLevel.Error, Message = "Ranking popularity failed; the last ranking stays")]
    private static partial void LogFailed(ILogger logger, Exception error);
}
