namespace Personalization.Kernel.Privacy;

/// <summary>
/// People of whom nothing new is taken in: erased ones, and those who asked for it. Known by hashes of their identifiers only.
/// Thread-safe.
/// </summary>
public interface ISuppressionList
{
    /// <summary>Whether nobody is on it, which costs one read to know.</summary>
    bool IsEmpty { get; }

    /// <summary>Whether an identifier is suppressed, given its keyed hash (<see cref="Hashing.KeyHasher"/>). Reads memory, allocates nothing.</summary>
    bool Contains(UInt128 identifier);

    /// <summary>
    /// Whether an event may not be kept. A suppressed user decides; a suppressed device does unless the event names another user who
    /// used it before the request came or after it was carried out. Reads memory, allocates nothing.
    /// </summary>
    /// <param name="trace">The event's identifiers and times.</param>
    /// <param name="request">A number for <see cref="CountWithheld"/>.</param>
    bool IsSuppressed(in EventTrace trace, out int request);

    /// <summary>Counts an event that was not kept.</summary>
    void CountWithheld(int request);

    /// <summary>
    /// Suppresses identifiers from now on; on disk when it returns. Further identifiers of the same request are added.
    /// </summary>
    /// <param name="requestId">1 to 128 printable ASCII characters without spaces. Must not name a person.</param>
    /// <param name="identifiers">Keyed hashes.</param>
    /// <exception cref="SuppressionListFullException">The bound on identifiers would be passed; nothing was changed.</exception>
    void Suppress(string requestId, IEnumerable<UInt128> identifiers);

    /// <summary>Lets a person in again. False when there is no such request or it was lifted before.</summary>
    /// <param name="requestId">As it was made.</param>
    /// <param name="reason">For the record; must not name a person.</param>
    bool Lift(string requestId, string reason);

    /// <summary>What is remembered of a request; null when there is none. Reads disk.</summary>
    Tombstone? Find(string requestId);

    /// <summary>The newest requests first. Reads disk.</summary>
    IReadOnlyList<Tombstone> List(int limit);

    /// <summary>The receipts of an erasure in the order of the chain; empty before it is done. Reads disk.</summary>
    IReadOnlyList<StoreReceipt> ReceiptsOf(string requestId);
}

/// <summary>What the list needs to know of an event. Keys are keyed hashes, default when absent.</summary>
/// <param name="User">Of the user id.</param>
/// <param name="Anonymous">Of the anonymous id.</param>
/// <param name="Previous">Of an alias's previous id.</param>
/// <param name="ReceivedAtMs">Our clock, Unix ms.</param>
/// <param name="TimestampMs">When it happened, Unix ms.</param>
public readonly record struct EventTrace(UInt128 User, UInt128 Anonymous, UInt128 Previous, long ReceivedAtMs, long TimestampMs);

/// <summary>The list holds as many identifiers as it may.</summary>
public sealed class SuppressionListFullException(int bound)
    : InvalidOperationException($"The suppression list holds {bound} identifiers, which is all that Personalization:Privacy:MaxSuppressedIdentifiers allows.");
