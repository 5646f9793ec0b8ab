using System.Text.Json;

namespace Personalization.Tracking.Domain.Dialects;

/// <summary>
/// Snowplow's e-commerce events in the words of the Segment taxonomy. Source: the schemas of <c>com.snowplowanalytics.snowplow.ecommerce</c>,
/// one event whose <c>type</c> tells what happened and entities that tell to what, and the older events for a cart.
/// </summary>
internal static class SnowplowCommerce
{
    /// <summary>Members of a product entity and what they are called in a Segment product.</summary>
    private static readonly (string Snowplow, string Segment)[] ProductFields =
    [
        ("id", "product_id"), ("name", "name"), ("category", "category"), ("brand", "brand"), ("price", "price"), ("quantity", "quantity"),
        ("currency", "currency"), ("variant", "variant"), ("position", "position"), ("list_price", "list_price"), ("size", "size"),
        ("inventory_status", "inventory_status"), ("creative_id", "creative_id"),
    ];

    private static readonly (string Snowplow, string Segment)[] OldCartFields =
    [
        ("sku", "product_id"), ("name", "name"), ("category", "category"), ("unitPrice", "price"), ("quantity", "quantity"),
        ("currency", "currency"),
    ];

    private static readonly (string Snowplow, string Segment)[] TransactionFields =
    [
        ("transaction_id", "order_id"), ("revenue", "revenue"), ("tax", "tax"), ("shipping", "shipping"), ("currency", "currency"),
        ("discount_code", "coupon"), ("discount_amount", "discount"), ("payment_method", "payment_method"),
    ];

    private static readonly (string Snowplow, string Segment)[] RefundFields =
    [
        ("transaction_id", "order_id"), ("refund_amount", "total"), ("currency", "currency"), ("refund_reason", "reason"),
    ];

    private static readonly (string Snowplow, string Segment)[] PromotionFields =
    [
        ("id", "promotion_id"), ("name", "name"), ("creative_id", "creative"), ("position", "position"), ("slot", "slot"),
    ];

    /// <summary>What the event is called in the taxonomy; null when it is none of Snowplow's own e-commerce events.</summary>
    public static string? NameOf(IgluUri schema, JsonElement data) => schema switch
    {
        { Name: "snowplow_ecommerce_action" } => NameOfAction(data.Get("type").Text()),
        { Vendor: "com.snowplowanalytics.snowplow", Name: "add_to_cart" } => "Product Added",
        { Vendor: "com.snowplowanalytics.snowplow", Name: "remove_from_cart" } => "Product Removed",
        { Vendor: "com.snowplowanalytics.snowplow", Name: "site_search" } => "Products Searched",
        _ => null,
    };

    /// <summary>Writes the properties of an event that <see cref="NameOf"/> knows.</summary>
    public static void WriteProperties(Utf8JsonWriter writer, IgluUri schema, JsonElement data, SnowplowEntities entities)
    {
        writer.WriteStartObject();
        switch (schema.Name)
        {
            case "snowplow_ecommerce_action":
                WriteAction(writer, data, entities);
                break;
            case "site_search":
                writer.Text("query", string.Join(' ', Terms(data)));
                break;
            default:
                Write(writer, data, OldCartFields);
                break;
        }

        writer.WriteEndObject();
    }

    private static string NameOfAction(string? type) => type switch
    {
        "product_view" => "Product Viewed",
        "add_to_cart" => "Product Added",
        "remove_from_cart" => "Product Removed",
        "list_view" => "Product List Viewed",
        "list_click" => "Product Clicked",
        "promo_view" => "Promotion Viewed",
        "promo_click" => "Promotion Clicked",
        "checkout_step" => "Checkout Step Viewed",
        "transaction" => "Order Completed",
        "refund" => "Order Refunded",
        "trns_error" => "Transaction Failed",
        { } other => other,
        null => "snowplow_ecommerce_action",
    };

    private static void WriteAction(Utf8JsonWriter writer, JsonElement action, SnowplowEntities entities)
    {
        writer.Copy("list", action.Get("name"));
        writer.Copy("cart_id", entities.First("cart").Get("cart_id"));
        writer.Copy("step", entities.First("checkout_step").Get("step"));
        Write(writer, entities.First("transaction"), TransactionFields);
        Write(writer, entities.First("refund"), RefundFields);

        // One product of an event that is about products stands in the properties themselves, as in the taxonomy.
        var products = entities.Named("product").ToList();
        if (products.Count == 1 && action.Get("type").Text() is "product_view" or "add_to_cart" or "remove_from_cart" or "list_click")
        {
            Write(writer, products[0], ProductFields);
            return;
        }

        Write(writer, entities.First("promotion"), PromotionFields);
        if (products.Count > 0)
        {
            writer.WriteStartArray("products"u8);
            foreach (var product in products)
            {
                writer.WriteStartObject();
                Write(writer, product, ProductFields);
                writer.WriteEndObject();
            }

            writer.WriteEndArray();
        }
    }

    private static void Write(Utf8JsonWriter writer, JsonElement entity, (string Snowplow, string Segment)[] fields)
    {
        foreach (var (snowplow, segment) in fields)
        {
            writer.Copy(segment, entity.Get(snowplow));
        }
    }

    private static IEnumerable<string> Terms(JsonElement search) =>
        search.Get("terms") is { ValueKind: JsonValueKind.Array } terms
            ? terms.EnumerateArray().Select(term => term.Text()).OfType<string>()
            : [];
}
