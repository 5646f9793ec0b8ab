using System.Globalization;

namespace Personalization.Features.Domain.ChangeCapture;

/// <summary>
/// Reads the position that a connector gives its changes. Which connector it is shows in the fields that are there. What is compared is what
/// orders the changes of one row: row locks see to it that the log's order is the order of the commits there, though not between rows.
/// </summary>
internal static class PositionReader
{
    private const long NanosPerMilli = 1_000_000;

    /// <summary>The position, or null when the source tells neither a place in its log nor a time.</summary>
    public static SourcePosition? Read(SourceFields source, ChangeRank rank)
    {
        var nanos = Nanos(source);
        var log = Commit(source) ?? SystemChange(source) ?? LogSequence(source) ?? BinaryLog(source) ?? Ordinal(source);
        return log is { } place
            ? new SourcePosition(PositionKind.Log, place.Major, place.Minor, rank, Epoch(source), (long)(nanos / NanosPerMilli))
            : nanos > 0
                ? new SourcePosition(PositionKind.Time, nanos, UInt128.Zero, rank, 0, (long)(nanos / NanosPerMilli))
                : null;
    }

    /// <summary>SQL Server, Db2, Informix: the commit, then the change in it, then its halves: an update is a delete and an insert.</summary>
    private static (UInt128 Major, UInt128 Minor)? Commit(SourceFields source) =>
        source.Text("commit_lsn") is { } text && Hexadecimal(text) is { } commit
            ? (commit, ((Hexadecimal(source.Text("change_lsn")) ?? UInt128.Zero) << 32) | (uint)(source.Number("event_serial_no") ?? 0))
            : null;

    /// <summary>Oracle: the system change number, then the record in the redo log.</summary>
    private static (UInt128 Major, UInt128 Minor)? SystemChange(SourceFields source) =>
        source.Number("scn") is { } scn
            ? (scn, ((Hexadecimal(source.Text("rs_id")?.Trim().Replace("0x", "", StringComparison.OrdinalIgnoreCase)) ?? UInt128.Zero) << 32) |
                (uint)(source.Number("ssn") ?? 0))
            : null;

    /// <summary>PostgreSQL: the change's own log sequence number. Transactions interleave in it, the changes of one row do not.</summary>
    private static (UInt128 Major, UInt128 Minor)? LogSequence(SourceFields source) =>
        source.Number("lsn") is { } lsn ? (lsn, UInt128.Zero) : null;

    /// <summary>MySQL and MariaDB: the number of the file, the place in it, the row in the event there.</summary>
    private static (UInt128 Major, UInt128 Minor)? BinaryLog(SourceFields source) =>
        source.Text("file") is { } file && FileNumber(file) is { } number && source.Number("pos") is { } place
            ? (number, ((UInt128)place << 32) | (uint)(source.Number("row") ?? 0))
            : null;

    /// <summary>MongoDB: the second of the operation, its number in that second, its number in the transaction.</summary>
    private static (UInt128 Major, UInt128 Minor)? Ordinal(SourceFields source) =>
        source.Number("ord") is { } order && source.Number("ts_ms") is { } time
            ? (time, ((UInt128)order << 64) | (source.Number("tord") + 1 ?? 0))
            : null;

    /// <summary>A MySQL server has files of its own; that of a snapshot is not told (0).</summary>
    private static uint Epoch(SourceFields source) => source.Text("file") is null ? 0 : (uint)(source.Number("server_id") ?? 0);

    private static UInt128 Nanos(SourceFields source) =>
        source.Number("ts_ns")
        ?? (source.Number("ts_us") is { } micros ? (UInt128)micros * 1_000 : (UInt128)(source.Number("ts_ms") ?? 0) * NanosPerMilli);

    /// <summary>The digits at the end of <c>mysql-bin.000003</c>.</summary>
    private static ulong? FileNumber(string file) =>
        ulong.TryParse(file.AsSpan(file.LastIndexOf('.') + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;

    /// <summary>Groups of a fixed width, as in <c>00000027:00000758:0005</c> or <c>001234.00000abc.0010</c>; at most 96 bits.</summary>
    private static UInt128? Hexadecimal(string? text)
    {
        var digits = text?.Replace(":", "", StringComparison.Ordinal).Replace(".", "", StringComparison.Ordinal);
        return digits is { Length: > 0 and <= 24 } && UInt128.TryParse(digits, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var number)
            ? number
            : null;
    }
}
