using System.Text.Json;
using Personalization.Tracking.Contracts;

namespace Personalization.Tracking.Domain;

/// <summary>Reads what a <c>context</c> says about consent, in the forms that clients have for it.</summary>
internal static class ConsentReader
{
    /// <summary><c>{"categoryPreferences": {"advertising": false, "analytics": true}}</c></summary>
    public static void ReadSegment(ref BodyReader reader, ConsentVocabulary vocabulary, ref ContextSignals signals)
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
    public static void ReadRudderStack(ref BodyReader reader, ConsentVocabulary vocabulary, ref ContextSignals signals)
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
