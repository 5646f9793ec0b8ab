using Microsoft.Extensions.Options;
using Personalization.Kernel.Pipelines;
using Personalization.Tracking.Contracts;

namespace Personalization.Tracking.Pipeline;

/// <summary>Looks at the partitions' progress until it has passed the log's end at the time of the question.</summary>
internal sealed class AppliedEvents(AppliedProgress progress, PipelinePosition position, IOptions<TrackingOptions> options, TimeProvider time) : IAppliedEvents
{
    private static readonly TimeSpan LookAgain = TimeSpan.FromMilliseconds(1);
    private readonly TimeSpan _patience = TimeSpan.FromMilliseconds(options.Value.FreshWaitMs);

    public ValueTask<bool> CatchUpAsync(CancellationToken cancellationToken)
    {
        var end = position.LogNextOffset;
        return progress.HasApplied(end) ? ValueTask.FromResult(true) : WaitAsync(end, cancellationToken);
    }

    private async ValueTask<bool> WaitAsync(long end, CancellationToken cancellationToken)
    {
        var started = time.GetTimestamp();
        while (!progress.HasApplied(end))
        {
            if (time.GetElapsedTime(started) >= _patience)
            {
                return false;
            }

            await Task.Delay(LookAgain, time, cancellationToken);
        }

        return true;
    }
}
