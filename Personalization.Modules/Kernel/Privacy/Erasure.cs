using Personalization.Kernel.Log;
using Personalization.Kernel.Pipelines;

namespace Personalization.Kernel.Privacy;

/// <summary>Removes a person from every registered store and from the log.</summary>
public interface IErasure
{
    /// <summary>
    /// Finds the subject and erases it while the pipeline rests, so that nothing of it is on its way. When this completes, a
    /// checkpoint without the person is on disk. May be repeated after a crash.
    /// </summary>
    Task<ErasureReceipt> EraseAsync(Func<ErasureSubject> find, CancellationToken cancellationToken);
}

/// <summary>What was removed: things per store, events and blocks of the log.</summary>
public sealed record ErasureReceipt(IReadOnlyDictionary<string, long> Stores, int Events, int RewrittenBlocks);

internal sealed class Erasure(
    Sequencer sequencer, LogRewriter log, IEnumerable<IPersonalDataStore> stores) : IErasure
{
    public async Task<ErasureReceipt> EraseAsync(Func<ErasureSubject> find, CancellationToken cancellationToken)
    {
        ErasureReceipt? receipt = null;
        await sequencer.AtRestAsync(async () => receipt = await EraseAtRestAsync(find, cancellationToken), cancellationToken);
        return receipt!;
    }

    private async Task<ErasureReceipt> EraseAtRestAsync(Func<ErasureSubject> find, CancellationToken cancellationToken)
    {
        // Stores look for rows on disk, and the numbers of profiles must be there before their events leave the log.
        await sequencer.CheckpointAtRestAsync();
        var subject = find();

        // The log first: until the very end the person can still be found, so that a crash here can be followed by another try.
        var blocks = log.Erase(subject.Offsets);
        var removed = new Dictionary<string, long>(StringComparer.Ordinal);
        foreach (var store in stores)
        {
            removed.Add(store.Name, await store.EraseAsync(subject, cancellationToken));
        }

        await sequencer.CheckpointAtRestAsync();
        return new ErasureReceipt(removed, subject.Offsets.Count, blocks);
    }
}
