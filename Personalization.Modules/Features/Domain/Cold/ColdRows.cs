using Personalization.Kernel.Checkpoints;

namespace Personalization.Features.Domain.Cold;

/// <summary>Reads the rows of profiles that are not in memory. Reads disk: some ten microseconds when the page is cached. Thread-safe.</summary>
internal sealed class ColdRows(byte table)
{
    private ICheckpointRows? _rows;
    private long _reads;

    /// <summary>Rows that were read since the start.</summary>
    public long Reads => Volatile.Read(ref _reads);

    /// <summary>The last cut is on disk, and can be read there.</summary>
    public void Attach(ICheckpointRows rows) => Volatile.Write(ref _rows, rows);

    /// <summary>Hands the profile's row over; false when there is none, because the profile came back and was forgotten meanwhile.</summary>
    public bool TryRead(int profileId, CheckpointRowVisitor visitor)
    {
        Interlocked.Increment(ref _reads);
        var isFound = false;
        Volatile.Read(ref _rows)!.Visit(table, profileId, profileId, (key, value) =>
        {
            isFound = true;
            visitor(key, value);
        });
        return isFound;
    }

    /// <summary>Hands every row over, in order; none before there is a cut on disk.</summary>
    public void VisitAll(CheckpointRowVisitor visitor) => Volatile.Read(ref _rows)?.Visit(table, long.MinValue, long.MaxValue, visitor);

    /// <summary>When the profile is on disk only, and is not there: the checkpoint has lost what memory had entrusted to it.</summary>
    public InvalidDataException Missing(int profileId) =>
        new($"The checkpoint has no row {profileId} of table {table}, which had left memory for it.");
}
