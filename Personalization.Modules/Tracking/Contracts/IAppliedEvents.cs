using Personalization.Kernel.Pipelines;

namespace Personalization.Tracking.Contracts;

/// <summary>
/// Tells whether acknowledged events have taken effect. An event is acknowledged when it is on disk, and counts usually a millisecond
/// later: who must read what he has just written asks here first.
/// </summary>
public interface IAppliedEvents
{
    /// <summary>
    /// Waits until every event that was acknowledged before the call has taken effect, for <c>Tracking:FreshWaitMs</c> at most.
    /// Completes at once when they all have. Nothing is put to rest for it, unlike by <see cref="IPipelineStatus.WaitUntilAppliedAsync"/>.
    /// </summary>
    /// <returns>False when it took longer: they are kept, but do not count yet.</returns>
    /// <exception cref="OperationCanceledException">The caller no longer waits.</exception>
    ValueTask<bool> CatchUpAsync(CancellationToken cancellationToken);
}
