using Personalization.Features.Contracts;

namespace Personalization.Features.Domain.Declared;

/// <summary>Features that every item of the catalogue has: as the catalogue says now, so no state is kept.</summary>
internal static class BuiltInItemFeatures
{
    private static readonly string[] Names = ["item_price", "item_price_band", "item_stock", "item_is_sellable"];

    public static IReadOnlyList<string> All => Names;

    public static bool IsOne(string name) => Names.Contains(name, StringComparer.Ordinal);

    /// <summary>Nothing where the catalogue says nothing: of an item that only events have named, or whose stock is not counted.</summary>
    /// <param name="name">One of <see cref="All"/>.</param>
    /// <param name="item">Its number.</param>
    /// <param name="catalog">The catalogue.</param>
    /// <param name="edges">Of the price bands, ascending.</param>
    public static Scalar Read(string name, int item, ICatalog catalog, IReadOnlyList<double> edges) => name switch
    {
        "item_is_sellable" => Scalar.Of(catalog.IsSellable(item)),
        "item_price" => catalog[item]?.Price is { } price ? Scalar.Of((double)price) : default,
        "item_price_band" => catalog[item]?.Price is { } price ? Scalar.Of(BandOf((double)price, edges)) : default,
        _ => catalog[item]?.Stock is { } stock ? Scalar.Of(stock) : default,
    };

    /// <summary>0 below the first edge, 1 from there to below the second, and so on.</summary>
    public static int BandOf(double price, IReadOnlyList<double> edges) => edges.Count(edge => edge <= price);
}
