using Personalization.Kernel.Checkpoints;

namespace Personalization.Kernel.Pipelines;

internal sealed class PipelineStatus(PipelinePosition position, Sequencer sequencer, CheckpointCoordinator checkpoints) : IPipelineStatus
{
    private const int PollMs = 50;

    public bool IsCaughtUp => position.IsCaughtUp;

    public bool HasFailed => position.HasFailed;

    public long LogNextOffset => position.LogNextOffset;

    public long AppliedOffset => position.AppliedOffset;

    public async Task WaitUntilAppliedAsync(CancellationToken cancellationToken)
    {
        var committed = LogNextOffset;
        while (AppliedOffset < committed)
        {
            await sequencer.AtRestAsync(static () => Task.CompletedTask, cancellationToken);
        }

        // The last events were handed to their partitions; at rest means that they came out at the other end.
        await sequencer.AtRestAsync(static () => Task.CompletedTask, cancellationToken);
    }

    public async Task WaitUntilSettledAsync(CancellationToken cancellationToken)
    {
        await WaitUntilAppliedAsync(cancellationToken);
        while (checkpoints.IsPersisting)
        {
            await Task.Delay(PollMs, cancellationToken);
        }
    }
}
