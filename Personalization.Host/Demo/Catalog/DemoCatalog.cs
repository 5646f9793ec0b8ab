namespace Personalization.Host.Demo.Catalog;

/// <summary>The demo shop's products, a pure function of the seed. Immutable.</summary>
internal sealed class DemoCatalog
{
    private const int SimilarItems = 10;
    private const int Companions = 3;

    private readonly Dictionary<string, DemoItem> _byId;
    private readonly Dictionary<string, DemoItem[]> _byCategory;
    private readonly DemoItem[][] _similar;
    private readonly DemoItem[][] _companions;

    private DemoCatalog(int seed, List<DemoItem> items)
    {
        Seed = seed;
        Items = items;
        _byId = items.ToDictionary(item => item.Id);
        _byCategory = items.GroupBy(item => item.Category.Name).ToDictionary(group => group.Key, group => group.ToArray());
        _similar = FindSimilar(items);
        _companions = ChooseCompanions(DemoSeed.Random(seed, 2));
    }

    public int Seed { get; }

    public IReadOnlyList<DemoItem> Items { get; }

    public static DemoCatalog Create(int seed) => new(seed, DemoCatalogGenerator.Generate(DemoSeed.Random(seed, 1)));

    public DemoItem? Find(string id) => _byId.GetValueOrDefault(id);

    public IReadOnlyList<DemoItem> Of(DemoCategory category) => _byCategory[category.Name];

    /// <summary>The same kind of thing, nearest first by brand and price: what a shopper compares it with.</summary>
    public IReadOnlyList<DemoItem> SimilarTo(DemoItem item) => _similar[item.Index];

    /// <summary>The few items that are typically bought along: few, so that the models can learn them from a short history.</summary>
    public IReadOnlyList<DemoItem> CompanionsOf(DemoItem item) => _companions[item.Index];

    private static DemoItem[][] FindSimilar(List<DemoItem> items)
    {
        var similar = new DemoItem[items.Count][];
        foreach (var shelf in items.GroupBy(item => (item.Category.Name, item.Kind)))
        {
            foreach (var item in shelf)
            {
                similar[item.Index] = [.. shelf.Where(other => other != item).OrderBy(other => Distance(item, other)).Take(SimilarItems)];
            }
        }

        return similar;
    }

    /// <summary>A step of price by e is as far as three other brands.</summary>
    private static double Distance(DemoItem one, DemoItem other) =>
        Math.Abs(Math.Log((double)one.Price / (double)other.Price)) + (one.Brand == other.Brand ? 0 : 0.33);

    private DemoItem[][] ChooseCompanions(Random random)
    {
        var companions = new DemoItem[Items.Count][];
        var byName = DemoAssortment.Categories.ToDictionary(category => category.Name);
        foreach (var item in Items)
        {
            companions[item.Index] = new DemoItem[Companions];
            for (var i = 0; i < Companions; i++)
            {
                var goesWith = item.Category.GoesWith;
                var shelf = Of(byName[goesWith[i % goesWith.Count]]);
                companions[item.Index][i] = shelf[random.PickWeighted(Weigh(shelf, item.Band))];
            }
        }

        return companions;
    }

    private static double[] Weigh(IReadOnlyList<DemoItem> shelf, int band) =>
        [.. shelf.Select(item => item.Stock == 0 ? 0 : item.Popularity * (item.Band == band ? 1 : 0.1))];
}
