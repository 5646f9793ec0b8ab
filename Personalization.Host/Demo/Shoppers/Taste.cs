using Personalization.Host.Demo.Catalog;

namespace Personalization.Host.Demo.Shoppers;

/// <summary>
/// What somebody likes: a few categories (favourites first), a few brands, a level of price (0 budget, 1 middle, 2 premium).
/// This is what the models have to find out.
/// </summary>
internal sealed record Taste(IReadOnlyList<DemoCategory> Categories, IReadOnlySet<string> Brands, int Band)
{
    private const double OutsideTheUsual = 0.08;

    public static Taste Draw(Random random)
    {
        var favourite = random.Pick(DemoAssortment.Categories);
        var companion = random.Pick(favourite.GoesWith);
        var third = random.Pick(DemoAssortment.Categories);
        DemoCategory[] categories = [favourite, DemoAssortment.Categories.First(category => category.Name == companion), third];
        var brands = categories.Select(category => random.Pick(category.Brands)).ToHashSet();
        return new Taste(categories, brands, random.PickWeighted([0.35, 0.4, 0.25]));
    }

    /// <summary>What the shopper comes for this time.</summary>
    public DemoCategory ChooseCategory(Random random) =>
        random.Happens(OutsideTheUsual)
            ? random.Pick(DemoAssortment.Categories)
            : Categories[random.PickWeighted([0.6, 0.25, 0.15])];

    /// <summary>Null when everything there is sold out.</summary>
    public DemoItem? Choose(Random random, IReadOnlyList<DemoItem> from)
    {
        Span<double> weights = from.Count <= 512 ? stackalloc double[from.Count] : new double[from.Count];
        for (var i = 0; i < weights.Length; i++)
        {
            weights[i] = Appeal(from[i]);
        }

        var chosen = from.Count == 0 ? null : from[random.PickWeighted(weights)];
        return chosen?.Stock > 0 ? chosen : null;
    }

    /// <summary>How well something suits that was not looked for, 0 to 1: what they came for or usually like, at their price, of their brands; what everybody
    /// wants they want a little more too.</summary>
    public double Suits(DemoItem item, DemoCategory intent)
    {
        if (item.Stock == 0)
        {
            return 0;
        }

        var category = item.Category == intent || item.Category == Categories[0] ? 1 : Categories.Contains(item.Category) ? 0.6 : 0.15;
        return category * Math.Pow(0.5, Math.Abs(item.Band - Band)) * (Brands.Contains(item.Brand) ? 1 : 0.6) * Math.Pow(item.Popularity, 0.25);
    }

    /// <summary>Relative; 0 when sold out.</summary>
    public double Appeal(DemoItem item)
    {
        if (item.Stock == 0)
        {
            return 0;
        }

        var price = Math.Pow(0.25, Math.Abs(item.Band - Band));
        return item.Popularity * price * (Brands.Contains(item.Brand) ? 4 : 1);
    }
}
