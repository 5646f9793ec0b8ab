namespace Personalization.Features.Contracts;

/// <summary>
/// The items of the shop by dense number. A number is given once, in log order, when the catalogue or an event first
/// names the item, and never changes. Reads memory only; safe on any thread.
/// </summary>
public interface ICatalog
{
    /// <summary>Numbers given so far: items are 0 to Count - 1.</summary>
    int Count { get; }

    /// <summary>The item's number, or -1 when nobody has named it.</summary>
    int Find(ReadOnlySpan<char> itemId);

    /// <summary>The id as the shop writes it.</summary>
    string IdOf(int item);

    /// <summary>What the catalogue says; null when only events have named the item.</summary>
    CatalogItem? this[int item] { get; }

    /// <summary>False when the catalogue says that the item is out of stock or withdrawn. One memory read.</summary>
    bool IsSellable(int item);

    /// <summary>Items of a category that the catalogue lists, newest first, at most a thousand; for cold starts.</summary>
    ReadOnlySpan<int> ItemsOfCategory(int categoryTerm);

    /// <summary>Text of a category or brand number.</summary>
    string TermOf(int term);
}

/// <summary>One version of a catalogue item. Immutable: a change replaces it.</summary>
public sealed record CatalogItem
{
    public required string Id { get; init; }

    public string? Name { get; init; }

    public string? Category { get; init; }

    public string? Brand { get; init; }

    /// <summary>In the shop's currency; null when unknown.</summary>
    public decimal? Price { get; init; }

    /// <summary>Units that can be sold; null when the shop does not count them, which means sellable.</summary>
    public int? Stock { get; init; }

    public string? Url { get; init; }

    public string? ImageUrl { get; init; }

    /// <summary>Further attributes as a JSON object; null when there are none.</summary>
    public string? Attributes { get; init; }

    /// <summary>Term numbers; -1 when unknown.</summary>
    public int CategoryTerm { get; init; } = -1;

    public int BrandTerm { get; init; } = -1;
}
