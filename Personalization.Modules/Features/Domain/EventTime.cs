namespace Personalization.Features.Domain;

/// <summary>
/// Event time as features keep it: 40 bits of milliseconds since 2015, enough until 2049. What a broken clock says beyond
/// that is clamped.
/// </summary>
internal static class EventTime
{
    /// <summary>2015-01-01T00:00:00Z, Unix ms.</summary>
    public const long Epoch = 1_420_070_400_000;

    /// <summary>Milliseconds that the range spans.</summary>
    public const long Range = (1L << 40) - 1;

    public static long ToOffset(long timestampMs) => timestampMs < Epoch ? 0 : Math.Min(timestampMs - Epoch, Range);

    public static long FromOffset(long offset) => Epoch + offset;

    public static long Clamp(long timestampMs) => FromOffset(ToOffset(timestampMs));
}
