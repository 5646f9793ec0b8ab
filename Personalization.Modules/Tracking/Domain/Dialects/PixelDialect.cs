using System.Buffers;
using System.Buffers.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.WebUtilities;

namespace Personalization.Tracking.Domain.Dialects;

/// <summary>
/// One event in the query of an image, for mails and pages without scripts. Each parameter is a field, <c>properties.product_id=1</c> one
/// further down (RudderStack); or <c>data</c> is the whole event as base64 (Segment).
/// </summary>
/// <param name="maxEventBytes">An event of more is not looked into.</param>
internal sealed class PixelDialect(int maxEventBytes) : IDialect
{
    private const int MaxDepth = 8;

    public Translation Translate(in DialectRequest request, IBufferWriter<byte> output)
    {
        if (request.Query.Length > maxEventBytes)
        {
            return new Translation(TranslationStatus.OtherForm, "The query is longer than an event may be.");
        }

        var pixel = new JsonObject();
        foreach (var pair in new QueryStringEnumerable(request.Query))
        {
            var name = pair.DecodeName().ToString();
            var value = pair.DecodeValue().ToString();
            if (name == "data")
            {
                return TranslateData(value, output);
            }

            if (name.Length > 0)
            {
                Set(pixel, name.Split('.', MaxDepth), value);
            }
        }

        using var writer = DialectJson.Writer(output);
        pixel.WriteTo(writer);
        writer.Flush();
        return new Translation(TranslationStatus.Translated);
    }

    private static Translation TranslateData(string data, IBufferWriter<byte> output)
    {
        var encoded = data.Replace('+', '-').Replace('/', '_').Replace(' ', '-').TrimEnd('=');
        if (!Base64Url.IsValid(encoded))
        {
            return new Translation(TranslationStatus.OtherForm, "'data' is not base64.");
        }

        output.Write(Base64Url.DecodeFromChars(encoded));
        return new Translation(TranslationStatus.Translated);
    }

    /// <summary>Of a parameter that comes twice, or once as a value and once as an object, the last counts.</summary>
    private static void Set(JsonObject pixel, string[] path, string value)
    {
        foreach (var step in path.AsSpan()[..^1])
        {
            if (pixel[step] is not JsonObject next)
            {
                next = [];
                pixel[step] = next;
            }

            pixel = next;
        }

        pixel[path[^1]] = ObjectIn(value) ?? JsonValue.Create(value);
    }

    /// <summary>An object may be written out as JSON.</summary>
    private static JsonNode? ObjectIn(string value)
    {
        if (!value.StartsWith('{'))
        {
            return null;
        }

        try
        {
            var parsed = JsonNode.Parse(value, documentOptions: new JsonDocumentOptions { MaxDepth = MaxDepth });
            ReadNames(parsed);
            return parsed;
        }
        catch (Exception error) when (error is JsonException or ArgumentException or InvalidOperationException)
        {
            // It only begins like JSON, or has a name twice or one that is no text: a text then.
            return null;
        }
    }

    /// <summary>Names are read when they are first asked for, and what is wrong with them comes out only then.</summary>
    private static void ReadNames(JsonNode? node)
    {
        if (node is JsonObject members)
        {
            foreach (var (_, value) in members)
            {
                ReadNames(value);
            }
        }
    }
}
