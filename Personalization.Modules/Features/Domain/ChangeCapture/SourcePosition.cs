using System.Buffers.Binary;

namespace Personalization.Features.Domain.ChangeCapture;

/// <summary>How the place of a change in its database is told. Stored: the numbers stay as they are.</summary>
internal enum PositionKind : byte
{
    /// <summary>By the source's clock alone, for sources that tell nothing better.</summary>
    Time = 1,

    /// <summary>By a place in the database's own log.</summary>
    Log = 2,
}

/// <summary>
/// Orders changes of one row at one position. Stored: the numbers stay as they are. The stream starts where the snapshot was taken, so its first
/// change stands at the snapshot's position and is the newer one. A change of the primary key is a deletion and a creation at one position.
/// </summary>
internal enum ChangeRank : byte
{
    Snapshot = 0,
    Deletion = 1,
    Write = 2,
}

/// <summary>
/// Where a change stands in the log of its database, as Debezium tells it, made comparable. Positions of one row in one table can be
/// compared, and nothing else.
/// </summary>
/// <param name="Kind">What the order rests on.</param>
/// <param name="Major">Compared first: a log sequence number, a file, a commit, or the time in nanoseconds.</param>
/// <param name="Minor">Compared where the former are equal: the place in the file or in the commit.</param>
/// <param name="Rank">Compared last.</param>
/// <param name="Epoch">Number of the database server where each has a log of its own (MySQL); 0 when unknown or of no matter.</param>
/// <param name="TimeMs">The source's clock, Unix milliseconds; 0 when unknown.</param>
internal sealed record SourcePosition(PositionKind Kind, UInt128 Major, UInt128 Minor, ChangeRank Rank, uint Epoch, long TimeMs)
{
    /// <summary>Bytes of the stored form.</summary>
    public const int Length = 46;

    /// <summary>
    /// Whether this change is to be applied over the one applied last. Logs that cannot be compared (a replica with a log of its own took over, or
    /// one side only knows the time) are ordered by the source's clock. A clock's ticks are coarse: two changes in one tick are both applied, in
    /// the order in which they come, because leaving one out would lose it.
    /// </summary>
    public bool IsAfter(SourcePosition? applied)
    {
        if (applied is null)
        {
            return true;
        }

        if (Kind == PositionKind.Log && applied.Kind == PositionKind.Log && (Epoch == applied.Epoch || Epoch == 0 || applied.Epoch == 0))
        {
            return (Major, Minor, (byte)Rank).CompareTo((applied.Major, applied.Minor, (byte)applied.Rank)) > 0;
        }

        var order = Kind == PositionKind.Time && applied.Kind == PositionKind.Time ? Major.CompareTo(applied.Major) : TimeMs.CompareTo(applied.TimeMs);
        return order > 0 || (order == 0 && Rank != ChangeRank.Snapshot);
    }

    public void Write(Span<byte> bytes)
    {
        bytes[0] = (byte)Kind;
        bytes[1] = (byte)Rank;
        BinaryPrimitives.WriteUInt32LittleEndian(bytes[2..], Epoch);
        BinaryPrimitives.WriteInt64LittleEndian(bytes[6..], TimeMs);
        BinaryPrimitives.WriteUInt128LittleEndian(bytes[14..], Major);
        BinaryPrimitives.WriteUInt128LittleEndian(bytes[30..], Minor);
    }

    public static SourcePosition Read(ReadOnlySpan<byte> bytes) => new(
        (PositionKind)bytes[0],
        BinaryPrimitives.ReadUInt128LittleEndian(bytes[14..]),
        BinaryPrimitives.ReadUInt128LittleEndian(bytes[30..]),
        (ChangeRank)bytes[1],
        BinaryPrimitives.ReadUInt32LittleEndian(bytes[2..]),
        BinaryPrimitives.ReadInt64LittleEndian(bytes[6..]));
}

/// <summary>Where a captured change comes from.</summary>
/// <param name="Table">Full name of the table, its server first: positions are compared within it.</param>
/// <param name="Position">Where the change stands there.</param>
internal sealed record ChangeSource(string Table, SourcePosition Position);
