namespace Personalization.Host.Demo.Catalog;

/// <summary>
/// One product of the demo shop. Index is its place in <see cref="DemoCatalog.Items"/>; Kind is what it is within its category,
/// for example <c>Trail Running Shoe</c>; Price is in EUR; Band is 0 budget, 1 middle, 2 premium, relative to its category;
/// Stock 0 is sold out; ColourHex stands in for a picture; Popularity is relative demand, and a few items have much of it.
/// </summary>
internal sealed record DemoItem(
    int Index,
    string Id,
    string Name,
    DemoCategory Category,
    string Kind,
    string Brand,
    decimal Price,
    int Band,
    int Stock,
    string Colour,
    string ColourHex,
    double Popularity)
{
    public string Url => $"https://demo-shop.example/p/{Id.ToLowerInvariant()}";
}
