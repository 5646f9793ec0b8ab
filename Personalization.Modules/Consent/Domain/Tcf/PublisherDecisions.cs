namespace Personalization.Consent.Domain.Tcf;

/// <summary>
/// May the shop itself? It has no number in the vendor list, so its permission stands in the segment of the publisher's purposes, which
/// its consent banner writes. Disclosed vendors do not matter here; that the string counts does.
/// </summary>
internal static class PublisherDecisions
{
    /// <param name="tc">The person's choice.</param>
    /// <param name="rules">What makes a string count.</param>
    /// <param name="purpose">One of TCF's purposes, 1 to 24.</param>
    /// <param name="basis">The ground that the shop chose for this purpose.</param>
    /// <param name="nowMs">The moment of the use, Unix ms.</param>
    public static TcDecision MayProcess(in TcString tc, TcRules rules, int purpose, LegalBasis basis, long nowMs)
    {
        if (Check(tc, rules, nowMs) is var reason and not SignalReason.Ok)
        {
            return TcDecision.Deny(reason);
        }

        if (basis == LegalBasis.LegitimateInterest)
        {
            return TcRules.AllowsInterestFor(purpose)
                ? Answer(tc.PublisherHasLegitimateInterestFor(purpose), basis)
                : TcDecision.Deny(SignalReason.InterestProhibitedForPurpose, basis);
        }

        var isAllowed = tc.PublisherHasConsentFor(purpose) || (purpose == 1 && rules.NeedsNoPurposeOne(tc));
        return Answer(isAllowed, basis);
    }

    /// <summary>The same for a purpose that the shop defined in its banner, numbered from 1.</summary>
    public static TcDecision MayProcessCustom(in TcString tc, TcRules rules, int customPurpose, LegalBasis basis, long nowMs)
    {
        if (Check(tc, rules, nowMs) is var reason and not SignalReason.Ok)
        {
            return TcDecision.Deny(reason);
        }

        if (customPurpose < 1 || customPurpose > tc.CustomPurposeCount)
        {
            return TcDecision.Deny(SignalReason.CustomPurposeUnknown, basis);
        }

        var set = basis == LegalBasis.LegitimateInterest ? tc.CustomPurposeLegitimateInterests : tc.CustomPurposeConsents;
        return Answer(set.Contains(customPurpose), basis);
    }

    private static SignalReason Check(in TcString tc, TcRules rules, long nowMs)
    {
        var reason = rules.Check(tc, nowMs);
        return reason == SignalReason.Ok && !tc.HasPublisherPurposes ? SignalReason.NoPublisherSegment : reason;
    }

    private static TcDecision Answer(bool isAllowed, LegalBasis basis) => isAllowed
        ? TcDecision.Allow(basis)
        : TcDecision.Deny(basis == LegalBasis.Consent ? SignalReason.NoPublisherConsent : SignalReason.NoPublisherInterest, basis);
}
