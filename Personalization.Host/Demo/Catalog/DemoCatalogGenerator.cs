namespace Personalization.Host.Demo.Catalog;

/// <summary>
/// Fills the shelves: every brand of a category makes some models of every kind, in one to three colours. A brand has a price
/// level, a kind has one, and the price lies between the category's ends on a logarithmic scale, as real assortments do.
/// </summary>
internal static class DemoCatalogGenerator
{
    private const int ModelsPerBrandAndKind = 3;
    private const double SoldOut = 0.03;
    private const double AlmostSoldOut = 0.07;

    public static List<DemoItem> Generate(Random random)
    {
        var items = new List<DemoItem>(4_000);
        foreach (var category in DemoAssortment.Categories)
        {
            Fill(category, items, random);
        }

        return items;
    }

    private static void Fill(DemoCategory category, List<DemoItem> items, Random random)
    {
        var first = items.Count;
        var kindLevels = category.Kinds.Select(_ => random.NextDouble()).ToArray();
        foreach (var brand in category.Brands)
        {
            var brandLevel = random.NextDouble();
            var models = DemoAssortment.Models.ToArray();
            random.Shuffle(models);
            var next = 0;
            for (var kind = 0; kind < category.Kinds.Count; kind++)
            {
                for (var i = 0; i < ModelsPerBrandAndKind; i++)
                {
                    var level = (0.4 * brandLevel) + (0.35 * kindLevels[kind]) + (0.25 * random.NextDouble());
                    AddVariants(category, category.Kinds[kind], brand, models[next++], level, first, items, random);
                }
            }
        }
    }

    private static void AddVariants(
        DemoCategory category, string kind, string brand, string model, double level, int first, List<DemoItem> items, Random random)
    {
        var trait = random.Pick(category.Traits);
        var price = PricePoint(category, level);
        var band = level < 0.4 ? 0 : level < 0.65 ? 1 : 2;
        var colours = DemoAssortment.Colours.ToArray();
        random.Shuffle(colours);
        var comesInColours = category.Department is not "Care" && category.Code is not "PUZ";
        var variants = comesInColours ? 1 + random.PickWeighted([0.6, 0.3, 0.1]) : 1;
        var words = trait.Length == 0 ? $"{brand} {model} {kind}" : $"{brand} {model} {trait} {kind}";
        for (var i = 0; i < variants; i++)
        {
            items.Add(new DemoItem(
                items.Count,
                $"{category.Code}-{items.Count - first + 1:0000}",
                comesInColours ? $"{words}, {colours[i].Name}" : words,
                category,
                kind,
                brand,
                price,
                band,
                Stock(random),
                colours[i].Name,
                colours[i].Hex,
                Popularity: 1 / Math.Pow(1 + (60 * random.NextDouble()), 0.9)));
        }
    }

    /// <summary>19.90, 64.95, 149: the endings that shops use.</summary>
    private static decimal PricePoint(DemoCategory category, double level)
    {
        var raw = category.Lowest * (decimal)Math.Pow((double)(category.Highest / category.Lowest), level);
        var price = raw switch
        {
            < 20 => Math.Floor(raw) + 0.95m,
            < 100 => Math.Floor(raw) + 0.90m,
            _ => (Math.Round(raw / 10) * 10) - 1,
        };
        return Math.Clamp(price, category.Lowest, category.Highest);
    }

    private static int Stock(Random random) => random.NextDouble() switch
    {
        < SoldOut => 0,
        < SoldOut + AlmostSoldOut => random.Next(1, 5),
        _ => random.Next(5, 250),
    };
}
