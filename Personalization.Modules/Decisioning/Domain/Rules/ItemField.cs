using System.Text.Json;

namespace Personalization.Decisioning.Domain.Rules;

/// <summary>What a catalogue says in one place.</summary>
/// <param name="Kind">Undefined when it says nothing.</param>
/// <param name="Number">Of a number.</param>
/// <param name="Text">Of a text.</param>
/// <param name="List">Of a list.</param>
internal readonly record struct ItemValue(JsonValueKind Kind, double Number = 0, string? Text = null, JsonElement List = default)
{
    public static ItemValue Of(string? text) => text is null ? default : new ItemValue(JsonValueKind.String, Text: text);

    public static ItemValue Of(decimal? number) => number is { } value ? new ItemValue(JsonValueKind.Number, (double)value) : default;

    public static ItemValue Of(JsonElement json) => json.ValueKind switch
    {
        JsonValueKind.String => new ItemValue(JsonValueKind.String, Text: json.GetString()),
        JsonValueKind.Number when json.TryGetDouble(out var number) => new ItemValue(JsonValueKind.Number, number),
        JsonValueKind.True or JsonValueKind.False => new ItemValue(json.ValueKind),
        JsonValueKind.Array => new ItemValue(JsonValueKind.Array, List: json),
        _ => default,
    };

    /// <summary>What two items have in common when it is the same; null for nothing.</summary>
    public string? Key => Kind switch
    {
        JsonValueKind.String => Text,
        JsonValueKind.Number => Number.ToString("R", System.Globalization.CultureInfo.InvariantCulture),
        JsonValueKind.True => "true",
        JsonValueKind.False => "false",
        JsonValueKind.Array when List.GetArrayLength() > 0 => Of(List[0]).Key,
        _ => null,
    };
}

/// <summary>A place of the catalogue: a column, or an attribute by its dotted path.</summary>
internal sealed class ItemField
{
    /// <summary>For people who ask.</summary>
    public const string Names = "id, name, category, brand, price, stock, or attributes.<path>";

    private const int MaxPath = 256;
    private const string AttributePrefix = "attributes.";
    private readonly Column _column;
    private readonly string[] _path;

    private ItemField(string name, Column column, string[] path) => (Name, _column, _path) = (name, column, path);

    private enum Column
    {
        Id,
        Name,
        Category,
        Brand,
        Price,
        Stock,
        Attribute,
    }

    public string Name { get; }

    public bool IsNumber => _column is Column.Price or Column.Stock;

    public bool IsText => _column < Column.Price;

    public static ItemField? Find(string name) => name switch
    {
        "id" => new(name, Column.Id, []),
        "name" => new(name, Column.Name, []),
        "category" => new(name, Column.Category, []),
        "brand" => new(name, Column.Brand, []),
        "price" => new(name, Column.Price, []),
        "stock" => new(name, Column.Stock, []),
        _ when name.StartsWith(AttributePrefix, StringComparison.Ordinal) && name.Length is > 11 and <= MaxPath => new(name, Column.Attribute, name[AttributePrefix.Length..].Split('.')),
        _ => null,
    };

    public ItemValue Of(in ItemFacts item) => _column switch
    {
        Column.Id => ItemValue.Of(item.Id),
        Column.Name => ItemValue.Of(item.Item?.Name),
        Column.Category => ItemValue.Of(item.Item?.Category),
        Column.Brand => ItemValue.Of(item.Item?.Brand),
        Column.Price => ItemValue.Of(item.Item?.Price),
        Column.Stock => ItemValue.Of((decimal?)item.Item?.Stock),
        _ => OfAttribute(item.Attributes),
    };

    private ItemValue OfAttribute(JsonElement at)
    {
        foreach (var name in _path)
        {
            if (at.ValueKind != JsonValueKind.Object || !at.TryGetProperty(name, out at))
            {
                return default;
            }
        }

        return ItemValue.Of(at);
    }
}
