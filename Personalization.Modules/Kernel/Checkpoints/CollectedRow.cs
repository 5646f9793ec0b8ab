using System.Buffers.Binary;

namespace Personalization.Kernel.Checkpoints;

/// <summary>Where a row stands among the segments in which <see cref="CheckpointWriter"/> has collected it.</summary>
/// <param name="Table">Of the module.</param>
/// <param name="Key">Within the table.</param>
/// <param name="Segment">Index.</param>
/// <param name="Start">Of the value, in bytes from the segment's beginning.</param>
/// <param name="Length">Of the value, in bytes; -1 when the row is deleted.</param>
internal readonly record struct CollectedRow(byte Table, long Key, int Segment, int Start, int Length)
{
    public bool IsDeleted => Length < 0;

    /// <summary>Ascending by table and key, so that neighbours on disk are written together; of one key in the order of their collection.</summary>
    public static List<CollectedRow> Sorted(IReadOnlyList<ReadOnlyMemory<byte>> segments)
    {
        var rows = new List<CollectedRow>();
        for (var segment = 0; segment < segments.Count; segment++)
        {
            var bytes = segments[segment].Span;
            for (var at = 0; at < bytes.Length;)
            {
                var length = BinaryPrimitives.ReadInt32LittleEndian(bytes[(at + 9)..]);
                rows.Add(new CollectedRow(bytes[at], BinaryPrimitives.ReadInt64LittleEndian(bytes[(at + 1)..]), segment, at + CheckpointWriter.RowHeader, length));
                at += CheckpointWriter.RowHeader + Math.Max(length, 0);
            }
        }

        rows.Sort(static (one, other) => one.Compare(other));
        return rows;
    }

    private int Compare(CollectedRow other) =>
        Table != other.Table ? Table.CompareTo(other.Table)
        : Key != other.Key ? Key.CompareTo(other.Key)
        : Segment != other.Segment ? Segment.CompareTo(other.Segment)
        : Start.CompareTo(other.Start);
}
