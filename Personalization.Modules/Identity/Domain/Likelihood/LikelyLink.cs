using System.Runtime.InteropServices;

namespace Personalization.Identity.Domain.Likelihood;

/// <summary>What makes it likelier that two profiles are one person. Stored by number: numbers stay.</summary>
internal enum EvidenceKind : byte
{
    /// <summary>One network and one user agent within a short time.</summary>
    SameNetworkAndAgent,

    /// <summary>One postal code and street.</summary>
    SameAddress,

    /// <summary>Both changed from one network to the same other one within a short time.</summary>
    MovedTogether,
}

/// <summary>
/// Two profiles that may be one person's, with the evidence. The confidence is a noisy-or: each piece of evidence leaves a share of the
/// doubt, and they multiply. Evidence of a kind counts once a day and a few times at all, so no single kind makes certain.
/// Source: Pearl, Probabilistic Reasoning in Intelligent Systems (1988), 4.3.2.
/// </summary>
[StructLayout(LayoutKind.Sequential, Pack = 1)]
internal record struct LikelyLink(int One, int Other)
{
    /// <summary>Doubt that one piece of evidence leaves, and how many count, by kind. Household and office share all three, hence no more.</summary>
    private static readonly (double Doubt, int Most)[] Weights = [(0.75, 3), (0.5, 1), (0.6, 5)];

    public long FirstOffset;
    public long LastOffset;
    public long LastTimeMs;

    /// <summary>Evidence that counts, eight bits a kind.</summary>
    private uint _counts;

    /// <summary>The day (of event time, from 1970, plus 1) that it last came on, 21 bits a kind.</summary>
    private ulong _days;

    public bool IsApplied;

    public readonly int CountOf(EvidenceKind kind) => (int)(_counts >> (8 * (int)kind)) & 0xFF;

    public readonly float Confidence
    {
        get
        {
            var doubt = 1.0;
            for (var kind = 0; kind < Weights.Length; kind++)
            {
                doubt *= Math.Pow(Weights[kind].Doubt, CountOf((EvidenceKind)kind));
            }

            return (float)(1 - doubt);
        }
    }

    /// <summary>Returns whether it made a difference.</summary>
    public bool Add(EvidenceKind kind, long offset, long timeMs)
    {
        const ulong DayMask = (1 << 21) - 1;
        var day = (ulong)((timeMs / 86_400_000) + 1) & DayMask;
        var place = 21 * (int)kind;
        if (CountOf(kind) >= Weights[(int)kind].Most || (_days >> place & DayMask) == day)
        {
            return false;
        }

        _counts += 1u << (8 * (int)kind);
        _days = (_days & ~(DayMask << place)) | (day << place);
        LastOffset = offset;
        LastTimeMs = timeMs;
        return true;
    }
}
