using System.Text.Json;

namespace Personalization.Host.Demo.Catalog;

/// <summary>The catalogue as <c>PUT /v1/catalog/items</c> takes it.</summary>
internal static class DemoCatalogJson
{
    /// <summary>A JSON array of the items.</summary>
    public static byte[] Write(IEnumerable<DemoItem> items)
    {
        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream))
        {
            json.WriteStartArray();
            foreach (var item in items)
            {
                Write(json, item);
            }

            json.WriteEndArray();
        }

        return stream.ToArray();
    }

    private static void Write(Utf8JsonWriter json, DemoItem item)
    {
        json.WriteStartObject();
        json.WriteString("id", item.Id);
        json.WriteString("name", item.Name);
        json.WriteString("category", item.Category.Name);
        json.WriteString("brand", item.Brand);
        json.WriteNumber("price", item.Price);
        json.WriteNumber("stock", item.Stock);
        json.WriteString("url", item.Url);
        json.WriteStartObject("attributes");
        json.WriteString("department", item.Category.Department);
        json.WriteString("kind", item.Kind);
        json.WriteString("colour", item.Colour);
        json.WriteString("colourHex", item.ColourHex);
        json.WriteEndObject();
        json.WriteEndObject();
    }
}
