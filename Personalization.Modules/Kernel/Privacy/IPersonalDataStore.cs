namespace Personalization.Kernel.Privacy;

/// <summary>
/// Everything that holds personal data implements this, so that erasure can reach it against the direction of the flow.
/// A test finds the module that owns a table and forgot.
/// </summary>
public interface IPersonalDataStore
{
    /// <summary>Stable name for receipts: module/store, for example <c>features/profiles</c>.</summary>
    string Name { get; }

    /// <summary>
    /// Removes what the store knows of these profiles, in memory and on disk, and returns how many things it removed.
    /// The pipeline is at rest during the call. Erasing twice removes nothing more.
    /// </summary>
    ValueTask<long> EraseAsync(ErasureSubject subject, CancellationToken cancellationToken);
}

/// <summary>Who is erased.</summary>
/// <param name="ProfileIds">All profile numbers that were ever merged into the person.</param>
/// <param name="Offsets">Places of their events in the log, ascending.</param>
/// <param name="IdentifierKeys">Keyed hashes of every identifier that was ever bound to one of the profiles.</param>
public sealed record ErasureSubject(IReadOnlySet<int> ProfileIds, IReadOnlyList<long> Offsets, IReadOnlySet<UInt128> IdentifierKeys);
