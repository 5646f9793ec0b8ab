using System.Text.Json;
using Personalization.Host.Demo.Catalog;

namespace Personalization.Host.Demo.Shoppers;

/// <summary>The track calls of the e-commerce taxonomy that the demo shop makes, one method each.</summary>
internal static class ShopperEvents
{
    public static SimulatedEvent ProductsSearched(ShopperEventWriter write, long nowMs, string query) =>
        write.Track(nowMs, "Products Searched", query, static (json, text) => json.WriteString("query", text.ToLowerInvariant()));

    public static SimulatedEvent ProductListViewed(ShopperEventWriter write, long nowMs, DemoCategory category) =>
        write.Track(nowMs, "Product List Viewed", category, static (json, shelf) =>
        {
            json.WriteString("list_id", shelf.Code.ToLowerInvariant());
            json.WriteString("category", shelf.Name);
        });

    public static SimulatedEvent ProductViewed(ShopperEventWriter write, long nowMs, DemoItem item) =>
        write.Track(nowMs, "Product Viewed", item, ShopperEventWriter.WriteProduct);

    public static SimulatedEvent ProductAdded(ShopperEventWriter write, long nowMs, CartLine line) =>
        write.Track(nowMs, "Product Added", line, WriteLine);

    public static SimulatedEvent ProductRemoved(ShopperEventWriter write, long nowMs, CartLine line) =>
        write.Track(nowMs, "Product Removed", line, WriteLine);

    public static SimulatedEvent CartViewed(ShopperEventWriter write, long nowMs, Cart cart) =>
        write.Track(nowMs, "Cart Viewed", cart, WriteProducts);

    public static SimulatedEvent CheckoutStarted(ShopperEventWriter write, long nowMs, Cart cart) =>
        write.Track(nowMs, "Checkout Started", cart, static (json, filled) =>
        {
            json.WriteNumber("value", filled.Value);
            json.WriteString("currency", "EUR");
            WriteProducts(json, filled);
        });

    public static SimulatedEvent OrderCompleted(ShopperEventWriter write, long nowMs, string orderId, Cart cart) =>
        write.Track(nowMs, "Order Completed", (orderId, cart), static (json, order) =>
        {
            var shipping = order.cart.Value < 50 ? 4.90m : 0;
            json.WriteString("order_id", order.orderId);
            json.WriteNumber("subtotal", order.cart.Value);
            json.WriteNumber("shipping", shipping);
            json.WriteNumber("revenue", order.cart.Value);
            json.WriteNumber("total", order.cart.Value + shipping);
            json.WriteString("currency", "EUR");
            WriteProducts(json, order.cart);
        });

    public static SimulatedEvent RecommendationViewed(ShopperEventWriter write, long nowMs, Slate slate) =>
        write.Track(nowMs, "Recommendation Viewed", slate, static (json, shown) =>
        {
            WriteDecision(json, shown);
            json.WriteStartArray("products");
            for (var i = 0; i < shown.Items.Count; i++)
            {
                json.WriteStartObject();
                json.WriteString("product_id", shown.Items[i].Id);
                json.WriteNumber("position", i + 1);
                json.WriteEndObject();
            }

            json.WriteEndArray();
        });

    public static SimulatedEvent RecommendationClicked(ShopperEventWriter write, long nowMs, Slate slate, DemoItem item) =>
        write.Track(nowMs, "Recommendation Clicked", (slate, item), static (json, click) =>
        {
            WriteDecision(json, click.slate);
            ShopperEventWriter.WriteProduct(json, click.item);
            json.WriteNumber("position", 1 + click.slate.Items.TakeWhile(shown => shown.Id != click.item.Id).Count());
        });

    private static void WriteDecision(Utf8JsonWriter json, Slate slate)
    {
        json.WriteString("decision_id", slate.DecisionId);
        json.WriteString("placement", slate.Placement);
    }

    private static void WriteLine(Utf8JsonWriter json, CartLine line)
    {
        ShopperEventWriter.WriteProduct(json, line.Item);
        json.WriteNumber("quantity", line.Quantity);
    }

    private static void WriteProducts(Utf8JsonWriter json, Cart cart)
    {
        json.WriteStartArray("products");
        foreach (var line in cart.Lines)
        {
            json.WriteStartObject();
            WriteLine(json, line);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }
}
