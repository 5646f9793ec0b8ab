using NUnit.Framework;
using Personalization.Features.Domain.ChangeCapture;
using static Personalization.Tests.Features.ChangeCapture.CaptureWorld;

namespace Personalization.Tests.Features.ChangeCapture;

/// <summary>Envelopes in the form that each connector's documentation shows.</summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class ConnectorEnvelopeTests
{
    [Test]
    public void A_row_with_its_schema_is_decoded_by_its_logical_types()
    {
        var world = new CaptureWorld(Table(
            "inventory.public.products", "Catalog", "id", ("name", "title"), ("category", "category"), ("brand", "brand"), ("price", "price"), ("stock", "quantity"), ("url", "link"),
            ("imageUrl", "image"), ("attributes.details", "details"), ("attributes.released", "released"), ("attributes.created", "created_at"), ("attributes.updated", "updated_at")));

        var capture = world.Take(Envelope("postgresql-create-with-schema"));

        var item = world.Item("1004")!;
        Assert.That((capture.Applied, capture.Refused), Is.EqualTo((1, 0)));
        Assert.That(
            (item.Name, item.Category, item.Brand, item.Price, item.Stock, item.Url, item.ImageUrl),
            Is.EqualTo(("Tent", "Camping", "Acme", (decimal?)129.99m, (int?)12, "https://shop.example/tent", "https://shop.example/tent.jpg")));
        Assert.That(item.Attributes, Is.EqualTo(
            """{"created":"2019-05-28T08:58:24.863123Z","details":{"colour":"green","weight":2.5},"released":"2024-10-04","updated":"2019-05-28T08:58:24.863123Z"}"""));
    }

    [Test]
    public void What_the_database_did_not_log_stays_and_what_is_oversold_is_sold_out()
    {
        var world = new CaptureWorld(Table("products", "Catalog", "id", ("price", "price"), ("stock", "quantity"), ("attributes", "details")));

        world.Take(Envelope("postgresql-create-with-schema"), Envelope("postgresql-update"));

        var item = world.Item("1004")!;
        Assert.That((item.Price, item.Stock, item.Attributes), Is.EqualTo(((decimal?)12.5m, (int?)0, """{"colour":"green","weight":2.5}""")));
    }

    [TestCase("postgresql", "129.99")]
    [TestCase("mysql", "129.95")]
    [TestCase("sqlserver", "129.9500")]
    public void Rows_are_created_and_deleted_and_a_snapshot_never_takes_back_what_the_stream_has_told(string connector, string price)
    {
        var world = new CaptureWorld(Products());
        var created = connector == "postgresql" ? Envelope("postgresql-create-with-schema") : Envelope(connector + "-create");

        Assert.That(world.Take(Envelope(connector + "-snapshot")).Applied, Is.EqualTo(connector == "postgresql" ? 0 : 1), "PostgreSQL's has a decimal without a schema");
        world.Take(created);
        Assert.That(world.Item("1004")!.Price, Is.EqualTo(decimal.Parse(price, System.Globalization.CultureInfo.InvariantCulture)));

        world.Take(Envelope(connector + "-update"), Envelope(connector + "-delete"));
        Assert.That(world.Item("1004"), Is.Null);

        var again = world.Take(created, Envelope(connector + "-update"), Envelope(connector + "-delete"));
        var snapshot = world.Take(Envelope(connector + "-snapshot"));
        Assert.That((again.Skipped, again.Applied, snapshot.Applied, world.Item("1004")), Is.EqualTo((3, 0, 0, default(Personalization.Features.Contracts.CatalogItem))));
    }

    [Test]
    public void A_document_of_MongoDB_is_read_and_updated_in_part_and_deleted_by_its_key()
    {
        var world = new CaptureWorld(Table(
            "inventory.products", "Catalog", "_id", ("name", "title"), ("price", "price"), ("stock", "quantity"), ("brand", "brand"), ("attributes.colour", "details.colour"), ("attributes.released", "released")));

        world.Take(Envelope("mongodb-create"));
        var item = world.Item("596e275826f08b2730779e1f")!;
        Assert.That((item.Name, item.Price, item.Stock, item.Attributes), Is.EqualTo(
            ("Tent", (decimal?)129.95m, (int?)5, """{"colour":"green","released":"2019-05-28T08:58:24.863Z"}""")));

        world.Take(Envelope("mongodb-update"));
        item = world.Item("596e275826f08b2730779e1f")!;
        Assert.That((item.Name, item.Stock), Is.EqualTo(("Tent", (int?)4)));

        Assert.That(world.Take(Envelope("mongodb-delete")).Applied, Is.EqualTo(1));
        Assert.That(world.Item("596e275826f08b2730779e1f"), Is.Null);
    }

    [Test]
    public void A_deletion_of_MongoDB_without_its_key_is_refused()
    {
        var world = new CaptureWorld(Products(key: "_id"));

        var capture = world.Take("""{"before":null,"after":null,"source":{"name":"f","db":"inventory","collection":"products","ord":1,"ts_ms":5},"op":"d"}""");

        Assert.That(capture.Refusals.Single().Reason, Is.EqualTo(CaptureReason.RowMissing));
    }

    [Test]
    public void Oracle_tells_its_numbers_with_a_scale_of_their_own()
    {
        var world = new CaptureWorld(Table("ORCLPDB1.INVENTORY.PRODUCTS", "Catalog", "ID", ("name", "TITLE"), ("price", "PRICE")));

        world.Take(Envelope("oracle-create"));

        Assert.That((world.Item("1004")!.Name, world.Item("1004")!.Price), Is.EqualTo(("Tent", (decimal?)129.99m)));
    }

    [Test]
    public void A_CloudEvent_is_an_envelope_whose_source_lies_in_its_attributes()
    {
        var world = new CaptureWorld(Products("postgres.public.products"));

        var first = world.Take(Envelope("cloudevent-create"));
        var second = world.Take(Envelope("cloudevent-create"));

        Assert.That((first.Applied, second.Skipped, world.Item("1004")!.Price), Is.EqualTo((1, 1, (decimal?)129.95m)));
    }

    [Test]
    public void Flattened_rows_are_taken_with_their_operation_beside_the_columns()
    {
        var world = new CaptureWorld(Products());

        world.Take(Envelope("flattened-update"));
        Assert.That((world.Item("1004")!.Name, world.Item("1004")!.Price), Is.EqualTo(("Tent", (decimal?)129.95m)));

        world.Take(Envelope("flattened-delete"));
        Assert.That(world.Item("1004"), Is.Null);
    }

    [Test]
    public void A_flattened_row_that_does_not_tell_its_table_is_of_the_one_in_the_address()
    {
        var world = new CaptureWorld(Products("shop.products"));
        const string row = """{"id":1,"title":"Tent","__op":"c","__source_ts_ms":1559033904870}""";

        Assert.That(world.TakeTogether(row, "shop.products").Applied, Is.EqualTo(1));
        Assert.That(world.TakeTogether(row).Refusals.Single().Reason, Is.EqualTo(CaptureReason.UnknownShape));
    }

    [TestCase("null")]
    [TestCase("""{"key":{"id":1004},"value":null}""")]
    [TestCase("""{"schema":null,"payload":null}""")]
    [TestCase("heartbeat")]
    [TestCase("transaction-end")]
    [TestCase("schema-change")]
    public void What_changes_no_row_is_passed_over(string record)
    {
        var world = new CaptureWorld(Products());

        var capture = world.Take(record.Contains('{') || record == "null" ? record : Envelope(record));

        Assert.That((capture.Ignored, capture.Refused), Is.EqualTo((1, 0)));
    }

    [TestCase("postgresql-truncate")]
    [TestCase("postgresql-message")]
    public void Truncations_and_messages_are_refused_alone(string envelope)
    {
        var world = new CaptureWorld(Products());

        var capture = world.Take(Envelope(envelope), Change('c', 1, "Tent", 5));

        Assert.That((capture.Applied, capture.Refusals.Single().Reason), Is.EqualTo((1, CaptureReason.UnsupportedOperation)));
    }

    [Test]
    public void A_customer_becomes_an_identify_call_that_a_repetition_repeats_to_the_letter()
    {
        var world = new CaptureWorld(Table("customers", "Traits", "id", ("firstName", "first_name"), ("tier", "loyalty")));

        var call = Call(world.Take(Envelope("postgresql-customer-create")));
        var again = Call(world.Take(Envelope("postgresql-customer-create")));

        Assert.That(call.GetRawText(), Is.EqualTo(again.GetRawText()));
        Assert.That(call.GetProperty("messageId").GetString(), Does.Match("^cdc-[0-9a-f]{32}$"));
        Assert.That(
            (call.GetProperty("type").GetString(), call.GetProperty("userId").GetString(), call.GetProperty("timestamp").GetString(), call.GetProperty("traits").GetRawText()),
            Is.EqualTo(("identify", "1001", "2019-05-28T08:58:25.0000000+00:00", """{"firstName":"Sally","tier":"gold"}""")));
    }

    [Test]
    public void A_customer_who_is_deleted_loses_the_traits_that_came_from_the_row()
    {
        var world = new CaptureWorld(Table("customers", "Traits", "id", ("tier", "loyalty")));

        var call = Call(world.Take(Change('d', 7, null, 9, "customers")));

        Assert.That((call.GetProperty("userId").GetString(), call.GetProperty("traits").GetRawText()), Is.EqualTo(("7", """{"tier":null}""")));
    }
}
