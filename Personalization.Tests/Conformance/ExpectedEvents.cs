using System.Buffers.Text;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.WebUtilities;

namespace Personalization.Tests.Conformance;

/// <summary>An event that a recorded request must leave in the log, and how long the client held it back by its own clock.</summary>
internal sealed record ExpectedEvent(NormalisedEvent Event, long HeldBackMs);

/// <summary>
/// What a recorded request says, read here a second time and independently of the product: from the recording's own JSON, with the
/// field names of each protocol's documentation.
/// </summary>
internal static class ExpectedEvents
{
    public static IEnumerable<ExpectedEvent> Of(RecordedRequest request) => request switch
    {
        { Method: "OPTIONS" } => [],
        { Path: "/i" } => [SnowplowQuery(request.Url)],
        { Path: "/com.snowplowanalytics.snowplow/tp2" } => request.Json.GetProperty("data").EnumerateArray().Select(Snowplow),
        { Path: "/e/" or "/batch/" } => request.Json.GetProperty("batch").EnumerateArray().Select(sent => PostHog(sent, request.Json)),
        { Method: "POST", Path: not "/flags/" } => Segment(request),
        _ => [],
    };

    private static IEnumerable<ExpectedEvent> Segment(RecordedRequest request)
    {
        using var sent = request.Json.TryGetProperty("batch", out var kept) && kept.ValueKind == JsonValueKind.String
            ? JsonDocument.Parse(request.Body)
            : JsonDocument.Parse(request.Json.GetRawText());
        var root = sent.RootElement.Clone();
        return root.TryGetProperty("batch", out var batch)
            ? batch.EnumerateArray().Select(one => SegmentEvent(one, root)).ToList()
            : [SegmentEvent(root, root)];
    }

    private static ExpectedEvent SegmentEvent(JsonElement sent, JsonElement root)
    {
        var type = Text(sent, "type");
        var name = type == "track" ? Text(sent, "event") : Text(sent, "name");
        var original = Time(Text(sent, "originalTimestamp")) ?? Time(Text(sent, "timestamp"));
        var sentAt = Time(Text(sent, "sentAt")) ?? Time(Text(root, "sentAt"));
        return new ExpectedEvent(
            new NormalisedEvent(
                Pascal(type),
                name,
                type == "track" ? Kind(name) : "Other",
                Text(sent, "messageId"),
                Text(sent, "userId"),
                Text(sent, "anonymousId"),
                Text(Member(sent, "context"), "sessionId"),
                SegmentProducts(Member(sent, "properties"))),
            sentAt is null || original is null ? 0 : sentAt.Value - original.Value);
    }

    private static string SegmentProducts(JsonElement properties)
    {
        var products = Member(properties, "products") is { ValueKind: JsonValueKind.Array } list ? list.EnumerateArray().ToList() : [properties];
        return string.Join(' ', products.Where(product => Id(product).Length > 0).Select(Product));
    }

    private static string Product(JsonElement product) =>
        $"{Id(product)}x{(Text(product, "quantity") is { Length: > 0 } quantity ? quantity : "1")}@" +
        (Text(product, "price") is { Length: > 0 } price ? price : "NaN");

    private static string Id(JsonElement product) => Text(product, "product_id") is { Length: > 0 } id ? id : Text(product, "sku");

    private static ExpectedEvent SnowplowQuery(string url)
    {
        var fields = QueryHelpers.ParseQuery(url[url.IndexOf('?', StringComparison.Ordinal)..])
            .ToDictionary(pair => pair.Key, pair => pair.Value.ToString(), StringComparer.Ordinal);
        return Snowplow(JsonSerializer.SerializeToElement(fields));
    }

    private static ExpectedEvent Snowplow(JsonElement sent)
    {
        var contexts = Inner(sent, "co", "cx");
        var (type, name, kind, products) = Text(sent, "e") switch
        {
            "pv" => ("Page", Text(sent, "page"), "Other", ""),
            "se" => ("Track", Text(sent, "se_ac"), "Other", ""),
            _ => ("Track", "Product Added", "ProductAdded", "P-1x1@9.99"),
        };

        // All recorded self-describing events are this one.
        Assume(type != "Track" || name != "Product Added" || Inner(sent, "ue_pr", "ue_px").GetRawText().Contains("add_to_cart", StringComparison.Ordinal));
        var page = contexts.ValueKind == JsonValueKind.Undefined ? default : Entity(contexts, "/web_page/");
        var anonymousId = Text(sent, "duid") is { Length: > 0 } device ? device
            : Text(page, "id") is { Length: > 0 } pageView ? "pageview:" + pageView
            : "event:" + Text(sent, "eid");
        return new ExpectedEvent(
            new NormalisedEvent(type, name, kind, Text(sent, "eid"), Text(sent, "uid"), anonymousId, Text(sent, "sid"), products),
            Number(sent, "stm") - Number(sent, "dtm"));
    }

    private static ExpectedEvent PostHog(JsonElement sent, JsonElement root)
    {
        var properties = sent.GetProperty("properties");
        var sentName = Text(sent, "event");
        var (type, name) = sentName switch
        {
            "$pageview" => ("Page", Text(properties, "title")),
            "$identify" => ("Identify", ""),
            "$create_alias" => ("Alias", ""),
            "$groupidentify" => ("Group", ""),
            _ => ("Track", sentName),
        };
        var distinct = Text(sent, "distinct_id") is { Length: > 0 } own ? own : Text(properties, "distinct_id");
        var device = Text(properties, "$device_id");
        var isNobody = distinct == device || distinct.StartsWith('$');
        return new ExpectedEvent(
            new NormalisedEvent(
                type,
                name,
                type == "Track" ? Kind(name) : "Other",
                Text(sent, "uuid"),
                isNobody ? "" : distinct,
                isNobody ? distinct : device,
                Text(properties, "$session_id"),
                name == "Product Viewed" ? "P-1x1@NaN" : ""),
            Time(Text(root, "sent_at"))!.Value - Time(Text(sent, "timestamp"))!.Value);
    }

    private static JsonElement Inner(JsonElement sent, string plain, string base64) => (Text(sent, plain), Text(sent, base64)) switch
    {
        ({ Length: > 0 } text, _) => JsonElement.Parse(text),
        (_, { Length: > 0 } encoded) => JsonElement.Parse(Encoding.UTF8.GetString(Base64Url.DecodeFromChars(encoded))),
        _ => default,
    };

    private static JsonElement Entity(JsonElement contexts, string schema) =>
        contexts.GetProperty("data").EnumerateArray()
            .FirstOrDefault(entity => Text(entity, "schema").Contains(schema, StringComparison.Ordinal)) is { ValueKind: JsonValueKind.Object } found
            ? found.GetProperty("data")
            : default;

    private static string Kind(string name) =>
        name is "Product Viewed" or "Product Added" or "Order Completed" ? name.Replace(" ", "", StringComparison.Ordinal) : "Other";

    private static string Pascal(string type) => char.ToUpperInvariant(type[0]) + type[1..];

    private static JsonElement Member(JsonElement json, string name) =>
        json.ValueKind == JsonValueKind.Object && json.TryGetProperty(name, out var value) ? value : default;

    private static string Text(JsonElement json, string name) => Member(json, name) switch
    {
        { ValueKind: JsonValueKind.String } text => text.GetString()!,
        { ValueKind: JsonValueKind.Number } number => number.GetRawText(),
        _ => "",
    };

    private static long Number(JsonElement json, string name) => long.Parse(Text(json, name), CultureInfo.InvariantCulture);

    private static long? Time(string text) =>
        text.Length == 0 ? null : DateTimeOffset.Parse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal).ToUnixTimeMilliseconds();

    private static void Assume(bool isSo)
    {
        if (!isSo)
        {
            throw new InvalidOperationException("The recordings have an event that this test does not know.");
        }
    }
}
