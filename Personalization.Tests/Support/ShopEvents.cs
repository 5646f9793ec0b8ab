using System.Text.Json;

namespace Personalization.Tests.Support;

/// <summary>Segment calls as a shop's pages send them.</summary>
internal static class ShopEvents
{
    public static object View(string anonymousId, string item, string? messageId = null, string? category = null) => new
    {
        type = "track",
        @event = "Product Viewed",
        anonymousId,
        messageId = messageId ?? $"{anonymousId}-{item}-viewed",
        properties = new { product_id = item, category },
    };

    public static object Order(string anonymousId, string orderId, params string[] items) => new
    {
        type = "track",
        @event = "Order Completed",
        anonymousId,
        messageId = orderId,
        properties = new { order_id = orderId, products = items.Select(item => new { product_id = item, price = 10, quantity = 1 }) },
    };

    public static object Identify(string userId, string anonymousId) =>
        new { type = "identify", userId, anonymousId, messageId = $"{userId}-{anonymousId}-identify" };

    public static object Batch(IEnumerable<object> events) => new { batch = events };

    public static IReadOnlyList<string> Ids(this JsonElement answer) =>
        [.. answer.GetProperty("items").EnumerateArray().Select(item => item.GetProperty("id").GetString()!)];
}
