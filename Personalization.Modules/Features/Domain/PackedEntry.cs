namespace Personalization.Features.Domain;

/// <summary>
/// Eight bytes for a pair: 40 bits of a value above 24 bits of an item or term number, so that order by the whole is order
/// by value.
/// </summary>
internal static class PackedEntry
{
    public const int MaxNumber = (1 << NumberBits) - 1;
    private const int NumberBits = 24;

    /// <summary>Bits of a positive double that do not fit: 11 of exponent and 29 of mantissa stay, an error of 1e-9.</summary>
    private const int DroppedBits = 23;

    public static int NumberOf(ulong packed) => (int)(packed & MaxNumber);

    public static ulong OfTime(int item, long timestampMs) => ((ulong)EventTime.ToOffset(timestampMs) << NumberBits) | (uint)item;

    /// <summary>Unix ms.</summary>
    public static long TimeOf(ulong packed) => EventTime.FromOffset((long)(packed >> NumberBits));

    /// <param name="term">A term number.</param>
    /// <param name="weight">Positive and finite.</param>
    public static ulong OfWeight(int term, double weight)
    {
        var rounded = (BitConverter.DoubleToUInt64Bits(weight) + (1UL << (DroppedBits - 1))) >> DroppedBits;
        return (rounded << NumberBits) | (uint)term;
    }

    public static double WeightOf(ulong packed) => BitConverter.UInt64BitsToDouble(packed >> NumberBits << DroppedBits);
}
