using System.Text.Json.Serialization;

namespace Personalization.Bench.Servers;

/// <summary>Plain setters: constructors with parameters parse about a third slower, and a slow reference would flatter the product.</summary>
internal sealed class BareBatch
{
    public BareEvent[]? Batch { get; set; }

    public DateTimeOffset SentAt { get; set; }
}

internal sealed class BareEvent
{
    public string? Type { get; set; }

    public string? MessageId { get; set; }

    public string? AnonymousId { get; set; }

    public string? UserId { get; set; }

    public string? Event { get; set; }

    public DateTimeOffset Timestamp { get; set; }

    public DateTimeOffset? SentAt { get; set; }

    public BareContext? Context { get; set; }

    public BareProperties? Properties { get; set; }
}

internal sealed class BareContext
{
    public string? Ip { get; set; }

    public string? UserAgent { get; set; }

    public string? Locale { get; set; }

    public string? Timezone { get; set; }

    public BarePage? Page { get; set; }

    public BareLibrary? Library { get; set; }

    public BareConsent? Consent { get; set; }
}

internal sealed class BarePage
{
    public string? Path { get; set; }

    public string? Referrer { get; set; }

    public string? Search { get; set; }

    public string? Title { get; set; }

    public string? Url { get; set; }
}

internal sealed class BareLibrary
{
    public string? Name { get; set; }

    public string? Version { get; set; }
}

internal sealed class BareConsent
{
    public Dictionary<string, bool>? CategoryPreferences { get; set; }
}

internal sealed class BareProperties
{
    [JsonPropertyName("product_id")]
    public string? ProductId { get; set; }

    public string? Sku { get; set; }

    public string? Name { get; set; }

    public string? Category { get; set; }

    public string? Brand { get; set; }

    public double Price { get; set; }

    public int Quantity { get; set; }

    public string? Currency { get; set; }

    public int Position { get; set; }

    public string? Url { get; set; }
}

/// <summary>What the reference server parses: all that the load's events carry.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(BareEvent))]
[JsonSerializable(typeof(BareBatch))]
internal sealed partial class BareJson : JsonSerializerContext;
