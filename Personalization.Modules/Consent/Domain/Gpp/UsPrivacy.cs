namespace Personalization.Consent.Domain.Gpp;

/// <summary>
/// What a shopper of the United States said about sale, sharing and targeted advertising. The applicable section is the one of the
/// shopper's state, else the national one; where the state is not known, every section that is there. One no among them is a no.
/// </summary>
internal static class UsPrivacy
{
    private const int NationalSection = 7;

    /// <summary>
    /// <see cref="SignalReason.NotStated"/> when nothing was said, <see cref="SignalReason.NotOptedOut"/> when an applicable section says of
    /// everything it has that nobody opted out, any other reason is a refusal.
    /// </summary>
    /// <param name="gpp">Sections; the default has none.</param>
    /// <param name="region">ISO 3166-2 (<c>US-CA</c>), a country (<c>US</c>, <c>DE</c>), or null for unknown.</param>
    /// <param name="gpc">The request's own <c>Sec-GPC: 1</c>; it counts everywhere.</param>
    public static SignalReason SaleOrSharing(in GppString gpp, string? region, bool gpc)
    {
        if (gpc)
        {
            return SignalReason.GlobalPrivacyControl;
        }

        if (!AppliesIn(region))
        {
            return SignalReason.NotStated;
        }

        if (gpp.TryGet(GppString.UspSection, out var content) && UspString.Read(content, out var usp) && usp.OptOutSale == 'Y')
        {
            return SignalReason.UsOptedOutInUspV1;
        }

        var answer = SignalReason.NotStated;
        var only = ApplicableSection(gpp, region);
        foreach (var candidate in gpp)
        {
            if ((only != 0 && candidate.Id != only) || !gpp.TryGetUs(candidate.Id, out var section))
            {
                continue;
            }

            var reason = Of(section);
            if (reason is not (SignalReason.NotStated or SignalReason.NotOptedOut))
            {
                return reason;
            }

            answer = reason == SignalReason.NotOptedOut ? reason : answer;
        }

        // Where the state is not known, a section may be another state's: it can forbid, and permits nothing.
        return only == 0 ? SignalReason.NotStated : answer;
    }

    /// <summary>
    /// Whether data of a category may be processed: in California unless the person limited it, elsewhere with consent only.
    /// </summary>
    /// <param name="section">The applicable section.</param>
    /// <param name="category">From 0, in the order of the section.</param>
    public static bool MayProcessSensitive(in UsSection section, int category)
    {
        if (category < 0 || category >= section.CountOf(UsField.SensitiveDataProcessing))
        {
            return false;
        }

        var value = section[UsField.SensitiveDataProcessing, category];
        return section.Layout.CountOf(UsField.SensitiveDataLimitUseNotice) > 0 && section.Layout.Name == "usca"
            ? value is UsValue.No or UsValue.NotApplicable
            : value == UsValue.No;
    }

    /// <summary>One section alone.</summary>
    public static SignalReason Of(in UsSection section)
    {
        if (section.IsGpcSet)
        {
            return SignalReason.GlobalPrivacyControl;
        }

        if (section.SaysNo(UsField.SaleOptOut))
        {
            return SignalReason.OptedOutOfSale;
        }

        if (section.SaysNo(UsField.SharingOptOut))
        {
            return SignalReason.OptedOutOfSharing;
        }

        if (section.SaysNo(UsField.TargetedAdvertisingOptOut))
        {
            return SignalReason.OptedOutOfTargetedAdvertising;
        }

        if (section.SaysNo(UsField.KnownChildSensitiveDataConsents))
        {
            return SignalReason.KnownChild;
        }

        return IsClear(section, UsField.SaleOptOut) && IsClear(section, UsField.SharingOptOut) && IsClear(section, UsField.TargetedAdvertisingOptOut)
            ? SignalReason.NotOptedOut
            : SignalReason.NotStated;
    }

    private static bool IsClear(in UsSection section, UsField field) => section.CountOf(field) == 0 || section[field] == UsValue.No;

    /// <summary>The section to heed; 0 when all of them are, because nobody knows the state.</summary>
    private static int ApplicableSection(in GppString gpp, string? region)
    {
        if (region is null || region.Length < 4)
        {
            return 0;
        }

        var state = UsLayout.SectionOf(region);
        return state != 0 && gpp.TryGet(state, out _) ? state : NationalSection;
    }

    private static bool AppliesIn(string? region) =>
        string.IsNullOrEmpty(region)
        || region.Equals("US", StringComparison.OrdinalIgnoreCase)
        || region.StartsWith("US-", StringComparison.OrdinalIgnoreCase);
}
