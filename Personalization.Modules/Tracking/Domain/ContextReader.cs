using System.Text.Json;
using Personalization.Kernel.Json;
using Personalization.Tracking.Contracts;

namespace Personalization.Tracking.Domain;

/// <summary>Reads a <c>context</c>: the client's session, what the shopper agreed to, and identifiers.</summary>
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
                ConsentReader.ReadSegment(ref reader, vocabulary, ref signals);
            }
            else if (name.SequenceEqual("consentManagement"u8))
            {
                reader.Json.Read();
                ConsentReader.ReadRudderStack(ref reader, vocabulary, ref signals);
            }
            else if (name.SequenceEqual("traits"u8))
            {
                reader.Json.Read();
                signals.Traits = reader.BeginObject();
                IdentifierReader.ReadTraits(ref reader, areOfCall: false);
                signals.Traits = reader.EndObject(signals.Traits);
            }
            else if (name.SequenceEqual("location"u8))
            {
                reader.Json.Read();
                ConsentReader.ReadLocation(ref reader, ref signals.Details);
            }
            else if (!ConsentReader.TryReadString(ref reader, name, ref signals.Details) && !IdentifierReader.TryReadContext(ref reader, name))
            {
                reader.Json.Read();
                reader.Skip();
            }
        }

        return signals;
    }

    /// <summary>At the name of a member of <c>context</c>: whether it is one that is read here, and so applies to each event of the request.</summary>
    public static bool IsRead(ref Utf8JsonReader reader) =>
        reader.IsText("sessionId"u8) || reader.IsText("consent"u8) || reader.IsText("consentManagement"u8);
}
