using System.Text.Json;

namespace Personalization.Consent.Domain.Residency;

/// <summary>
/// Finds <c>location.country</c> in a context. Most events name none, which a search for the word tells in some nanoseconds; only the others are
/// read. Allocates nothing.
/// </summary>
internal static class CountryReader
{
    private const int MaxDepth = 64;

    /// <summary>In the JSON of an event, below <c>context</c>; empty when it is not there.</summary>
    public static ReadOnlySpan<byte> OfEvent(ReadOnlySpan<byte> json) => Find(json, isContext: false);

    /// <summary>In the JSON of a context itself.</summary>
    public static ReadOnlySpan<byte> OfContext(ReadOnlySpan<byte> json) => Find(json, isContext: true);

    private static ReadOnlySpan<byte> Find(ReadOnlySpan<byte> json, bool isContext)
    {
        if (json.IndexOf("\"country\""u8) < 0)
        {
            return default;
        }

        var reader = new Utf8JsonReader(json, new JsonReaderOptions { MaxDepth = MaxDepth });
        try
        {
            return reader.Read()
                && (isContext || GoTo(ref reader, "context"u8))
                && GoTo(ref reader, "location"u8)
                && GoTo(ref reader, "country"u8)
                && reader.TokenType == JsonTokenType.String
                && !reader.ValueIsEscaped
                    ? reader.ValueSpan
                    : default;
        }
        catch (JsonException)
        {
            // What the door took is valid JSON; a depth beyond the bound is no country.
            return default;
        }
    }

    /// <summary>From an object to the value of one of its properties, the first of that name.</summary>
    private static bool GoTo(ref Utf8JsonReader reader, ReadOnlySpan<byte> name)
    {
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            return false;
        }

        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var isFound = reader.ValueTextEquals(name);
            reader.Read();
            if (isFound)
            {
                return true;
            }

            reader.Skip();
        }

        return false;
    }
}
