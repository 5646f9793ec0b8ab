using Microsoft.Extensions.Options;

namespace Personalization.Tracking.Pipeline;

/// <summary>
/// Waits until a committed batch has taken effect. Its own completion tells at once; a batch that the sequencer had to read from disk again is
/// another object there, so that now and then the partitions' progress is looked at too.
/// </summary>
internal sealed class EffectWait(AppliedProgress progress, IOptions<TrackingOptions> options, TimeProvider time)
{
    private static readonly TimeSpan LookAgain = TimeSpan.FromMilliseconds(20);
    private readonly TimeSpan _patience = TimeSpan.FromSeconds(options.Value.EffectWaitSeconds);

    /// <param name="applied">The batch's completion.</param>
    /// <param name="end">Offset after the batch.</param>
    /// <returns>False when it took too long: the events are kept, but nobody can say yet that they count.</returns>
    public async ValueTask<bool> HasTakenEffectAsync(Task applied, long end)
    {
        var started = time.GetTimestamp();
        while (!applied.IsCompleted && !progress.HasApplied(end))
        {
            if (time.GetElapsedTime(started) > _patience)
            {
                return false;
            }

            await Task.WhenAny(applied, Task.Delay(LookAgain, time));
        }

        return true;
    }
}
