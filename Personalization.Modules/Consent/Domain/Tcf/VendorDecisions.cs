using Personalization.Consent.Domain.Vendors;

namespace Personalization.Consent.Domain.Tcf;

/// <summary>
/// May a vendor of the global list? The order of the questions is the specification's ("publisher restrictions", and "How to determine
/// legal bases from the TC String?" in its guidelines): the first no is the reason. Without a restriction only the vendor's default basis
/// counts, even where it is flexible. Pure functions: nothing is allocated or kept.
/// </summary>
internal static class VendorDecisions
{
    /// <param name="tc">The person's choice.</param>
    /// <param name="list">Vendors; null when none was ever loaded, which denies.</param>
    /// <param name="rules">What makes a string count.</param>
    /// <param name="vendorId">Number in the list.</param>
    /// <param name="purpose">1 to 11.</param>
    /// <param name="nowMs">The moment of the use, Unix ms.</param>
    public static TcDecision MayProcess(in TcString tc, VendorList? list, TcRules rules, int vendorId, int purpose, long nowMs)
    {
        if (Find(tc, list, rules, vendorId, nowMs, out var vendor) is var reason and not SignalReason.Ok)
        {
            return TcDecision.Deny(reason);
        }

        var basis = vendor.BasisOf(purpose);
        if (basis == LegalBasis.None)
        {
            return TcDecision.Deny(SignalReason.PurposeNotDeclared);
        }

        switch (tc.Restrictions.Of(purpose, vendorId))
        {
            case RestrictionType.NotAllowed:
                return TcDecision.Deny(SignalReason.RestrictionNotAllowed);
            case RestrictionType.RequireConsent when basis != LegalBasis.Consent && !vendor.IsFlexible(purpose):
                return TcDecision.Deny(SignalReason.RestrictionRequiresConsentNotFlexible);
            case RestrictionType.RequireConsent:
                basis = LegalBasis.Consent;
                break;
            case RestrictionType.RequireLegitimateInterest when basis != LegalBasis.LegitimateInterest && !vendor.IsFlexible(purpose):
                return TcDecision.Deny(SignalReason.RestrictionRequiresInterestNotFlexible);
            case RestrictionType.RequireLegitimateInterest:
                basis = LegalBasis.LegitimateInterest;
                break;
        }

        return basis == LegalBasis.Consent ? ByConsent(tc, rules, vendorId, purpose) : ByInterest(tc, vendorId, purpose);
    }

    /// <summary>Precise location, scanning of the device: the person opted in and the vendor declared it. A purpose is needed besides.</summary>
    public static TcDecision MayUseSpecialFeature(in TcString tc, VendorList? list, TcRules rules, int vendorId, int feature, long nowMs)
    {
        if (Find(tc, list, rules, vendorId, nowMs, out var vendor) is var reason and not SignalReason.Ok)
        {
            return TcDecision.Deny(reason);
        }

        if (!vendor.DeclaresSpecialFeature(feature))
        {
            return TcDecision.Deny(SignalReason.SpecialFeatureNotDeclared);
        }

        return tc.OptsInTo(feature) ? TcDecision.Allow(LegalBasis.OptIn) : TcDecision.Deny(SignalReason.NoSpecialFeatureOptIn);
    }

    /// <summary>
    /// Security, delivery, storing the choice: the person has no say in it, the vendor must have declared it and been disclosed. A string
    /// from before TCF 2.3 without the disclosed vendors tells disclosure by the bit of legitimate interest.
    /// </summary>
    public static TcDecision MayUseSpecialPurpose(in TcString tc, VendorList? list, TcRules rules, int vendorId, int purpose, long nowMs)
    {
        if (Find(tc, list, rules, vendorId, nowMs, out var vendor) is var reason and not SignalReason.Ok)
        {
            return TcDecision.Deny(reason);
        }

        if (!vendor.DeclaresSpecialPurpose(purpose))
        {
            return TcDecision.Deny(SignalReason.SpecialPurposeNotDeclared);
        }

        return tc.HasDisclosedVendors || tc.VendorLegitimateInterests.Contains(vendorId)
            ? TcDecision.Allow(LegalBasis.LegitimateInterest)
            : TcDecision.Deny(SignalReason.NoVendorInterest, LegalBasis.LegitimateInterest);
    }

    private static SignalReason Find(in TcString tc, VendorList? list, TcRules rules, int vendorId, long nowMs, out Vendor vendor)
    {
        vendor = default;
        if (rules.Check(tc, nowMs) is var reason and not SignalReason.Ok)
        {
            return reason;
        }

        if (list is null)
        {
            return SignalReason.VendorListMissing;
        }

        if (!list.TryGet(vendorId, out vendor))
        {
            return SignalReason.VendorNotInList;
        }

        if (vendor.DeletedAtMs <= nowMs)
        {
            return SignalReason.VendorDeleted;
        }

        return tc.HasDisclosedVendors && !tc.DisclosedVendors.Contains(vendorId) ? SignalReason.VendorNotDisclosed : SignalReason.Ok;
    }

    private static TcDecision ByConsent(in TcString tc, TcRules rules, int vendorId, int purpose)
    {
        if (!tc.ConsentsTo(purpose) && !(purpose == 1 && rules.NeedsNoPurposeOne(tc)))
        {
            return TcDecision.Deny(SignalReason.NoPurposeConsent, LegalBasis.Consent);
        }

        return tc.VendorConsents.Contains(vendorId)
            ? TcDecision.Allow(LegalBasis.Consent)
            : TcDecision.Deny(SignalReason.NoVendorConsent, LegalBasis.Consent);
    }

    private static TcDecision ByInterest(in TcString tc, int vendorId, int purpose)
    {
        if (!TcRules.AllowsInterestFor(purpose))
        {
            return TcDecision.Deny(SignalReason.InterestProhibitedForPurpose, LegalBasis.LegitimateInterest);
        }

        if (!tc.HasLegitimateInterestFor(purpose))
        {
            return TcDecision.Deny(SignalReason.NoPurposeInterest, LegalBasis.LegitimateInterest);
        }

        return tc.VendorLegitimateInterests.Contains(vendorId)
            ? TcDecision.Allow(LegalBasis.LegitimateInterest)
            : TcDecision.Deny(SignalReason.NoVendorInterest, LegalBasis.LegitimateInterest);
    }
}
