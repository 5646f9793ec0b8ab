using Personalization.Kernel.Log;

namespace Personalization.Kernel.Privacy;

/// <summary>
/// Knows of a person's entries in the log that no profile's history has: events that were dropped before anybody asked whose they are.
/// </summary>
public interface IErasureTraces
{
    /// <summary>Offsets at which one of the identifiers stands, in any order. The pipeline is at rest.</summary>
    IReadOnlyCollection<long> OffsetsOf(IReadOnlySet<UInt128> identifiers);

    /// <summary>
    /// Offsets of events that were dropped because their person is suppressed and whose content is in the log still: they had
    /// passed the door before. The pipeline is at rest.
    /// </summary>
    IReadOnlyCollection<long> Suppressed();

    /// <summary>These are out of the log.</summary>
    void Forget(IReadOnlyCollection<long> offsets);
}

/// <summary>Reads the identifiers out of a module's log entries, for an erasure that has nothing but the log to go by.</summary>
public interface ILogIdentifiers
{
    /// <summary>The entries it reads.</summary>
    byte Kind { get; }

    /// <summary>Adds what each event of the entry names, with its offset. Erased ones name nothing.</summary>
    void Read(LogEntry entry, List<LogIdentifiers> found);
}

/// <summary>An event of the log and whom it names.</summary>
public readonly record struct LogIdentifiers(long Offset, EventTrace Trace);

/// <summary>A store that is not derived from the log and finds people by keyed hashes of identifiers that may stand nowhere else.</summary>
public interface IIdentifierSource
{
    /// <summary>Every identifier that the store can be asked for. Reads disk.</summary>
    IEnumerable<UInt128> Identifiers();
}
