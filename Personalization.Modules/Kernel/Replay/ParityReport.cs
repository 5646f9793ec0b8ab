using Personalization.Kernel.Checkpoints;

namespace Personalization.Kernel.Replay;

/// <summary>What came of a comparison.</summary>
public enum ParityVerdict
{
    /// <summary>Everything that is derived is what the log says.</summary>
    Same,

    /// <summary>Something is not.</summary>
    Differs,

    /// <summary>
    /// An erasure has taken events out of the log. Their numbers are given to others in a replay, and what they had a part in stays as it was,
    /// so rows say nothing.
    /// </summary>
    Erased,

    /// <summary>The same, and the checkpoint is kept as the base from which the next comparison begins.</summary>
    Rebased,
}

/// <summary>An instance's state compared with a replay of its log.</summary>
/// <param name="Verdict">What came of it.</param>
/// <param name="Offset">Of the checkpoint: every offset below was replayed.</param>
/// <param name="From">Where the replay began: 0, or the offset of the base that was taken after the last erasure.</param>
/// <param name="Seconds">How long it took.</param>
/// <param name="Erasures">Erasures that the log has been through. A replay of such a log gives other numbers than were given then.</param>
/// <param name="Tables">Every table of every file.</param>
/// <param name="Differences">The first of them.</param>
/// <param name="Faults">What is wrong besides rows: files of another version, files that one of the two does not have.</param>
public sealed record ParityReport(
    ParityVerdict Verdict,
    long Offset,
    long From,
    double Seconds,
    int Erasures,
    IReadOnlyList<TableComparison> Tables,
    IReadOnlyList<RowDifference> Differences,
    IReadOnlyList<string> Faults)
{
    /// <summary>What was compared where not everything was; null when it was.</summary>
    public SampledProfiles? Sample { get; init; }

    public long DifferentRows => Tables.Sum(table => table.Different);
}

/// <summary>How a comparison is to be done.</summary>
/// <param name="DataDirectory">Of the installation; a host may run on it.</param>
/// <param name="Share">Share of the time in which it may work, above 0 to 1.</param>
public sealed record ParityRequest(string DataDirectory, double Share)
{
    /// <summary>Differences that are told one by one; all are counted.</summary>
    public int MaxDifferences { get; init; } = 100;

    /// <summary>
    /// Whether the checkpoint may be kept as a base where an erasure has taken events out of the log. Only for who holds erasures off
    /// meanwhile: the base must not hold who is erased just then.
    /// </summary>
    public bool MayKeepBase { get; init; }

    /// <summary>Only some profiles are compared; null for everything.</summary>
    public ParitySample? Sample { get; init; }

    /// <summary>Told from time to time: offset that was reached, and the one at which it ends.</summary>
    public Action<long, long>? Progress { get; init; }
}
