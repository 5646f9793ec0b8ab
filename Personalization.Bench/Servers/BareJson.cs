using System.Text.Json.Serialization;

namespace Personalization.Bench.Servers;

internal sealed record BareBatch(BareEvent[] Batch, DateTimeOffset SentAt);

internal sealed record BareEvent(
    string Type, string MessageId, string AnonymousId, string? UserId, string Event, DateTimeOffset Timestamp, DateTimeOffset? SentAt,
    BareContext Context, BareProperties Properties);

internal sealed record BareContext(
    string Ip, string UserAgent, string Locale, string Timezone, BarePage Page, BareLibrary Library, BareConsent Consent);

internal sealed record BarePage(string Path, string Referrer, string Search, string Title, string Url);

internal sealed record BareLibrary(string Name, string Version);

internal sealed record BareConsent(Dictionary<string, bool> CategoryPreferences);

internal sealed record BareProperties(
    [property: JsonPropertyName("product_id")] string ProductId,
    string Sku, string Name, string Category, string Brand, decimal Price, int Quantity, string Currency, int Position, string Url);

/// <summary>What the reference server parses: all that the load's events carry.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(BareEvent))]
[JsonSerializable(typeof(BareBatch))]
internal sealed partial class BareJson : JsonSerializerContext;
