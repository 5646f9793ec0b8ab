using Personalization.Kernel.Privacy;

namespace Personalization.Tracking.Pipeline.DeadLetters;

/// <summary>
/// Removes the letters of a person: those of their events in the log, and every other in which one of their identifiers stands. A refused
/// request in which others stand too goes as a whole, because what it holds cannot be told apart.
/// </summary>
internal sealed class DeadLetterErasure(LetterQueue queue) : IPersonalDataStore
{
    public string Name => "tracking/dead-letters";

    /// <exception cref="IOException">The disk refused it. The erasure may be tried again.</exception>
    public async ValueTask<long> EraseAsync(ErasureSubject subject, CancellationToken cancellationToken)
    {
        var erased = 0L;
        var write = new LetterWrite(
            store => erased = store.Erase(subject.IdentifierKeys, subject.Offsets), afterCommit: static store => store.Truncate());
        return queue.AddAlways(write) && await write.Done
            ? erased
            : throw new IOException("The dead letters of the person could not be removed; the erasure may be tried again.");
    }
}
