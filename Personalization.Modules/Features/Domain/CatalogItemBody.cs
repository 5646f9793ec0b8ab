using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;
using Personalization.Features.Contracts;

namespace Personalization.Features.Domain;

/// <summary>Reads one item, or the patch of one; every field that is wrong is named. Unknown fields are ignored.</summary>
internal static class CatalogItemBody
{
    private const int MaxNameBytes = 1_024;
    private const int MaxUrlBytes = 2_048;
    private const int MaxAttributesBytes = 8_192;
    private const decimal MaxPrice = 1_000_000_000;

    /// <summary>The item, or null with at least one message in <paramref name="errors"/>.</summary>
    public static CatalogItem? Read(ReadOnlyMemory<byte> json, int index, List<CatalogError> errors)
    {
        var before = errors.Count;
        var item = Parse(json, index, errors, static (fields) => new CatalogItem
        {
            Id = fields.Id(),
            Name = fields.Text("name", MaxNameBytes),
            Category = fields.Text("category", NameDirectory.MaxBytes),
            Brand = fields.Text("brand", NameDirectory.MaxBytes),
            Price = fields.Price(),
            Stock = fields.Stock(),
            Url = fields.Url("url"),
            ImageUrl = fields.Url("imageUrl"),
            Attributes = fields.Attributes(),
        });
        return errors.Count == before ? item : null;
    }

    /// <summary>Price and stock; null means unknown from now on. At least one must be there.</summary>
    public static CatalogChange? ReadPatch(string id, ReadOnlyMemory<byte> json, List<CatalogError> errors)
    {
        var patch = Parse(json, 0, errors, fields => new CatalogChange(
            CatalogChangeKind.Patch,
            new CatalogItem { Id = id, Price = fields.Price(), Stock = fields.Stock() },
            (fields.Has("price") ? PatchedFields.Price : PatchedFields.None) | (fields.Has("stock") ? PatchedFields.Stock : PatchedFields.None)));
        if (patch?.Patched == PatchedFields.None)
        {
            errors.Add(new CatalogError(0, "", "Nothing to change: give price, stock or both."));
        }

        return errors.Count == 0 ? patch : null;
    }

    /// <summary>Whether an item may bear the id.</summary>
    public static bool IsId(string id) => id.Length > 0 && Encoding.UTF8.GetByteCount(id) <= NameDirectory.MaxBytes;

    private static T? Parse<T>(ReadOnlyMemory<byte> json, int index, List<CatalogError> errors, Func<Fields, T> read)
        where T : class
    {
        try
        {
            using var document = JsonDocument.Parse(json);
            if (document.RootElement.ValueKind == JsonValueKind.Object)
            {
                return read(new Fields(document.RootElement, errors, index));
            }

            errors.Add(new CatalogError(index, "", "Must be a JSON object."));
        }
        catch (JsonException error)
        {
            errors.Add(new CatalogError(index, "", $"Is not JSON from byte {error.BytePositionInLine} on."));
        }
        catch (InvalidOperationException)
        {
            // A lone surrogate in a name: JSON by its grammar, but no text.
            errors.Add(new CatalogError(index, "", "A field's name is not valid Unicode."));
        }

        return null;
    }

    private readonly struct Fields(JsonElement body, List<CatalogError> errors, int index)
    {
        public bool Has(string name) => body.TryGetProperty(name, out _);

        public string Id()
        {
            var before = errors.Count;
            var id = Text("id", NameDirectory.MaxBytes);
            if (id is null && errors.Count == before)
            {
                Refuse("id", "Is required.");
            }

            return id ?? "";
        }

        /// <summary>A number is taken as its text, since ids and model names are often sent as one. An empty text is none.</summary>
        public string? Text(string name, int maxBytes)
        {
            if (!TryGet(name, out var value))
            {
                return null;
            }

            if (value.ValueKind == JsonValueKind.Number)
            {
                return value.GetRawText();
            }

            if (value.ValueKind == JsonValueKind.String && TryGetString(value, out var text) && Encoding.UTF8.GetByteCount(text) <= maxBytes)
            {
                return text.Length == 0 ? null : text;
            }

            Refuse(name, $"Must be a text of at most {maxBytes} bytes.");
            return null;
        }

        public decimal? Price()
        {
            if (!TryGet("price", out var value))
            {
                return null;
            }

            if (value.ValueKind == JsonValueKind.Number && value.TryGetDecimal(out var price) && price is >= 0 and <= MaxPrice)
            {
                return price;
            }

            Refuse("price", "Must be a number from 0 to 1000000000.");
            return null;
        }

        public int? Stock()
        {
            if (!TryGet("stock", out var value))
            {
                return null;
            }

            if (value.ValueKind == JsonValueKind.Number && value.TryGetDecimal(out var stock) &&
                stock is >= 0 and <= int.MaxValue && decimal.IsInteger(stock))
            {
                return (int)stock;
            }

            Refuse("stock", "Must be a whole number from 0 to 2147483647.");
            return null;
        }

        public string? Url(string name)
        {
            var text = Text(name, MaxUrlBytes);
            if (text is null || (Uri.TryCreate(text, UriKind.Absolute, out var url) && url.Scheme is "http" or "https"))
            {
                return text;
            }

            Refuse(name, "Must be an absolute http or https address.");
            return null;
        }

        public string? Attributes()
        {
            if (!TryGet("attributes", out var value))
            {
                return null;
            }

            if (value.ValueKind == JsonValueKind.Object && JsonMarshal.GetRawUtf8Value(value).Length <= MaxAttributesBytes)
            {
                return value.GetRawText();
            }

            Refuse("attributes", $"Must be an object of at most {MaxAttributesBytes} bytes.");
            return null;
        }

        private void Refuse(string field, string reason) => errors.Add(new CatalogError(index, field, reason));

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
                // A lone surrogate again.
                text = "";
                return false;
            }
        }
    }
}

/// <summary>Why an item was refused.</summary>
/// <param name="Index">Its place in the body from 0: in the array, or its line.</param>
/// <param name="Field">The field, or empty for the item as a whole.</param>
/// <param name="Reason">What it should be.</param>
internal sealed record CatalogError(int Index, string Field, string Reason);
