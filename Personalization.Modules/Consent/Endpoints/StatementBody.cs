using System.Text;
using System.Text.Json;
using Personalization.Consent.Domain;
using Personalization.Consent.Domain.Gpp;
using Personalization.Consent.Domain.Tcf;
using Personalization.Tracking.Contracts;

namespace Personalization.Consent.Endpoints;

/// <summary>
/// Checks the body of a statement. Strict where events are lenient: who calls this means it, and a misspelt field must not be lost in silence.
/// </summary>
internal sealed class StatementBody(ConsentVocabulary vocabulary, JurisdictionDirectory jurisdictions, TimeProvider time)
{
    private const int MaxIdBytes = 512;
    private const int MaxPurposes = 64;

    /// <summary>Every error of a statement, none when it can be written.</summary>
    public void Check(JsonElement body, FieldErrors errors)
    {
        if (body.ValueKind != JsonValueKind.Object)
        {
            errors.Add("body", "must be a JSON object");
            return;
        }

        var saysSomething = false;
        foreach (var field in body.EnumerateObject())
        {
            saysSomething |= CheckField(field.Name, field.Value, errors);
        }

        CheckIdentity(body, errors);
        if (!saysSomething)
        {
            errors.Add("purposes", "or tcString, gppString, nonProfiling or gpc must say something");
        }
    }

    /// <summary>The identifiers of a body that says nothing else of the shopper.</summary>
    public static void CheckIdentity(JsonElement body, FieldErrors errors)
    {
        if (TextOf(body, "userId").Length == 0 && TextOf(body, "anonymousId").Length == 0)
        {
            errors.Add("userId", "or anonymousId must be given");
        }
    }

    public static string TextOf(JsonElement body, string name) =>
        body.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString()! : "";

    /// <returns>Whether the field is one that states something.</returns>
    private bool CheckField(string name, JsonElement value, FieldErrors errors)
    {
        switch (name)
        {
            case "userId" or "anonymousId":
                CheckText(name, value, MaxIdBytes, errors);
                return false;
            case "source" or "policyVersion":
                CheckText(name, value, StatementReader.MaxTextBytes, errors);
                return false;
            case "purposes":
                CheckPurposes(value, errors);
                return true;
            case "basis":
                Check(name, value.ValueKind == JsonValueKind.String && StatementReader.BasisOf(Encoding.UTF8.GetBytes(value.GetString()!)) is not null, errors,
                    "must be consent, legitimate_interest, contract, legal_obligation, vital_interests, public_task, opt_out or none");
                return false;
            case "vendorIds":
                CheckVendors(value, errors);
                return false;
            case "expiresAt":
                Check(name, value.ValueKind == JsonValueKind.String && value.TryGetDateTimeOffset(out var at) && at > time.GetUtcNow(), errors,
                    "must be a time in the future, ISO 8601");
                return false;
            case "jurisdiction":
                Check(name, value.ValueKind == JsonValueKind.String && jurisdictions.Named(value.GetString()!) is not null, errors,
                    $"must be one of those configured: {string.Join(", ", jurisdictions.Names.Order(StringComparer.Ordinal))}");
                return false;
            case "tcString":
                Check(name, value.ValueKind == JsonValueKind.String && TcString.Read(Encoding.UTF8.GetBytes(value.GetString()!), out _) == TcStatus.Read,
                    errors, "is no TC string of version 2 that can be read");
                return true;
            case "gppString":
                Check(name, value.ValueKind == JsonValueKind.String && GppString.Read(Encoding.UTF8.GetBytes(value.GetString()!), out _) == GppStatus.Read,
                    errors, "is no GPP string that can be read");
                return true;
            case "evidence":
                Check(name, value.ValueKind is JsonValueKind.String or JsonValueKind.Object, errors, "must be a text or an object");
                return false;
            case "nonProfiling" or "gpc":
                Check(name, value.ValueKind is JsonValueKind.True or JsonValueKind.False, errors, "must be true or false");
                return true;
            default:
                errors.Add(name, "is no field of a statement");
                return false;
        }
    }

    private void CheckPurposes(JsonElement value, FieldErrors errors)
    {
        if (value.ValueKind != JsonValueKind.Object || value.EnumerateObject().Take(MaxPurposes + 1).Count() is 0 or > MaxPurposes)
        {
            errors.Add("purposes", $"must be an object with 1 to {MaxPurposes} purposes");
            return;
        }

        foreach (var purpose in value.EnumerateObject())
        {
            Check($"purposes.{purpose.Name}", purpose.Value.ValueKind is JsonValueKind.True or JsonValueKind.False, errors, "must be true or false");
            Check($"purposes.{purpose.Name}", vocabulary.PurposesOf(Encoding.UTF8.GetBytes(purpose.Name)) != 0, errors,
                "is neither a purpose nor a configured category");
        }
    }

    private static void CheckVendors(JsonElement value, FieldErrors errors) => Check(
        "vendorIds",
        value.ValueKind == JsonValueKind.Array && value.GetArrayLength() <= LedgerEntry.MaxVendorIds &&
            value.EnumerateArray().All(id => id.ValueKind == JsonValueKind.Number && id.TryGetInt32(out var number) && number > 0),
        errors,
        $"must be an array of at most {LedgerEntry.MaxVendorIds} whole numbers from 1");

    private static void CheckText(string name, JsonElement value, int maxBytes, FieldErrors errors) => Check(
        name,
        value.ValueKind == JsonValueKind.Null ||
            (value.ValueKind == JsonValueKind.String && Encoding.UTF8.GetByteCount(value.GetString()!) <= maxBytes),
        errors,
        $"must be a text of at most {maxBytes} bytes");

    private static void Check(string name, bool isValid, FieldErrors errors, string error)
    {
        if (!isValid)
        {
            errors.Add(name, error);
        }
    }
}
