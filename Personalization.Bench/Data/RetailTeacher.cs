using System.Globalization;
using System.Text.Json;
using Personalization.Bench.Servers;

namespace Personalization.Bench.Data;

/// <summary>Feeds the orders of the training part through the front door, in the order of time.</summary>
internal static class RetailTeacher
{
    private const int BatchSize = 25;

    /// <summary>Returns when all of it has passed every stage.</summary>
    public static async Task TeachAsync(ControlClient server, RetailSet set, CancellationToken cancellationToken)
    {
        foreach (var orders in set.Train.Chunk(BatchSize))
        {
            await server.PostEventsAsync(ToBatch(orders), cancellationToken);
        }

        await server.WaitUntilAppliedAsync(cancellationToken);
    }

    private static byte[] ToBatch(RetailOrder[] orders)
    {
        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream))
        {
            json.WriteStartObject();
            json.WriteStartArray("batch");
            foreach (var order in orders)
            {
                Write(json, order);
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }

        return stream.ToArray();
    }

    /// <summary>Consent is the product's default of these measurements, which is granted.</summary>
    private static void Write(Utf8JsonWriter json, RetailOrder order)
    {
        json.WriteStartObject();
        json.WriteString("type", "track");
        json.WriteString("event", "Order Completed");
        json.WriteString("messageId", $"retail-{order.Id}-{order.Customer}");
        json.WriteString("userId", order.Customer);
        json.WriteString("timestamp", DateTimeOffset.FromUnixTimeMilliseconds(order.TimeMs).ToString("yyyy-MM-ddTHH:mm:ss.fffZ", CultureInfo.InvariantCulture));
        json.WriteStartObject("properties");
        json.WriteString("order_id", order.Id);
        json.WriteStartArray("products");
        foreach (var item in order.Items)
        {
            json.WriteStartObject();
            json.WriteString("product_id", item);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
        json.WriteEndObject();
    }
}
