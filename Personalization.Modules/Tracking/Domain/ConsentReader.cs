using System.Text.Json;
using Personalization.Tracking.Contracts;

namespace Personalization.Tracking.Domain;

/// <summary>Reads what a <c>context</c> says about consent, in the forms that clients have for it.</summary>
internal static class ConsentReader
{
    /// <summary>A TC string may be 16 KiB and valid; whatever is longer than this cannot stand in an event.</summary>
    private const int StringBytes = 64 * 1024;

    /// <summary>
    /// <c>{"categoryPreferences": {"advertising": false, "analytics": true}}</c> as Segment has it, and with more of our own:
    /// <c>purposes</c>, <c>basis</c>, <c>vendorIds</c>, <c>source</c>, <c>policyVersion</c>, <c>expiresAt</c>, <c>evidence</c>,
    /// <c>tcString</c>, <c>gppString</c>, <c>jurisdiction</c>, <c>nonProfiling</c>, <c>gpc</c>.
    /// </summary>
    public static void ReadSegment(ref BodyReader reader, ConsentVocabulary vocabulary, ref ContextSignals signals)
    {
        var raw = reader.BeginObject();
        if (raw.IsEmpty)
        {
            reader.Skip();
            return;
        }

        while (reader.NextProperty(out var name))
        {
            var arePurposes = name.SequenceEqual("categoryPreferences"u8) || name.SequenceEqual("purposes"u8);
            if (arePurposes)
            {
                reader.Json.Read();
                ReadPurposes(ref reader, vocabulary, ref signals);
            }
            else if (!TryReadString(ref reader, name, ref signals.Details))
            {
                ReadDetail(ref reader, name, ref signals.Details);
            }
        }

        signals.Details.Raw = reader.EndObject(raw);
    }

    /// <summary><c>{"allowedConsentIds": ["C0001"], "deniedConsentIds": ["C0004"]}</c></summary>
    public static void ReadRudderStack(ref BodyReader reader, ConsentVocabulary vocabulary, ref ContextSignals signals)
    {
        var raw = reader.BeginObject();
        if (raw.IsEmpty)
        {
            reader.Skip();
            return;
        }

        while (reader.NextProperty(out var name))
        {
            var isAllowed = name.SequenceEqual("allowedConsentIds"u8);
            var isDenied = name.SequenceEqual("deniedConsentIds"u8);
            reader.Json.Read();
            if (!(isAllowed || isDenied) || reader.Json.TokenType != JsonTokenType.StartArray)
            {
                reader.Skip();
                continue;
            }

            while (reader.Json.Read() && reader.Json.TokenType != JsonTokenType.EndArray)
            {
                signals.State(vocabulary.PurposesOf(reader.Batch.Text(reader.Text())), isAllowed);
            }
        }

        raw = reader.EndObject(raw);
        signals.Details.Raw = signals.Details.Raw.IsEmpty ? raw : signals.Details.Raw;
    }

    /// <summary>
    /// At a property's name: a TC or GPP string under one of the names that consent platforms and tag managers give it, in
    /// <c>context</c> or in <c>context.consent</c>.
    /// </summary>
    public static bool TryReadString(ref BodyReader reader, ReadOnlySpan<byte> name, ref ConsentDetails details)
    {
        if (name.SequenceEqual("tcString"u8) || name.SequenceEqual("tc_string"u8) ||
            name.SequenceEqual("gdprConsent"u8) || name.SequenceEqual("gdpr_consent"u8))
        {
            reader.Json.Read();
            details.TcString = reader.Text(StringBytes);
            return true;
        }

        if (name.SequenceEqual("gppString"u8) || name.SequenceEqual("gpp_string"u8) || name.SequenceEqual("gpp"u8))
        {
            reader.Json.Read();
            details.GppString = reader.Text(StringBytes);
            return true;
        }

        return false;
    }

    /// <summary>At the value of <c>context.location</c>.</summary>
    public static void ReadLocation(ref BodyReader reader, ref ConsentDetails details)
    {
        if (reader.BeginObject().IsEmpty)
        {
            reader.Skip();
            return;
        }

        while (reader.NextProperty(out var name))
        {
            var isCountry = name.SequenceEqual("country"u8);
            reader.Json.Read();
            if (isCountry)
            {
                details.Country = reader.Text();
            }
            else
            {
                reader.Skip();
            }
        }
    }

    private static void ReadPurposes(ref BodyReader reader, ConsentVocabulary vocabulary, ref ContextSignals signals)
    {
        if (reader.Json.TokenType != JsonTokenType.StartObject)
        {
            reader.Skip();
            return;
        }

        while (reader.NextProperty(out var category))
        {
            var purposes = vocabulary.PurposesOf(category);
            reader.Json.Read();
            if (reader.Json.TokenType is JsonTokenType.True or JsonTokenType.False)
            {
                signals.State(purposes, reader.Json.TokenType == JsonTokenType.True);
            }

            reader.Skip();
        }
    }

    private static void ReadDetail(ref BodyReader reader, ReadOnlySpan<byte> name, ref ConsentDetails details)
    {
        // Names are compared before the value is read, because the reader overwrites nothing but moves on.
        var field = FieldOf(name);
        reader.Json.Read();
        switch (field)
        {
            case Field.Basis:
                details.Basis = reader.Text();
                break;
            case Field.Source:
                details.Source = reader.Text();
                break;
            case Field.PolicyVersion:
                details.PolicyVersion = reader.Text();
                break;
            case Field.Jurisdiction:
                details.Jurisdiction = reader.Text();
                break;
            case Field.ExpiresAt:
                details.ExpiresAtMs = Math.Max(0, reader.Time());
                break;
            case Field.VendorIds:
                var ids = reader.BeginArray();
                reader.Skip();
                details.VendorIds = reader.EndObject(ids);
                break;
            case Field.Evidence:
                var evidence = reader.BeginObject();
                details.Evidence = evidence.IsEmpty ? reader.Text(StringBytes) : default;
                reader.Skip();
                details.Evidence = evidence.IsEmpty ? details.Evidence : reader.EndObject(evidence);
                break;
            case Field.NonProfiling when reader.Json.TokenType is JsonTokenType.True or JsonTokenType.False:
                details.NonProfiling = reader.Json.TokenType == JsonTokenType.True
                    ? ConsentDetails.Choice.Chosen
                    : ConsentDetails.Choice.TakenBack;
                break;
            case Field.Gpc:
                details.HasGpc = reader.Json.TokenType == JsonTokenType.True;
                reader.Skip();
                break;
            default:
                reader.Skip();
                break;
        }
    }

    private static Field FieldOf(ReadOnlySpan<byte> name) => name.Length switch
    {
        3 when name.SequenceEqual("gpc"u8) => Field.Gpc,
        5 when name.SequenceEqual("basis"u8) => Field.Basis,
        6 when name.SequenceEqual("source"u8) => Field.Source,
        8 when name.SequenceEqual("evidence"u8) => Field.Evidence,
        9 when name.SequenceEqual("vendorIds"u8) => Field.VendorIds,
        9 when name.SequenceEqual("expiresAt"u8) => Field.ExpiresAt,
        12 when name.SequenceEqual("jurisdiction"u8) => Field.Jurisdiction,
        12 when name.SequenceEqual("nonProfiling"u8) => Field.NonProfiling,
        13 when name.SequenceEqual("policyVersion"u8) => Field.PolicyVersion,
        _ => Field.Unknown,
    };

    private enum Field : byte
    {
        Unknown,
        Basis,
        VendorIds,
        Source,
        PolicyVersion,
        ExpiresAt,
        Evidence,
        Jurisdiction,
        NonProfiling,
        Gpc,
    }
}
