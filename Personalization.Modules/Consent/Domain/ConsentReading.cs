using System.Numerics;
using Personalization.Consent.Contracts;
using Personalization.Tracking.Contracts;

namespace Personalization.Consent.Domain;

/// <summary>What a request's consent strings say of the own purposes, and why. Twelve bytes: it may lie beside every event.</summary>
/// <param name="Signal">Purposes that they speak of, and those of them that they grant.</param>
/// <param name="Reasons">A byte for each purpose, in the order of <see cref="Purposes"/>: a <see cref="SignalReason"/>.</param>
internal readonly record struct ConsentReading(ConsentSignal Signal, ulong Reasons)
{
    /// <summary>Why a purpose is granted, denied, or not spoken of.</summary>
    /// <param name="purpose">Exactly one purpose.</param>
    public SignalReason ReasonOf(Purposes purpose) => (SignalReason)(byte)(Reasons >> Shift(purpose));

    /// <summary>With one more answer. A denial stands whatever else is said.</summary>
    public ConsentReading With(Purposes purpose, bool isGranted, SignalReason reason)
    {
        var isNew = (Signal.Stated & (byte)purpose) == 0;
        var wasGranted = (Signal.Granted & (byte)purpose) != 0;
        if (!isNew && (isGranted || !wasGranted))
        {
            return this;
        }

        var granted = isGranted ? Signal.Granted | (byte)purpose : Signal.Granted & ~(byte)purpose;
        return new ConsentReading(
            new ConsentSignal((byte)(Signal.Stated | (byte)purpose), (byte)granted),
            (Reasons & ~(0xFFUL << Shift(purpose))) | ((ulong)reason << Shift(purpose)));
    }

    private static int Shift(Purposes purpose) => BitOperations.TrailingZeroCount((uint)purpose) * 8;
}
