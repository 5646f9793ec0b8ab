using NUnit.Framework;
using Personalization.Decisioning.Contracts;
using Personalization.Decisioning.Domain;
using Personalization.Decisioning.Domain.Models.Content;
using Personalization.Features.Contracts;

namespace Personalization.Tests.Decisioning.Models;

public sealed class ContentModelTests
{
    [Test]
    public void What_is_described_alike_comes_first_and_rare_words_count_more()
    {
        var model = Build(
            Item("red cotton shirt"), Item("blue cotton shirt"), Item("green cotton trousers"), Item("titanium camping stove"), Item("titanium camping pot"));

        Assert.That(Similar(model, 3), Is.EqualTo(new[] { 4 }));
        Assert.That(Similar(model, 0), Is.EqualTo(new[] { 1, 2 }));
    }

    [Test]
    public void Category_brand_and_attributes_count_and_texts_of_attributes_are_read()
    {
        var model = Build(
            Item(null) with { Brand = "Acme", Attributes = """{"colour": ["red", "blue"], "waterproof": true, "weight": 12}""" },
            Item(null) with { Brand = "acme", Attributes = """{"colour": "blue"}""" },
            Item(null) with { Attributes = """{"waterproof": true, "weight": 12}""" },
            Item(null) with { Attributes = """{"text": "keeps you dry in heavy rain"}""" },
            Item("for rain that is heavy"),
            Item(null));

        Assert.Multiple(() =>
        {
            Assert.That(Similar(model, 0), Is.EqualTo(new[] { 1, 2 }));
            Assert.That(Similar(model, 4), Is.EqualTo(new[] { 3 }));
            Assert.That(Similar(model, 5), Is.Empty);
        });
    }

    [Test]
    public void The_same_catalogue_makes_the_same_version_and_a_change_another()
    {
        var (one, other) = (Build(Item("tent"), Item("tent")), Build(Item("tent"), Item("tent")));
        var changed = Build(Item("tent"), Item("tent pole"), Item("pole"));

        Assert.That(other.Lineage.Fingerprint, Is.EqualTo(one.Lineage.Fingerprint));
        Assert.That(changed.Lineage.Fingerprint, Is.Not.EqualTo(one.Lineage.Fingerprint));
        Assert.That((one.Lineage.Items, one.Lineage.Examples), Is.EqualTo((2, 2)));
    }

    [Test]
    public void Words_and_items_are_bounded()
    {
        var many = Enumerable.Range(0, 1000).Select(i => Item($"common {string.Join(' ', Enumerable.Range(0, 200).Select(w => new string((char)('a' + (w % 26)), 2 + (w / 26))))}")).ToArray();

        var model = Build(many);

        Assert.That(model.Lineage.Examples, Is.LessThanOrEqualTo(16 * 1000));
        Assert.That(Similar(model, 999), Has.Length.EqualTo(20));
        Assert.That(ContentModel.Build(new Shelf(many), maxItems: 10, 1, 1, CancellationToken.None).Lineage.Items, Is.EqualTo(10));
    }

    [Test]
    public void Similar_falls_back_to_content_for_an_item_that_nobody_has_looked_at()
    {
        var shop = new FakeShop();
        shop.Models.Trained.Content = Build([.. Enumerable.Range(0, 100).Select(i => Item(i is 7 or 93 ? "titanium stove" : "cotton shirt"))]);

        var answer = shop.Personalizer().Recommend(new RecommendationRequest { Placement = "similar", Items = ["i7"] })!;

        Assert.That((answer.Items[0].Id, answer.Items[0].Reason, answer.Items[0].BecauseOf), Is.EqualTo(("i93", ReasonCode.SimilarContent, "i7")));
    }

    private static ContentModel Build(params CatalogItem[] items) => ContentModel.Build(new Shelf(items), 100_000, logOffset: 1, asOfMs: 1, CancellationToken.None);

    private static CatalogItem Item(string? name) => new() { Id = "x", Name = name };

    private static int[] Similar(ContentModel model, int item)
    {
        var room = new ScoredItem[20];
        return [.. room[..model.Find(item, new NeighbourScratch(), new ItemFilter(), room)].Select(found => found.Item)];
    }

    private sealed class Shelf(CatalogItem[] items) : ICatalog
    {
        public int Count => items.Length;

        public CatalogItem? this[int item] => items[item];

        public int Find(ReadOnlySpan<char> itemId) => -1;

        public string IdOf(int item) => $"i{item}";

        public bool IsSellable(int item) => true;

        public ReadOnlySpan<int> ItemsOfCategory(int categoryTerm) => [];

        public string TermOf(int term) => "";
    }
}
