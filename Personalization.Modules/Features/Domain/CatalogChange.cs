using System.Text.Json.Serialization;
using Personalization.Features.Contracts;

namespace Personalization.Features.Domain;

/// <summary>What a catalogue change does.</summary>
internal enum CatalogChangeKind
{
    /// <summary>Puts the item in place of what was there.</summary>
    Put,

    /// <summary>Changes price or stock of a known item.</summary>
    Patch,

    /// <summary>Takes the item off sale for good; its number stays.</summary>
    Withdraw,
}

/// <summary>One change of one item, as it stands in the log.</summary>
internal sealed record CatalogChange(CatalogChangeKind Kind, CatalogItem Item)
{
    [JsonIgnore]
    public string Id => Item.Id;

    [JsonIgnore]
    public bool IsWithdrawal => Kind == CatalogChangeKind.Withdraw;

    /// <summary>The item after the change; null when there is nothing to change.</summary>
    public CatalogItem? ApplyTo(CatalogItem? before) => Kind switch
    {
        CatalogChangeKind.Put => Item,
        CatalogChangeKind.Patch => before is null ? null : before with { Price = Item.Price ?? before.Price, Stock = Item.Stock ?? before.Stock },
        _ => before ?? Item,
    };
}

/// <summary>An item as it stands in a checkpoint.</summary>
internal sealed record StoredItem(CatalogItem Item, bool IsWithdrawn);

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(CatalogChange[]))]
[JsonSerializable(typeof(StoredItem))]
[JsonSerializable(typeof(CatalogItem))]
internal sealed partial class CatalogJson : JsonSerializerContext;
