using System.Text.Json;
using System.Text.Unicode;

namespace Personalization.Tracking.Domain.Import;

/// <summary>
/// A line of an import is looked at alone before it is put between others: what is not one JSON object must not spoil its neighbours.
/// </summary>
internal static class ImportLine
{
    /// <summary>What is left of the depth of a body, in which an event stands within an object and an array.</summary>
    private const int MaxDepth = ParserLimits.BodyDepth - 2;

    /// <summary>Whether the line is one JSON object, and whether it has a message id of its own.</summary>
    /// <param name="line">Without its end.</param>
    /// <param name="hasMessageId">Whether it names a message id that is not empty: the last one counts.</param>
    /// <param name="fault">Why it is none.</param>
    public static bool TryRead(ReadOnlySpan<byte> line, out bool hasMessageId, out string? fault)
    {
        hasMessageId = false;
        fault = null;
        if (!Utf8.IsValid(line))
        {
            fault = "The line is not UTF-8.";
            return false;
        }

        try
        {
            var json = new Utf8JsonReader(line, new JsonReaderOptions { MaxDepth = MaxDepth });
            json.Read();
            if (json.TokenType != JsonTokenType.StartObject)
            {
                fault = "The line is not a JSON object.";
                return false;
            }

            while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
            {
                var isMessageId = json.ValueTextEquals("messageId"u8);
                json.Read();
                if (isMessageId)
                {
                    hasMessageId = json.TokenType is not JsonTokenType.Null && (json.TokenType != JsonTokenType.String || json.ValueSpan.Length > 0);
                }

                json.Skip();
            }

            // Anything but white space behind the end is an error of the reader.
            json.Read();
            return true;
        }
        catch (JsonException error)
        {
            fault = $"The line cannot be read as JSON from byte {error.BytePositionInLine ?? 0} on.";
            return false;
        }
        catch (InvalidOperationException)
        {
            // What the reader throws when it is to compare such a name with another.
            fault = "A name in the line holds half a surrogate pair.";
            return false;
        }
    }
}
