using System.Text.Json;
using Personalization.Tracking.Contracts;

namespace Personalization.Consent.Domain;

/// <summary>A ledger's entry as JSON, for administrators and for the person.</summary>
internal static class LedgerJson
{
    public static void Write(Utf8JsonWriter json, LedgerEntry entry)
    {
        json.WriteStartObject();
        json.WriteNumber("offset", entry.Offset);
        json.WriteString("at", DateTimeOffset.FromUnixTimeMilliseconds(entry.TimestampMs));
        json.WriteString("form", Snake(entry.Form));
        json.WriteStartObject("purposes");
        foreach (var index in PurposeBits.Indexes((byte)entry.Stated))
        {
            json.WriteString(PurposeBits.Names[index], ((int)entry.Granted & (1 << index)) != 0 ? "granted" : "denied");
        }

        json.WriteEndObject();
        json.WriteString("basis", Snake(entry.Basis));
        WriteVendors(json, entry);
        WriteText(json, "source", entry.Source);
        WriteText(json, "policyVersion", entry.PolicyVersion);
        WriteText(json, "jurisdiction", entry.Jurisdiction);
        if (entry.ExpiresAtMs > 0)
        {
            json.WriteString("expiresAt", DateTimeOffset.FromUnixTimeMilliseconds(entry.ExpiresAtMs));
        }

        if (entry.NonProfiling != ConsentDetails.Choice.Unsaid)
        {
            json.WriteBoolean("nonProfiling", entry.NonProfiling == ConsentDetails.Choice.Chosen);
        }

        if (entry.HasGpc)
        {
            json.WriteBoolean("gpc", true);
        }

        json.WriteString("evidenceSha256", Convert.ToHexStringLower(entry.EvidenceSha256.Span));
        json.WriteEndObject();
    }

    /// <summary>An enum's value as JSON names it.</summary>
    public static string Snake<TEnum>(TEnum value)
        where TEnum : struct, Enum =>
        JsonNamingPolicy.SnakeCaseLower.ConvertName(value.ToString());

    private static void WriteVendors(Utf8JsonWriter json, LedgerEntry entry)
    {
        if (entry.VendorCount == 0)
        {
            return;
        }

        json.WriteStartArray("vendorIds");
        foreach (var id in entry.VendorIds)
        {
            json.WriteNumberValue(id);
        }

        json.WriteEndArray();
        json.WriteNumber("vendorCount", entry.VendorCount);
    }

    private static void WriteText(Utf8JsonWriter json, string name, string value)
    {
        if (value.Length > 0)
        {
            json.WriteString(name, value);
        }
    }
}
