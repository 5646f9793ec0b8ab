using System.Text;
using System.Text.Json;
using Personalization.Features.Contracts;

namespace Personalization.Features.Endpoints;

/// <summary>Reads one item of an upload; every field that is wrong is named.</summary>
internal static class CatalogItemBody
{
    private const int MaxIdBytes = 512;
    private const int MaxTextLength = 1_000;
    private const int MaxAttributesLength = 8_192;

    /// <summary>The item, or null with one message a field in <paramref name="errors"/>.</summary>
    public static CatalogItem? Read(JsonElement body, List<CatalogError> errors, int index)
    {
        if (body.ValueKind != JsonValueKind.Object)
        {
            errors.Add(new CatalogError(index, "", "An item is a JSON object."));
            return null;
        }

        var before = errors.Count;
        var fields = new Fields(body, errors, index);
        var item = new CatalogItem
        {
            Id = fields.Id(),
            Name = fields.Text("name"),
            Category = fields.Text("category"),
            Brand = fields.Text("brand"),
            Price = fields.Price(),
            Stock = fields.Stock(),
            Url = fields.Url("url"),
            ImageUrl = fields.Url("imageUrl"),
            Attributes = fields.Attributes(),
        };
        return errors.Count == before ? item : null;
    }

    /// <summary>Price and stock of a patch; at least one must be there.</summary>
    public static CatalogItem? ReadPatch(string id, JsonElement body, List<CatalogError> errors)
    {
        if (body.ValueKind != JsonValueKind.Object)
        {
            errors.Add(new CatalogError(0, "", "A patch is a JSON object with price, stock or both."));
            return null;
        }

        var fields = new Fields(body, errors, 0);
        var patch = new CatalogItem { Id = id, Price = fields.Price(), Stock = fields.Stock() };
        if (errors.Count == 0 && patch.Price is null && patch.Stock is null)
        {
            errors.Add(new CatalogError(0, "", "Nothing to change: give price, stock or both."));
        }

        return errors.Count == 0 ? patch : null;
    }

    private readonly struct Fields(JsonElement body, List<CatalogError> errors, int index)
    {
        public string Id()
        {
            var id = Text("id");
            if (string.IsNullOrEmpty(id) || Encoding.UTF8.GetByteCount(id) > MaxIdBytes)
            {
                errors.Add(new CatalogError(index, "id", $"An id of 1 to {MaxIdBytes} bytes is required."));
            }

            return id ?? "";
        }

        public string? Text(string name)
        {
            if (!TryGet(name, out var value))
            {
                return null;
            }

            if (value.ValueKind == JsonValueKind.Number)
            {
                return value.GetRawText();
            }

            if (value.ValueKind == JsonValueKind.String && TryGetString(value, out var text) && text.Length <= MaxTextLength)
            {
                return text;
            }

            errors.Add(new CatalogError(index, name, $"Must be a text of at most {MaxTextLength} characters."));
            return null;
        }

        public decimal? Price()
        {
            if (!TryGet("price", out var value))
            {
                return null;
            }

            if (value.ValueKind == JsonValueKind.Number && value.TryGetDecimal(out var price) && price is >= 0 and <= 1_000_000_000)
            {
                return price;
            }

            errors.Add(new CatalogError(index, "price", "Must be a number from 0 to 1,000,000,000."));
            return null;
        }

        public int? Stock()
        {
            if (!TryGet("stock", out var value))
            {
                return null;
            }

            if (value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out var stock) && stock >= 0)
            {
                return stock;
            }

            errors.Add(new CatalogError(index, "stock", "Must be a whole number from 0."));
            return null;
        }

        public string? Url(string name)
        {
            var text = Text(name);
            if (text is null || (Uri.TryCreate(text, UriKind.Absolute, out var url) && url.Scheme is "http" or "https"))
            {
                return text;
            }

            errors.Add(new CatalogError(index, name, "Must be an absolute http or https address."));
            return null;
        }

        public string? Attributes()
        {
            if (!TryGet("attributes", out var value))
            {
                return null;
            }

            var text = value.GetRawText();
            if (value.ValueKind == JsonValueKind.Object && text.Length <= MaxAttributesLength)
            {
                return text;
            }

            errors.Add(new CatalogError(index, "attributes", $"Must be an object of at most {MaxAttributesLength} characters."));
            return null;
        }

        private bool TryGet(string name, out JsonElement value) =>
            body.TryGetProperty(name, out value) && value.ValueKind != JsonValueKind.Null;

        private static bool TryGetString(JsonElement value, out string text)
        {
            try
            {
                text = value.GetString()!;
                return true;
            }
            catch (InvalidOperationException)
            {
                // A lone surrogate: JSON by its grammar, but no text.
                text = "";
                return false;
            }
        }
    }
}

/// <summary>Why an item of an upload was refused.</summary>
/// <param name="Index">Its place in the upload, from 0.</param>
/// <param name="Field">The field, or empty for the item as a whole.</param>
/// <param name="Reason">What it should be.</param>
internal sealed record CatalogError(int Index, string Field, string Reason);
