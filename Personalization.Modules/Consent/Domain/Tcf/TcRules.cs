namespace Personalization.Consent.Domain.Tcf;

/// <summary>When a string that could be read still counts for nothing. Immutable.</summary>
/// <param name="MaxAgeDays">Days after its last change for which a string counts. People are to be reminded of their choice after 13 months.</param>
/// <param name="PurposeOneCountries">Publisher countries whose law does not ask for purpose 1, as two capital letters.</param>
internal sealed record TcRules(int MaxAgeDays, IReadOnlyList<string> PurposeOneCountries)
{
    /// <summary>Thirteen months, and no country without purpose 1.</summary>
    public static readonly TcRules Default = new(395, []);

    /// <summary>Policy of TCF 2.2, the lowest since September 2023.</summary>
    private const int MinPolicyVersion = 4;
    private const long DayMs = 86_400_000;

    /// <summary>2026-03-01T00:00Z: TCF 2.3; strings changed from then on say which vendors were disclosed.</summary>
    private const long DisclosureRequiredFromMs = 1_772_323_200_000;

    /// <summary>Legitimate interest was never allowed for purpose 1, and since TCF 2.2 is not for 3 to 6.</summary>
    public static bool AllowsInterestFor(int purpose) => purpose is not (1 or 3 or 4 or 5 or 6);

    /// <summary><see cref="SignalReason.Ok"/>, or why the whole string counts for nothing.</summary>
    /// <param name="tc">What was read.</param>
    /// <param name="nowMs">The moment of the use, Unix ms.</param>
    public SignalReason Check(in TcString tc, long nowMs)
    {
        var updatedMs = tc.LastUpdatedMs;
        return tc switch
        {
            { IsServiceSpecific: false } => SignalReason.StringNotServiceSpecific,
            { PolicyVersion: < MinPolicyVersion } => SignalReason.StringPolicyVersionTooOld,
            _ when updatedMs > nowMs || tc.CreatedMs > nowMs => SignalReason.StringFromTheFuture,
            _ when nowMs - updatedMs > MaxAgeDays * DayMs => SignalReason.StringExpired,
            { HasDisclosedVendors: false } when updatedMs >= DisclosureRequiredFromMs => SignalReason.StringDisclosedVendorsMissing,
            _ => SignalReason.Ok,
        };
    }

    /// <summary>Whether purpose 1 needs no consent there, because the string says that nobody was asked and the operator vouches for the country.</summary>
    public bool NeedsNoPurposeOne(in TcString tc)
    {
        if (!tc.PurposeOneWasNotDisclosed)
        {
            return false;
        }

        foreach (var country in PurposeOneCountries)
        {
            if (tc.PublisherCountry.Is(country))
            {
                return true;
            }
        }

        return false;
    }
}
