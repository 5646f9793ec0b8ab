using System.Buffers;
using Microsoft.Extensions.Logging.Abstractions;
using NUnit.Framework;
using Personalization.Features.Contracts;
using Personalization.Features.Domain;
using Personalization.Features.Pipeline;
using Personalization.Tracking.Contracts;

namespace Personalization.Tests.Features;

[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class CatalogTests
{
    private readonly Catalog _catalog = Items.Catalog();

    [Test]
    public void Numbers_are_given_in_order_and_stay()
    {
        _catalog.Apply([Items.Put("a"), Items.Put("b"), Items.Put("a")]);

        Assert.That((_catalog.Find("a"), _catalog.Find("b"), _catalog.Find("c"), _catalog.Count), Is.EqualTo((0, 1, -1, 2)));
        Assert.That(_catalog.IdOf(1), Is.EqualTo("b"));
        Assert.That(_catalog.Find(new string('x', 600)), Is.EqualTo(-1));
        Assert.That(_catalog.Find(""), Is.EqualTo(-1));
    }

    [Test]
    public void An_item_that_only_events_have_named_is_sellable_and_has_no_details()
    {
        var item = _catalog.ResolveItem("seen"u8);

        Assert.That(_catalog.IsSellable(item));
        Assert.That(_catalog[item], Is.Null);
        Assert.That(_catalog.Find("seen"), Is.EqualTo(item));
    }

    [TestCase(null, true)]
    [TestCase(1, true)]
    [TestCase(0, false)]
    public void Stock_decides_whether_an_item_can_be_sold(int? stock, bool isSellable)
    {
        _catalog.Apply([Items.Put("a", stock: stock)]);

        Assert.That(_catalog.IsSellable(0), Is.EqualTo(isSellable));
    }

    [Test]
    public void A_patch_changes_what_it_names_and_nothing_else()
    {
        _catalog.Apply([Items.Put("a", "tents", stock: 5)]);

        _catalog.Apply([Items.Patch("a", stock: 0)]);
        Assert.That((_catalog.IsSellable(0), _catalog[0]!.Price, _catalog[0]!.Category), Is.EqualTo((false, 9.99m, "tents")));

        _catalog.Apply([Items.Patch("a", stock: null)]);
        Assert.That((_catalog.IsSellable(0), _catalog[0]!.Stock), Is.EqualTo((true, (int?)null)));
    }

    [Test]
    public void A_patch_of_an_unknown_or_withdrawn_item_changes_nothing()
    {
        _catalog.Apply([Items.Patch("ghost", 1), Items.Put("a", "tents"), Items.Withdraw("a"), Items.Patch("a", 5)]);

        Assert.That(_catalog.Find("ghost"), Is.EqualTo(-1));
        Assert.That((_catalog.IsSellable(0), _catalog[0]!.Stock), Is.EqualTo((false, (int?)null)));
    }

    [Test]
    public void A_withdrawn_item_keeps_its_number_and_comes_back_when_it_is_put_again()
    {
        _catalog.Apply([Items.Put("a", "tents"), Items.Withdraw("a")]);
        Assert.That((_catalog.Find("a"), _catalog.IsSellable(0), _catalog.ItemsOfCategory(0).Length), Is.EqualTo((0, false, 0)));

        _catalog.Apply([Items.Put("a", "tents")]);
        Assert.That((_catalog.Find("a"), _catalog.IsSellable(0), _catalog.ItemsOfCategory(0).Length), Is.EqualTo((0, true, 1)));
    }

    [Test]
    public void Categories_list_their_items_newest_first_and_at_most_a_thousand()
    {
        _catalog.Apply([.. Enumerable.Range(0, 1_500).Select(i => Items.Put($"item-{i}", "tents"))]);

        var listed = _catalog.ItemsOfCategory(_catalog[0]!.CategoryTerm).ToArray();

        Assert.That(listed, Is.EqualTo(Enumerable.Range(500, 1_000).Reverse()));
    }

    [Test]
    public void An_item_that_changes_its_category_is_listed_where_it_is_now()
    {
        _catalog.Apply([Items.Put("a", "tents"), Items.Put("b", "tents"), Items.Put("c", "stoves")]);
        _catalog.Apply([Items.Put("a", "stoves")]);

        Assert.That(_catalog.ItemsOfCategory(_catalog[1]!.CategoryTerm).ToArray(), Is.EqualTo(new[] { 1 }));
        Assert.That(_catalog.ItemsOfCategory(_catalog[2]!.CategoryTerm).ToArray(), Is.EqualTo(new[] { 2, 0 }));
        Assert.That(_catalog.ItemsOfCategory(-1).Length + _catalog.ItemsOfCategory(4_000_000).Length, Is.Zero);
    }

    [Test]
    public void Items_and_terms_beyond_the_bound_get_no_number_and_are_counted()
    {
        var catalog = Items.Catalog(maxItems: 2, maxTerms: 1);
        catalog.Apply([Items.Put("a", "x"), Items.Put("b", "y"), Items.Put("c", "z")]);

        Assert.That((catalog.Find("c"), catalog.ResolveItem("d"u8), catalog.ResolveItem("a"u8)), Is.EqualTo((-1, -1, 0)));
        Assert.That((catalog[1]!.Category, catalog[1]!.CategoryTerm), Is.EqualTo(("y", -1)));
        Assert.That((catalog.RefusedItems, catalog.RefusedTerms), Is.EqualTo((2, 1)));
    }

    [Test]
    public void What_is_no_text_gets_no_number()
    {
        Assert.That(_catalog.ResolveItem([0xFF, 0xFE]), Is.EqualTo(-1));
        Assert.That(_catalog.ResolveItem(new byte[600]), Is.EqualTo(-1));
        Assert.That(_catalog.ResolveItem([]), Is.EqualTo(-1));
        Assert.That(_catalog.RefusedItems, Is.EqualTo(2));
    }

    [Test]
    public void A_checkpoint_gives_the_catalogue_back()
    {
        _catalog.ResolveItem("seen"u8);
        _catalog.Apply([Full, Items.Put("a", "tents", 0, "Ärger & Söhne"), Items.Put("b", "tents"), Items.Withdraw("b"), Items.Withdraw("seen")]);

        var reloaded = Items.Reloaded(_catalog);

        Assert.Multiple(() =>
        {
            Assert.That(reloaded.Count, Is.EqualTo(_catalog.Count));
            for (var item = 0; item < _catalog.Count; item++)
            {
                Assert.That(reloaded.IdOf(item), Is.EqualTo(_catalog.IdOf(item)));
                Assert.That(reloaded[item], Is.EqualTo(_catalog[item]));
                Assert.That(reloaded.IsSellable(item), Is.EqualTo(_catalog.IsSellable(item)));
                Assert.That(reloaded.IsWithdrawn(item), Is.EqualTo(_catalog.IsWithdrawn(item)));
            }

            Assert.That(reloaded.ItemsOfCategory(_catalog[2]!.CategoryTerm).ToArray(), Is.EqualTo(new[] { 2 }));
            Assert.That(reloaded.TermOf(_catalog[2]!.BrandTerm), Is.EqualTo("Ärger & Söhne"));
        });
    }

    [Test]
    public void A_checkpoint_takes_each_change_once()
    {
        _catalog.Apply([Items.Put("a", "tents")]);
        Items.Reloaded(_catalog);
        _catalog.Apply([Items.Put("b", "tents")]);

        var rows = new Support.CheckpointRows();
        rows.Take(_catalog);

        Assert.That(rows.Count, Is.EqualTo(2), "the new item's name and its details");
    }

    [Test]
    public void Changes_come_back_from_the_log_as_they_went_in()
    {
        var entry = new CatalogEntry([Full, Items.Patch("a", null), Items.Withdraw("b"), Items.Put("minimal")]);
        var body = new ArrayBufferWriter<byte>();
        entry.WriteTo(body);

        var read = (CatalogEntry)new CatalogHandler(_catalog, new ItemTermHistory(), NullLogger<CatalogHandler>.Instance).Read(42, 4, body.WrittenSpan);

        Assert.That(read.Changes, Is.EqualTo(entry.Changes));
        Assert.That((read.FirstOffset, read.Count, read.Kind, read.ByteCount), Is.EqualTo((42, 4, (byte)2, body.WrittenCount)));
    }

    [Test]
    public void A_body_of_another_version_or_length_is_not_read()
    {
        var body = new ArrayBufferWriter<byte>();
        new CatalogEntry([Full]).WriteTo(body);
        var later = body.WrittenSpan.ToArray();
        later[0] = 9;

        Assert.That(() => CatalogEntry.Read(1, later), Throws.TypeOf<InvalidDataException>());
        Assert.That(() => CatalogEntry.Read(0, body.WrittenSpan), Throws.TypeOf<InvalidDataException>());
    }

    [Test]
    public async Task What_was_taken_out_of_an_entry_keeps_its_place_and_does_nothing()
    {
        var handler = new CatalogHandler(_catalog, new ItemTermHistory(), NullLogger<CatalogHandler>.Instance);
        var body = new ArrayBufferWriter<byte>();
        var without = new ArrayBufferWriter<byte>();
        new CatalogEntry([Items.Put("a"), Items.Put("b"), Items.Put("c")]).WriteTo(body);

        handler.WriteWithout(body.WrittenSpan, [1], without);
        await handler.HandleAsync(handler.Read(0, 3, without.WrittenSpan), CancellationToken.None);

        Assert.That((_catalog.Find("a"), _catalog.Find("b"), _catalog.Find("c")), Is.EqualTo((0, -1, 1)));
    }

    [Test]
    public void Lines_get_their_numbers_from_the_catalogue_or_else_from_the_event()
    {
        _catalog.Apply([Items.Put("tent", "tents")]);
        var step = new ResolveItemsStep(_catalog, new ItemTermHistory());
        var parsed = FeatureWorld.Parsed(EventKind.ProductViewed, ("tent", "ignored", "Acme"), ("new", "stoves", ""), ("", "", ""));

        step.Resolve(parsed);

        Assert.Multiple(() =>
        {
            Assert.That((parsed.Lines[0].Item, parsed.Lines[1].Item, parsed.Lines[2].Item), Is.EqualTo((0, 1, -1)));
            Assert.That(_catalog.TermOf(parsed.Lines[0].CategoryTerm), Is.EqualTo("tents"));
            Assert.That(_catalog.TermOf(parsed.Lines[0].BrandTerm), Is.EqualTo("Acme"));
            Assert.That(_catalog.TermOf(parsed.Lines[1].CategoryTerm), Is.EqualTo("stoves"));
            Assert.That((parsed.Lines[1].BrandTerm, parsed.Lines[2].CategoryTerm), Is.EqualTo((-1, -1)));
        });
    }

    [Test]
    public void Events_that_are_not_about_items_name_none([Values(EventKind.Other, EventKind.CouponApplied, EventKind.PromotionViewed)] EventKind kind)
    {
        var parsed = FeatureWorld.Parsed(kind, ("tent", "tents", ""));

        new ResolveItemsStep(_catalog, new ItemTermHistory()).Resolve(parsed);

        Assert.That((parsed.Lines[0].Item, _catalog.Count), Is.EqualTo((-1, 0)));
    }

    private static CatalogChange Full => new(CatalogChangeKind.Put, new CatalogItem
    {
        Id = "tent/ü%20",
        Name = "Tent ☃",
        Category = "Camping > Tents",
        Brand = "Acme",
        Price = 129.950m,
        Stock = 3,
        Url = "https://shop.example/tent",
        ImageUrl = "https://shop.example/tent.jpg",
        Attributes = """{"colour":"green","sizes":[1,2]}""",
    });
}
