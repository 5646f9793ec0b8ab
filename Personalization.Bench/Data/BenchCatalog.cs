using System.Text.Json;
using Personalization.Bench.Events;
using Personalization.Bench.Servers;

namespace Personalization.Bench.Data;

/// <summary>Puts the made-up items into the server's catalogue, so that events meet known items as they do in a shop.</summary>
internal static class BenchCatalog
{
    private const int BatchSize = 2_000;

    public static async Task PutAsync(ControlClient server, int items, CancellationToken cancellationToken)
    {
        for (var start = 0; start < items; start += BatchSize)
        {
            await server.PutItemsAsync(ToBody(start, Math.Min(BatchSize, items - start)), cancellationToken);
        }

        await server.WaitUntilAppliedAsync(cancellationToken);
    }

    private static byte[] ToBody(int first, int count)
    {
        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream))
        {
            json.WriteStartArray();
            for (var item = first; item < first + count; item++)
            {
                json.WriteStartObject();
                json.WriteString("id", Names.Item(item));
                json.WriteString("name", $"Item {item}");
                json.WriteString("category", $"Category {item % 16}");
                json.WriteString("brand", $"Brand {item % 12}");
                json.WriteNumber("price", 5 + (item % 200));
                json.WriteNumber("stock", 1_000);
                json.WriteEndObject();
            }

            json.WriteEndArray();
        }

        return stream.ToArray();
    }
}
