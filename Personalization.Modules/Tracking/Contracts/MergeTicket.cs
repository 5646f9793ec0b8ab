namespace Personalization.Tracking.Contracts;

/// <summary>
/// Orders a merge across two partitions: the one that loses the profile says when it has applied the last of its events,
/// the one that gains it waits. Both come to it in log order, so two partitions never wait for each other in a circle.
/// </summary>
internal sealed class MergeTicket
{
    private readonly TaskCompletionSource _handedOver = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public Task HandedOver => _handedOver.Task;

    public void HandOver() => _handedOver.SetResult();
}
