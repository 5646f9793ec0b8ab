namespace Personalization.Consent.Domain.Tcf;

/// <summary>The legal ground of a use.</summary>
internal enum LegalBasis : byte
{
    /// <summary>None was reached: the answer was no before it mattered.</summary>
    None,
    Consent,
    LegitimateInterest,

    /// <summary>Special features: the person opted in.</summary>
    OptIn,
}

/// <summary>May it, on which ground, and why.</summary>
internal readonly record struct TcDecision(bool IsAllowed, LegalBasis Basis, SignalReason Reason)
{
    public static TcDecision Deny(SignalReason reason, LegalBasis basis = LegalBasis.None) => new(false, basis, reason);

    public static TcDecision Allow(LegalBasis basis) => new(true, basis, SignalReason.Ok);
}
