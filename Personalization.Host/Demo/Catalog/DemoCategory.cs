namespace Personalization.Host.Demo.Catalog;

/// <summary>
/// A shelf of the demo shop: what stands there, who makes it and what it costs. Code is the three letters that open the item
/// ids, Lowest and Highest are prices in EUR, and GoesWith names the categories whose items are bought along.
/// </summary>
internal sealed record DemoCategory(
    string Department,
    string Name,
    string Code,
    decimal Lowest,
    decimal Highest,
    IReadOnlyList<string> Brands,
    IReadOnlyList<string> Kinds,
    IReadOnlyList<string> Traits,
    IReadOnlyList<string> GoesWith);
