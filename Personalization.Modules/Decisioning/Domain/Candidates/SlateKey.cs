namespace Personalization.Decisioning.Domain.Candidates;

/// <summary>A number whose order is that of candidates, best first: numbers are sorted without asking anybody to compare.</summary>
internal static class SlateKey
{
    /// <param name="score">Any but NaN; -0 stands behind 0.</param>
    /// <param name="tie">Of equal scores the one with the smaller number comes first.</param>
    public static ulong Of(float score, uint tie)
    {
        // Bits of floats are ordered as the floats are once those of negative ones are turned over; from the top down here.
        var bits = BitConverter.SingleToUInt32Bits(score);
        return ((ulong)(bits >> 31 == 0 ? bits ^ int.MaxValue : bits) << 32) | tie;
    }
}
