using Personalization.Consent.Domain.Tcf;

namespace Personalization.Consent.Domain.Vendors;

/// <summary>What one vendor declared to the global vendor list.</summary>
/// <param name="Id">Number in the list, from 1.</param>
/// <param name="Consent">Purposes whose default basis is consent.</param>
/// <param name="Interest">Purposes whose default basis is legitimate interest.</param>
/// <param name="Flexible">Purposes whose basis a publisher may change.</param>
/// <param name="SpecialPurposes">Purposes without a choice: security, delivery.</param>
/// <param name="SpecialFeatures">Features that need an opt-in: location, scanning of the device.</param>
/// <param name="DeletedAtMs">When it left the list, Unix ms; <see cref="long.MaxValue"/> for one that is in it.</param>
internal readonly record struct Vendor(
    int Id,
    PurposeSet Consent,
    PurposeSet Interest,
    PurposeSet Flexible,
    PurposeSet SpecialPurposes,
    PurposeSet SpecialFeatures,
    long DeletedAtMs)
{
    /// <summary>The default basis, or none for a purpose that it did not declare.</summary>
    public LegalBasis BasisOf(int purpose) =>
        Consent.Contains(purpose) ? LegalBasis.Consent
        : Interest.Contains(purpose) ? LegalBasis.LegitimateInterest
        : LegalBasis.None;

    public bool IsFlexible(int purpose) => Flexible.Contains(purpose);

    public bool DeclaresSpecialPurpose(int purpose) => SpecialPurposes.Contains(purpose);

    public bool DeclaresSpecialFeature(int feature) => SpecialFeatures.Contains(feature);
}
