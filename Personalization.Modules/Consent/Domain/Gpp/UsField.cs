namespace Personalization.Consent.Domain.Gpp;

/// <summary>Fields of the sections of the United States; the names are the specification's. Each value has two bits.</summary>
internal enum UsField : byte
{
    SharingNotice,
    ProcessingNotice,
    SaleOptOutNotice,
    SharingOptOutNotice,
    TargetedAdvertisingOptOutNotice,
    SensitiveDataProcessingOptOutNotice,
    SensitiveDataOptOutNotice,
    SensitiveDataLimitUseNotice,
    SaleOptOut,
    SharingOptOut,
    TargetedAdvertisingOptOut,

    /// <summary>A list: one value for each category of sensitive data.</summary>
    SensitiveDataProcessing,

    /// <summary>A list in most sections: one value for each group of ages.</summary>
    KnownChildSensitiveDataConsents,
    PersonalDataConsents,
    AdditionalDataProcessingConsent,
    MspaCoveredTransaction,
    MspaOptOutOptionMode,
    MspaServiceProviderMode,
    MspaMode,
}

/// <summary>What two bits say. The fourth value is illegal, and taken as the refusal it may have been.</summary>
internal enum UsValue : byte
{
    NotApplicable = 0,

    /// <summary>Notice was given; the person opted out; the person does not consent.</summary>
    Yes = 1,

    /// <summary>No notice; the person did not opt out; the person consents.</summary>
    No = 2,
    Illegal = 3,
}
