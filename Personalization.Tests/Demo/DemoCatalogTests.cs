using System.Text.Json;
using NUnit.Framework;
using Personalization.Host.Demo.Catalog;

namespace Personalization.Tests.Demo;

[TestFixture]
internal sealed class DemoCatalogTests
{
    private static readonly DemoCatalog Catalog = DemoCatalog.Create(1);

    [Test]
    public void The_same_seed_gives_the_same_catalogue_to_the_byte()
    {
        var again = DemoCatalog.Create(1);

        Assert.That(DemoCatalogJson.Write(again.Items), Is.EqualTo(DemoCatalogJson.Write(Catalog.Items)));
        Assert.That(
            again.Items.Select(item => again.CompanionsOf(item)[0].Id),
            Is.EqualTo(Catalog.Items.Select(item => Catalog.CompanionsOf(item)[0].Id)));
    }

    [Test]
    public void Another_seed_gives_another_catalogue()
    {
        Assert.That(DemoCatalogJson.Write(DemoCatalog.Create(2).Items), Is.Not.EqualTo(DemoCatalogJson.Write(Catalog.Items)));
    }

    [Test]
    public void There_are_a_few_thousand_products_and_no_thin_shelf()
    {
        Assert.That(Catalog.Items, Has.Count.InRange(2_000, 5_000));
        Assert.That(DemoAssortment.Categories, Has.All.Matches<DemoCategory>(category => Catalog.Of(category).Count >= 40));
    }

    [Test]
    public void Ids_and_names_are_unique_and_nothing_is_empty()
    {
        Assert.That(Catalog.Items.Select(item => item.Id), Is.Unique);
        Assert.That(Catalog.Items.Select(item => item.Name), Is.Unique);
        Assert.That(Catalog.Items, Has.All.Matches<DemoItem>(item =>
            item.Name.StartsWith(item.Brand, StringComparison.Ordinal)
            && item.Name.Contains(item.Kind, StringComparison.Ordinal)
            && !item.Name.Contains("  ", StringComparison.Ordinal)
            && Uri.IsWellFormedUriString(item.Url, UriKind.Absolute)));
    }

    [Test]
    public void Prices_lie_within_their_category_and_spread_over_all_bands()
    {
        Assert.That(Catalog.Items, Has.All.Matches<DemoItem>(item => item.Price >= item.Category.Lowest && item.Price <= item.Category.Highest));
        foreach (var band in new[] { 0, 1, 2 })
        {
            Assert.That(Catalog.Items.Count(item => item.Band == band), Is.GreaterThan(Catalog.Items.Count / 8), $"band {band}");
        }
    }

    [Test]
    public void A_few_products_are_sold_out_and_most_are_not()
    {
        var soldOut = Catalog.Items.Count(item => item.Stock == 0) / (double)Catalog.Items.Count;

        Assert.That(soldOut, Is.InRange(0.01, 0.06));
    }

    [Test]
    public void Similar_products_are_of_the_same_kind_and_companions_of_another_category()
    {
        foreach (var item in Catalog.Items)
        {
            Assert.That(Catalog.SimilarTo(item), Is.Not.Empty.And.All.Matches<DemoItem>(other => other.Kind == item.Kind && other != item));
            Assert.That(Catalog.CompanionsOf(item), Is.All.Matches<DemoItem>(other => item.Category.GoesWith.Contains(other.Category.Name)));
        }
    }

    [Test]
    public void Every_category_goes_with_categories_that_exist()
    {
        var names = DemoAssortment.Categories.Select(category => category.Name).ToHashSet();

        Assert.That(DemoAssortment.Categories.SelectMany(category => category.GoesWith), Is.All.Matches<string>(names.Contains));
        Assert.That(DemoAssortment.Categories.Select(category => category.Code), Is.Unique);
    }

    [Test]
    public void The_upload_is_a_json_array_with_the_fields_of_a_catalogue_item()
    {
        using var json = JsonDocument.Parse(DemoCatalogJson.Write(Catalog.Items));

        Assert.That(json.RootElement.GetArrayLength(), Is.EqualTo(Catalog.Items.Count));
        var first = json.RootElement[0];
        Assert.That(first.GetProperty("id").GetString(), Is.EqualTo(Catalog.Items[0].Id));
        Assert.That(first.GetProperty("price").GetDecimal(), Is.Positive);
        Assert.That(first.GetProperty("attributes").GetProperty("colourHex").GetString(), Does.Match("^#[0-9a-f]{6}$"));
    }
}
