using System.Text.Json;

namespace Personalization.Kernel.Privacy;

/// <summary>
/// Everything that holds personal data implements this, so that erasure and access can reach it against the direction of the flow.
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

    /// <summary>
    /// How many things <see cref="EraseAsync"/> would remove now. Changes nothing. The pipeline is at rest during the call, and a
    /// checkpoint has just been taken.
    /// </summary>
    ValueTask<long> CountAsync(ErasureSubject subject, CancellationToken cancellationToken);

    /// <summary>
    /// Writes what the store knows of the person as exactly one JSON value, an object or an array, in words that the person can
    /// read; nothing of anybody else. A store that writes much flushes the writer now and then. The pipeline is at rest during the call.
    /// </summary>
    ValueTask ExportAsync(ErasureSubject subject, Utf8JsonWriter json, CancellationToken cancellationToken);
}

/// <summary>Who is erased.</summary>
/// <param name="ProfileIds">All profile numbers that were ever merged into the person.</param>
/// <param name="Offsets">Places of their events in the log, ascending.</param>
/// <param name="IdentifierKeys">Keyed hashes of every identifier that was ever bound to one of the profiles.</param>
public sealed record ErasureSubject(IReadOnlySet<int> ProfileIds, IReadOnlyList<long> Offsets, IReadOnlySet<UInt128> IdentifierKeys)
{
    /// <summary>
    /// Those of the keys that are still the person's: they are suppressed. The others are of devices that have changed hands since.
    /// Null when all are.
    /// </summary>
    public IReadOnlySet<UInt128>? OwnKeys { get; init; }
}
