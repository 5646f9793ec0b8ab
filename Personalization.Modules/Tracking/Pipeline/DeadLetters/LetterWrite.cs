using Personalization.Tracking.Storage.DeadLetters;

namespace Personalization.Tracking.Pipeline.DeadLetters;

/// <summary>One change of the letters on its way to the disk. Changes take effect in the order in which they were queued.</summary>
/// <param name="apply">Runs on the writer's thread, within a transaction; again, alone, when another change of its group failed.</param>
/// <param name="bytes">What it holds in memory.</param>
/// <param name="afterCommit">Runs once it is on disk, outside the transaction.</param>
internal sealed class LetterWrite(Action<DeadLetterStore> apply, long bytes = 0, Action<DeadLetterStore>? afterCommit = null)
{
    private readonly TaskCompletionSource<bool> _done = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public long Bytes => bytes;

    /// <summary>True once it is on disk, false when the disk refused it, which was logged.</summary>
    public Task<bool> Done => _done.Task;

    public void Apply(DeadLetterStore store) => apply(store);

    public void AfterCommit(DeadLetterStore store) => afterCommit?.Invoke(store);

    public void Complete(bool isStored) => _done.TrySetResult(isStored);
}
