using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Personalization.Features.Contracts;
using Personalization.Features.Domain;

namespace Personalization.Features.Endpoints;

/// <summary><c>GET /v1/catalog/items/{id}</c> and <c>GET /v1/catalog/items?after=&amp;limit=</c>: the catalogue as it is now, from memory.</summary>
internal sealed class ReadItemsEndpoint(Catalog catalog)
{
    private const int DefaultLimit = 100;
    private const int MaxLimit = 1_000;

    /// <summary>Numbers looked at for one page: most may be of items that only events have named.</summary>
    private const int MaxSteps = 100_000;

    /// <summary>200, or 404 for an item that the catalogue does not list.</summary>
    public async Task GetAsync(HttpContext context)
    {
        var id = ItemRoute.IdOf(context);
        var item = catalog.Find(id);
        if (item < 0 || Listed(item) is not { } details)
        {
            await CatalogProblems.UnknownItem.WriteAsync(context, $"There is no item '{id}'.");
            return;
        }

        await WriteAsync(context, json => Write(json, details, catalog.IsSellable(item)));
    }

    /// <summary>
    /// Items in order of their arrival. <c>next</c> is the <c>after</c> of the next page and absent on the last one; a page may be short before
    /// that. 404 when nobody knows the item of <c>after</c>.
    /// </summary>
    public async Task ListAsync(HttpContext context)
    {
        var after = context.Request.Query["after"].ToString();
        var limit = int.TryParse(context.Request.Query["limit"], out var wanted) ? Math.Clamp(wanted, 1, MaxLimit) : DefaultLimit;
        var last = after.Length == 0 ? -1 : catalog.Find(after);
        if (after.Length > 0 && last < 0)
        {
            await CatalogProblems.UnknownItem.WriteAsync(context, $"There is no item '{after}'.");
            return;
        }

        await WriteAsync(context, json => WritePage(json, last + 1, limit));
    }

    private void WritePage(Utf8JsonWriter json, int first, int limit)
    {
        var count = catalog.Count;
        var end = (int)Math.Min(count, (long)first + MaxSteps);
        var item = first;
        json.WriteStartObject();
        json.WriteStartArray("items");
        for (; item < end && limit > 0; item++)
        {
            if (Listed(item) is { } details)
            {
                Write(json, details, catalog.IsSellable(item));
                limit--;
            }
        }

        json.WriteEndArray();
        if (item < count && item > 0)
        {
            json.WriteString("next", catalog.IdOf(item - 1));
        }

        json.WriteEndObject();
    }

    private CatalogItem? Listed(int item) => catalog.IsWithdrawn(item) ? null : catalog[item];

    /// <summary>As it was put, and whether it can be sold; what is unknown is left out.</summary>
    private static void Write(Utf8JsonWriter json, CatalogItem item, bool isSellable)
    {
        json.WriteStartObject();
        json.WriteString("id", item.Id);
        WriteText(json, "name", item.Name);
        WriteText(json, "category", item.Category);
        WriteText(json, "brand", item.Brand);
        if (item.Price is { } price)
        {
            json.WriteNumber("price", price);
        }

        if (item.Stock is { } stock)
        {
            json.WriteNumber("stock", stock);
        }

        WriteText(json, "url", item.Url);
        WriteText(json, "imageUrl", item.ImageUrl);
        if (item.Attributes is { } attributes)
        {
            json.WritePropertyName("attributes");
            json.WriteRawValue(attributes);
        }

        json.WriteBoolean("isSellable", isSellable);
        json.WriteEndObject();
    }

    private static void WriteText(Utf8JsonWriter json, string name, string? text)
    {
        if (text is not null)
        {
            json.WriteString(name, text);
        }
    }

    private static async Task WriteAsync(HttpContext context, Action<Utf8JsonWriter> write)
    {
        context.Response.ContentType = "application/json";
        await using var json = new Utf8JsonWriter(context.Response.BodyWriter);
        write(json);
        await json.FlushAsync(context.RequestAborted);
    }
}
