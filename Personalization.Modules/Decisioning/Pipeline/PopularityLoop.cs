using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Personalization.Decisioning.Domain;
using Personalization.Kernel.Pipelines;

namespace Personalization.Decisioning.Pipeline;

/// <summary>
/// Ranks popularity every so often, and less often when a ranking is long work: at most a twentieth of one core. It is its work that counts, not how long the ranking
/// stood behind others, or a busy shop would see its first items late.
/// </summary>
internal sealed partial class PopularityLoop(
    LearnedModels models, IOptions<DecisioningOptions> options, TimeProvider time, ILogger<PopularityLoop> logger) : BackgroundService
{
    private const int RestPerWork = 20;

    protected override Task ExecuteAsync(CancellationToken stoppingToken) => PipelineThread.RunAsync("popularity", () => RankUntilAsync(stoppingToken));

    private async Task RankUntilAsync(CancellationToken stoppingToken)
    {
        ThreadNice.StepBack(ThreadNice.ATenth);
        var pause = TimeSpan.FromMilliseconds(options.Value.RankEveryMs);
        var rest = pause;
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await Task.Delay(rest, time, stoppingToken);
                var before = ThreadTime.Worked;
                models.Rank();
                var worked = (ThreadTime.Worked - before) * RestPerWork;
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
