using System.Text.Json;
using Personalization.Consent.Domain.Gpp;
using Personalization.Consent.Domain.Tcf;

namespace Personalization.Tests.Consent.Gpp;

/// <summary>Compares what was read of a GPP string with what the library read.</summary>
internal static class GppTruth
{
    private static readonly Dictionary<string, int> Sections = new()
    {
        ["tcfeuv2"] = 2, ["tcfcav1"] = 5, ["uspv1"] = 6, ["usnat"] = 7, ["usca"] = 8, ["usva"] = 9, ["usco"] = 10, ["usut"] = 11, ["usct"] = 12,
        ["usfl"] = 13, ["usmt"] = 14, ["usor"] = 15, ["ustx"] = 16, ["usde"] = 17, ["usia"] = 18, ["usne"] = 19, ["usnh"] = 20, ["usnj"] = 21,
        ["ustn"] = 22, ["usmn"] = 23, ["usmd"] = 24, ["usin"] = 25, ["usky"] = 26, ["usri"] = 27,
    };

    public static List<string> Differences(in GppString gpp, JsonElement vector)
    {
        var differences = new List<string>();
        var truth = vector.GetProperty("truth");
        var ids = new List<int>();
        foreach (var section in gpp)
        {
            ids.Add(section.Id);
        }

        Compare(differences, "sectionIds", JsonSerializer.Serialize(ids), truth.GetProperty("sectionIds"));
        foreach (var section in truth.GetProperty("sections").EnumerateObject())
        {
            var id = Sections[section.Name];
            if (!gpp.TryGet(id, out var content))
            {
                differences.Add($"{section.Name} is missing");
                continue;
            }

            foreach (var field in section.Value.EnumerateObject())
            {
                Compare(differences, $"{section.Name}.{field.Name}", Own(id, content, field.Name, field.Value), field.Value);
            }

            if (vector.TryGetProperty("gpcSegmentPresent", out var present) && present.TryGetProperty(section.Name, out var hasGpc) &&
                gpp.TryGetUs(id, out var us))
            {
                Compare(differences, $"{section.Name}: GPC is there", us.HasGpc ? "true" : "false", hasGpc);
            }
        }

        return differences;
    }

    private static void Compare(List<string> differences, string name, string own, JsonElement theirs)
    {
        if (own != JsonSerializer.Serialize(theirs))
        {
            differences.Add($"{name}: {own} instead of {JsonSerializer.Serialize(theirs)}");
        }
    }

    private static string Own(int id, ReadOnlySpan<byte> content, string field, JsonElement shape)
    {
        if (id == GppString.TcfEuSection)
        {
            TcString.Read(content, out var tc);
            return Europe(tc, field);
        }

        if (id == GppString.UspSection)
        {
            UspString.Read(content, out var usp);
            return field switch
            {
                "Version" => "1",
                "Notice" => $"\"{usp.Notice}\"",
                "OptOutSale" => $"\"{usp.OptOutSale}\"",
                "LspaCovered" => $"\"{usp.LspaCovered}\"",
                _ => "a field that the test does not know",
            };
        }

        UsSection.Read(id, content, out var section);
        return field switch
        {
            "Version" or "MspaVersion" => $"{section.Version}",
            "GpcSegmentType" => "1",
            "Gpc" => section.IsGpcSet ? "true" : "false",
            _ when Enum.TryParse<UsField>(field, out var known) => Values(section, known, shape),
            _ => "a field that the test does not know",
        };
    }

    private static string Values(in UsSection section, UsField field, JsonElement shape)
    {
        if (shape.ValueKind != JsonValueKind.Array)
        {
            return $"{(int)section[field]}";
        }

        // Where the sub-section is missing, the library answers with as many zeros as it would have.
        var values = new int[Math.Max(section.CountOf(field), section.Layout.SensitiveApart)];
        for (var i = 0; i < values.Length; i++)
        {
            values[i] = (int)section[field, i];
        }

        return JsonSerializer.Serialize(values);
    }

    private static string Europe(in TcString tc, string field) => field switch
    {
        "Version" => "2",
        "Created" => Date(tc.CreatedMs),
        "LastUpdated" => Date(tc.LastUpdatedMs),
        "CmpId" => $"{tc.CmpId}",
        "CmpVersion" => $"{tc.CmpVersion}",
        "ConsentScreen" => $"{tc.ConsentScreen}",
        "ConsentLanguage" => $"\"{tc.ConsentLanguage}\"",
        "VendorListVersion" => $"{tc.VendorListVersion}",
        "PolicyVersion" => $"{tc.PolicyVersion}",
        "IsServiceSpecific" => Bool(tc.IsServiceSpecific),
        "UseNonStandardStacks" => Bool(tc.UsesNonStandardTexts),
        "SpecialFeatureOptins" => Bits(tc.SpecialFeatureOptIns, 12),
        "PurposeConsents" => Bits(tc.PurposeConsents, 24),
        "PurposeLegitimateInterests" => Bits(tc.PurposeLegitimateInterests, 24),
        "PurposeOneTreatment" => Bool(tc.PurposeOneWasNotDisclosed),
        "PublisherCountryCode" => $"\"{tc.PublisherCountry}\"",
        "VendorConsents" => Ids(tc.VendorConsents),
        "VendorLegitimateInterests" => Ids(tc.VendorLegitimateInterests),
        "PublisherRestrictions" => JsonSerializer.Serialize(tc.Restrictions.ToList().Select(restriction => new
        {
            key = restriction.Purpose,
            type = (int)restriction.Type,
            ids = restriction.Vendors.SelectMany(range => Enumerable.Range(range.Start, range.End - range.Start + 1)),
        })),
        "PublisherPurposesSegmentType" => "3",
        "VendorsAllowedSegmentType" => "2",
        "VendorsDisclosedSegmentType" => "1",
        "PublisherConsents" => Bits(tc.PublisherConsents, 24),
        "PublisherLegitimateInterests" => Bits(tc.PublisherLegitimateInterests, 24),
        "NumCustomPurposes" => $"{tc.CustomPurposeCount}",
        "PublisherCustomConsents" => Bits(tc.CustomPurposeConsents, tc.CustomPurposeCount),
        "PublisherCustomLegitimateInterests" => Bits(tc.CustomPurposeLegitimateInterests, tc.CustomPurposeCount),
        "VendorsAllowed" => Ids(tc.AllowedVendors),
        "VendorsDisclosed" => Ids(tc.DisclosedVendors),
        _ => "a field that the test does not know",
    };

    private static string Ids(VendorSet set) =>
        JsonSerializer.Serialize(set.Ranges().SelectMany(range => Enumerable.Range(range.Start, range.End - range.Start + 1)));

    private static string Bits(PurposeSet set, int count) => JsonSerializer.Serialize(Enumerable.Range(1, count).Select(set.Contains));

    private static string Bool(bool value) => value ? "true" : "false";

    private static string Date(long ms) => $"\"{DateTimeOffset.FromUnixTimeMilliseconds(ms):yyyy-MM-dd'T'HH:mm:ss.fff'Z'}\"";
}
