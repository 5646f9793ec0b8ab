using System.Text.Json;
using Personalization.Consent.Domain.Tcf;

namespace Personalization.Tests.Consent.Tcf;

/// <summary>Compares what was read with what IAB's library read, field by field.</summary>
internal static class TcTruth
{
    /// <returns>The names of the fields that differ, with both values.</returns>
    public static List<string> Differences(in TcString tc, JsonElement truth)
    {
        var differences = new List<string>();
        foreach (var field in truth.EnumerateObject())
        {
            var own = Own(tc, field.Name);
            var theirs = Normal(field.Value);
            if (own != theirs)
            {
                differences.Add($"{field.Name}: {own} instead of {theirs}");
            }
        }

        return differences;
    }

    private static string Own(in TcString tc, string name) => name switch
    {
        "version" => "2",
        "createdDeciseconds" => Json(tc.CreatedMs / 100),
        "created" => Json(Iso(tc.CreatedMs)),
        "lastUpdatedDeciseconds" => Json(tc.LastUpdatedMs / 100),
        "lastUpdated" => Json(Iso(tc.LastUpdatedMs)),
        "cmpId" => Json(tc.CmpId),
        "cmpVersion" => Json(tc.CmpVersion),
        "consentScreen" => Json(tc.ConsentScreen),
        "consentLanguage" => Json(Letters(tc.ConsentLanguage)),
        "vendorListVersion" => Json(tc.VendorListVersion),
        "tcfPolicyVersion" => Json(tc.PolicyVersion),
        "isServiceSpecific" => Json(tc.IsServiceSpecific),
        "useNonStandardTexts" => Json(tc.UsesNonStandardTexts),
        "specialFeatureOptins" => Json(tc.SpecialFeatureOptIns.Numbers()),
        "purposeConsents" => Json(tc.PurposeConsents.Numbers()),
        "purposeLegitimateInterests" => Json(tc.PurposeLegitimateInterests.Numbers()),
        "purposeOneTreatment" => Json(tc.PurposeOneWasNotDisclosed),
        "publisherCountryCode" => Json(Letters(tc.PublisherCountry)),
        "vendorConsentRanges" => Ranges(tc.VendorConsents.Ranges()),
        "vendorLegitimateInterestRanges" => Ranges(tc.VendorLegitimateInterests.Ranges()),
        "publisherRestrictions" => Restrictions(tc.Restrictions.ToList()),
        "segments" => Json(new { disclosedVendors = tc.HasDisclosedVendors, vendorsAllowed = tc.HasAllowedVendors, publisherTC = tc.HasPublisherPurposes }),
        "disclosedVendorRanges" => tc.HasDisclosedVendors ? Ranges(tc.DisclosedVendors.Ranges()) : "null",
        "allowedVendorRanges" => tc.HasAllowedVendors ? Ranges(tc.AllowedVendors.Ranges()) : "null",
        "publisherTC" => !tc.HasPublisherPurposes ? "null" : Json(new
        {
            purposeConsents = tc.PublisherConsents.Numbers(),
            purposeLegitimateInterests = tc.PublisherLegitimateInterests.Numbers(),
            numCustomPurposes = tc.CustomPurposeCount,
            customPurposeConsents = tc.CustomPurposeConsents.Numbers(),
            customPurposeLegitimateInterests = tc.CustomPurposeLegitimateInterests.Numbers(),
        }),
        _ => "a field that the test does not know",
    };

    /// <summary>Records of the same purpose and type are one, those without vendors none, and their order says nothing.</summary>
    private static string Restrictions(IReadOnlyList<PublisherRestriction> restrictions) => Json(
        from restriction in restrictions
        group restriction by (restriction.Purpose, restriction.Type) into same
        let vendors = Merge(same.SelectMany(restriction => restriction.Vendors))
        where vendors.Count > 0
        orderby same.Key
        select new { purposeId = same.Key.Purpose, restrictionType = (int)same.Key.Type, vendorRanges = vendors });

    private static List<int[]> Merge(IEnumerable<VendorRange> ranges)
    {
        var merged = new List<int[]>();
        foreach (var range in ranges.OrderBy(range => range.Start))
        {
            if (merged.Count > 0 && range.Start <= merged[^1][1] + 1)
            {
                merged[^1][1] = Math.Max(merged[^1][1], range.End);
            }
            else
            {
                merged.Add([range.Start, range.End]);
            }
        }

        return merged;
    }

    private static string Ranges(IReadOnlyList<VendorRange> ranges) => Json(ranges.Select(range => new[] { range.Start, range.End }));

    private static string Letters(LetterPair pair) => $"{(char)('A' + pair.First)}{(char)('A' + pair.Second)}";

    private static string Iso(long ms) => DateTimeOffset.FromUnixTimeMilliseconds(ms).ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'");

    private static string Normal(JsonElement value) => value.ValueKind == JsonValueKind.Array && value.EnumerateArray().Any(item => item.ValueKind == JsonValueKind.Object)
        ? Json(value.EnumerateArray().OrderBy(item => item.GetProperty("purposeId").GetInt32()).ThenBy(item => item.GetProperty("restrictionType").GetInt32()))
        : Json(value);

    private static string Json<T>(T value) => JsonSerializer.Serialize(value);
}
