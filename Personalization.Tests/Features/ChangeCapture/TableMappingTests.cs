using NUnit.Framework;
using Personalization.Features;
using Personalization.Features.Domain.ChangeCapture;
using static Personalization.Tests.Features.ChangeCapture.CaptureWorld;

namespace Personalization.Tests.Features.ChangeCapture;

public sealed class TableMappingTests
{
    [TestCase("products", true)]
    [TestCase("Products", true)]
    [TestCase("public.products", true)]
    [TestCase("inventory.public.products", true)]
    [TestCase("server.inventory.public.products", true)]
    [TestCase("server.public.products", true, TestName = "A_topics_name_leaves_the_database_out")]
    [TestCase("public.prod*", true)]
    [TestCase("*.products", true)]
    [TestCase("shop.public.products", false)]
    [TestCase("x.server.inventory.public.products", false)]
    [TestCase("product", false)]
    [TestCase("public*", false, TestName = "A_star_does_not_reach_across_a_point")]
    public void A_table_is_named_by_any_end_of_its_full_name(string pattern, bool fits)
    {
        var name = new TableName(["server", "inventory", "public", "products"], ["server", "public", "products"]);

        Assert.That(new TableMapping(Products(pattern)).Fits(name), Is.EqualTo(fits));
    }

    [Test]
    public void Every_error_of_the_configuration_is_told_at_once()
    {
        var options = new ChangeCaptureOptions { Source = "" };
        options.WebhookSecrets.Add("whsec_c2hvcnQ=");
        options.Tables.Add(new CapturedTableOptions { Table = "a..b", To = "Catalogue" });
        options.Tables.Add(Table("b", "Stock", "id", ("name", "title")));
        options.Tables.Add(Table("c", "Catalog", "id", ("attributes", "a"), ("attributes.b", "b"), ("price", "")));

        var failures = string.Join('\n', new ChangeCaptureOptionsValidator().Validate(null, options).Failures!);

        foreach (var part in new[]
        {
            "ChangeCapture:Source", "WebhookSecrets[0]", "Tables[0].Table: A table's name has no empty part", "Tables[0].To: To must be Catalog, Stock or Traits",
            "Tables[0].Key", "Tables[0].Fields", "Stock has no field 'name'", "as a whole or one by one", "'price' names no column",
        })
        {
            Assert.That(failures, Does.Contain(part));
        }
    }

    [Test]
    public void A_sound_configuration_is_taken()
    {
        var options = new ChangeCaptureOptions();
        options.Tables.Add(Products());
        options.Tables.Add(Table("s", "stock", "id", ("Stock", "q"), ("PRICE", "p")));
        options.Tables.Add(Table("c", "Traits", "id", ("anything", "x"), ("attributes.too", "y")));
        options.WebhookSecrets.Add("whsec_" + Convert.ToBase64String(new byte[32]));

        Assert.That(new ChangeCaptureOptionsValidator().Validate(null, options).Succeeded);
    }

    [Test]
    public void Attributes_of_several_tables_are_kept_side_by_side()
    {
        var world = new CaptureWorld(
            Table("products", "Catalog", "id", ("name", "title"), ("attributes.colour", "colour")), Table("ratings", "Catalog", "id", ("attributes.stars", "stars")));

        world.Take(Change('c', 1, "Tent", 1, columns: ",\"colour\":\"grün\""), Change('c', 1, null, 2, "ratings", ",\"stars\":4.5"));
        Assert.That(world.Item("1")!.Attributes, Is.EqualTo("""{"colour":"grün","stars":4.5}"""));

        world.Take(Change('u', 1, "Tent", 3, columns: ",\"colour\":null"));
        Assert.That(world.Item("1")!.Attributes, Is.EqualTo("""{"stars":4.5}"""));
    }
}
