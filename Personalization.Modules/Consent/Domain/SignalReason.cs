namespace Personalization.Consent.Domain;

/// <summary>Why a consent string allows a use or not. One byte, so that it can be kept beside a verdict; the names are for people.</summary>
internal enum SignalReason : byte
{
    /// <summary>No string speaks of the use.</summary>
    NotStated,
    Ok,

    // ---- the string as a whole, in the order in which they are looked at ----
    StringMissing,
    StringRefused,
    StringNotServiceSpecific,
    StringPolicyVersionTooOld,
    StringFromTheFuture,
    StringExpired,
    StringDisclosedVendorsMissing,

    // ---- the vendor ----
    VendorListMissing,
    VendorNotConfigured,
    VendorNotInList,
    VendorDeleted,
    VendorNotDisclosed,

    // ---- what the vendor declared and the publisher allows ----
    PurposeNotDeclared,
    RestrictionNotAllowed,
    RestrictionRequiresConsentNotFlexible,
    RestrictionRequiresInterestNotFlexible,
    InterestProhibitedForPurpose,
    SpecialFeatureNotDeclared,
    SpecialPurposeNotDeclared,

    // ---- what the person chose ----
    NoPurposeConsent,
    NoVendorConsent,
    NoPurposeInterest,
    NoVendorInterest,
    NoSpecialFeatureOptIn,

    // ---- the publisher's own purposes ----
    NoPublisherSegment,
    CustomPurposeUnknown,
    NoPublisherConsent,
    NoPublisherInterest,

    // ---- the United States ----
    GppRefused,
    GlobalPrivacyControl,
    OptedOutOfSale,
    OptedOutOfSharing,
    OptedOutOfTargetedAdvertising,
    KnownChild,
    UsOptedOutInUspV1,
    NotOptedOut,
}

/// <summary>Names of the reasons, stable: they are in answers and in the ledger.</summary>
internal static class SignalReasons
{
    public static string NameOf(SignalReason reason) => reason switch
    {
        SignalReason.NotStated => "not-stated",
        SignalReason.Ok => "ok",
        SignalReason.StringMissing => "string:missing",
        SignalReason.StringRefused => "string:refused",
        SignalReason.StringNotServiceSpecific => "string:not-service-specific",
        SignalReason.StringPolicyVersionTooOld => "string:policy-version-too-old",
        SignalReason.StringFromTheFuture => "string:from-the-future",
        SignalReason.StringExpired => "string:expired",
        SignalReason.StringDisclosedVendorsMissing => "string:disclosed-vendors-missing",
        SignalReason.VendorListMissing => "vendor-list-missing",
        SignalReason.VendorNotConfigured => "vendor-not-configured",
        SignalReason.VendorNotInList => "vendor-not-in-gvl",
        SignalReason.VendorDeleted => "vendor-deleted",
        SignalReason.VendorNotDisclosed => "vendor-not-disclosed",
        SignalReason.PurposeNotDeclared => "purpose-not-declared",
        SignalReason.RestrictionNotAllowed => "restriction-not-allowed",
        SignalReason.RestrictionRequiresConsentNotFlexible => "restriction-requires-consent-not-flexible",
        SignalReason.RestrictionRequiresInterestNotFlexible => "restriction-requires-li-not-flexible",
        SignalReason.InterestProhibitedForPurpose => "li-prohibited-for-purpose",
        SignalReason.SpecialFeatureNotDeclared => "special-feature-not-declared",
        SignalReason.SpecialPurposeNotDeclared => "special-purpose-not-declared",
        SignalReason.NoPurposeConsent => "no-purpose-consent",
        SignalReason.NoVendorConsent => "no-vendor-consent",
        SignalReason.NoPurposeInterest => "no-purpose-li",
        SignalReason.NoVendorInterest => "no-vendor-li",
        SignalReason.NoSpecialFeatureOptIn => "no-special-feature-optin",
        SignalReason.NoPublisherSegment => "no-publisher-segment",
        SignalReason.CustomPurposeUnknown => "custom-purpose-unknown",
        SignalReason.NoPublisherConsent => "no-publisher-consent",
        SignalReason.NoPublisherInterest => "no-publisher-li",
        SignalReason.GppRefused => "gpp:refused",
        SignalReason.GlobalPrivacyControl => "gpc",
        SignalReason.OptedOutOfSale => "us:opted-out-of-sale",
        SignalReason.OptedOutOfSharing => "us:opted-out-of-sharing",
        SignalReason.OptedOutOfTargetedAdvertising => "us:opted-out-of-targeted-advertising",
        SignalReason.KnownChild => "us:known-child",
        SignalReason.UsOptedOutInUspV1 => "us:opted-out-in-uspv1",
        SignalReason.NotOptedOut => "us:not-opted-out",
        _ => throw new ArgumentOutOfRangeException(nameof(reason), reason, null),
    };
}
