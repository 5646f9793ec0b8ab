using System.Text.Json;
using Personalization.Tracking.Contracts;

namespace Personalization.Tracking.Domain;

/// <summary>Reads a <c>context</c>: the client's session and what the shopper agreed to.</summary>
internal static class ContextReader
{
    /// <summary>At the value of <c>context</c>; moves behind it.</summary>
    public static ContextSignals Read(ref BodyReader reader, ConsentVocabulary vocabulary)
    {
        var signals = default(ContextSignals);
        if (reader.Json.TokenType != JsonTokenType.StartObject)
        {
            reader.Skip();
            return signals;
        }

        while (reader.NextProperty(out var name))
        {
            if (name.SequenceEqual("sessionId"u8))
            {
                reader.Json.Read();
                signals.SessionId = reader.Text();
            }
            else if (name.SequenceEqual("consent"u8))
            {
                reader.Json.Read();
                ReadSegmentConsent(ref reader, vocabulary, ref signals);
            }
            else if (name.SequenceEqual("consentManagement"u8))
            {
                reader.Json.Read();
                ReadRudderStackConsent(ref reader, vocabulary, ref signals);
            }
            else
            {
                reader.Json.Read();
                reader.Skip();
            }
        }

        return signals;
    }

    /// <summary><c>{"categoryPreferences": {"advertising": false, "analytics": true}}</c></summary>
    private static void ReadSegmentConsent(ref BodyReader reader, ConsentVocabulary vocabulary, ref ContextSignals signals)
    {
        if (reader.Json.TokenType != JsonTokenType.StartObject)
        {
            reader.Skip();
            return;
        }

        while (reader.NextProperty(out var name))
        {
            var arePreferences = name.SequenceEqual("categoryPreferences"u8);
            reader.Json.Read();
            if (!arePreferences || reader.Json.TokenType != JsonTokenType.StartObject)
            {
                reader.Skip();
                continue;
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
    }

    /// <summary><c>{"allowedConsentIds": ["C0001"], "deniedConsentIds": ["C0004"]}</c></summary>
    private static void ReadRudderStackConsent(ref BodyReader reader, ConsentVocabulary vocabulary, ref ContextSignals signals)
    {
        if (reader.Json.TokenType != JsonTokenType.StartObject)
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
    }
}
