using NUnit.Framework;
using Personalization.Features.Contracts;
using Personalization.Features.Domain;
using Personalization.Features.Domain.ChangeCapture;
using Personalization.Tests.Support;
using static Personalization.Tests.Features.ChangeCapture.CaptureWorld;

namespace Personalization.Tests.Features.ChangeCapture;

/// <summary>Debezium delivers at least once: whatever comes twice, late or in another order changes nothing.</summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class RedeliveryTests
{
    private const int Rows = 8;

    [Test]
    public void Any_order_with_repetitions_ends_as_the_order_of_the_source([Range(1, 40)] int seed)
    {
        var chance = new Random(seed);
        var history = History(chance, 120);
        var expected = StateAfter(world => world.Take([.. history]));

        var shuffled = history.Concat(history.Where(_ => chance.Next(3) == 0)).OrderBy(_ => chance.Next()).ToList();
        var actual = StateAfter(world =>
        {
            foreach (var part in shuffled.Chunk(chance.Next(1, 30)))
            {
                world.Take(part);
            }
        });

        Assert.That(actual, Is.EqualTo(expected));
        Assert.That(expected.Split('\n').Count(row => row.EndsWith("gone", StringComparison.Ordinal)), Is.LessThan(Rows), "some rows are there");
    }

    [Test]
    public void Requests_that_race_past_the_door_are_put_in_order_where_they_are_applied()
    {
        var world = new CaptureWorld(Products());
        var older = CapturedOf(Change('u', 1, "older", 10));
        var newer = CapturedOf(Change('u', 1, "newer", 20));

        world.Apply(newer);
        world.Apply(older, newer, older);

        Assert.That(world.Item("1")!.Name, Is.EqualTo("newer"));
    }

    [Test]
    public void A_deletion_that_comes_first_is_remembered_of_an_item_nobody_knew()
    {
        var world = new CaptureWorld(Products());

        world.Take(Change('d', 1, null, 20));
        world.Take(Change('c', 1, "Tent", 10));

        Assert.That(world.Item("1"), Is.Null);
    }

    [Test]
    public void A_changed_primary_key_is_a_deletion_and_a_creation_at_one_position_in_either_order([Values] bool isReversed)
    {
        var world = new CaptureWorld(Products(key: "title"));
        var gone = """{"before":{"id":1,"title":"tent"},"after":null,"source":{"name":"s","db":"d","schema":"public","table":"products","lsn":20,"ts_ms":20},"op":"d"}""";
        var back = Change('c', 2, "tent", 20);

        world.Take(isReversed ? [back, gone] : [gone, back]);

        Assert.That(world.Item("tent"), Is.Not.Null);
    }

    [Test]
    public void A_row_whose_key_column_changes_leaves_no_item_behind_under_the_old_one()
    {
        var world = new CaptureWorld(Products(key: "sku"), Table("stocks", "Stock", "sku", ("stock", "quantity")));
        const string change = """{"before":{"id":1,"sku":"A","quantity":3},"after":{"id":1,"sku":"B","title":"Tent","quantity":3},"source":{"name":"s","table":"$","lsn":20},"op":"u"}""";

        world.Take(change.Replace("$", "products"), change.Replace("$", "stocks"));

        Assert.That((world.Item("A"), world.Item("B")!.Name, world.Item("B")!.Stock), Is.EqualTo((default(CatalogItem), "Tent", (int?)3)));
        Assert.That(world.Catalog.IsSellable(world.Catalog.Find("A")), Is.False);
    }

    [Test]
    public void Positions_outlive_a_restart()
    {
        var world = new CaptureWorld(Products());
        world.Take(Change('c', 1, "Tent", 10), Change('d', 2, null, 11));
        var rows = new CheckpointRows();
        rows.Take(world.Positions);
        world.Take(Change('u', 1, "Tent, green", 12, columns: ",\"quantity\":4"), Change('c', 3, "Stove", 13, table: "other_products"));
        rows.Take(world.Positions);

        var reloaded = new CapturedPositions(maxTables: 1);
        rows.GiveTo(reloaded);

        foreach (var item in Enumerable.Range(0, world.Catalog.Count))
        {
            Assert.That(reloaded.Find("s.d.public.products", item), Is.EqualTo(world.Positions.Find("s.d.public.products", item)));
        }

        Assert.That(reloaded.Find("s.d.public.products", world.Catalog.Find("1"))!.Major, Is.EqualTo((UInt128)12));
    }

    [Test]
    public void Another_server_has_positions_of_its_own()
    {
        var world = new CaptureWorld(Products());
        world.Take(Change('c', 1, "old server", 1_000_000));

        var capture = world.Take(Change('u', 1, "new server", 5).Replace("\"name\":\"s\"", "\"name\":\"s2\""));

        Assert.That((capture.Applied, world.Item("1")!.Name), Is.EqualTo((1, "new server")));
    }

    [Test]
    public void When_a_replica_of_MySQL_takes_over_with_files_of_its_own_the_clock_decides()
    {
        var world = new CaptureWorld(Products());
        static string At(int server, int file, int pos, long time, string title) =>
            $$"""{"after":{"id":1,"title":"{{title}}"},"source":{"name":"m","db":"d","table":"products","server_id":{{server}},"file":"bin.{{file:D6}}","pos":{{pos}},"row":0,"ts_ms":{{time}}},"op":"u"}""";

        world.Take(At(1, 999, 5_000, 1_000, "old primary"));
        Assert.That(world.Take(At(2, 3, 100, 2_000, "new primary")).Applied, Is.EqualTo(1));
        Assert.That(world.Take(At(1, 999, 5_000, 1_000, "old primary")).Skipped, Is.EqualTo(1));
        Assert.That(world.Take(At(2, 3, 99, 3_000, "before")).Skipped, Is.EqualTo(1), "on one server the place decides");
        Assert.That(world.Item("1")!.Name, Is.EqualTo("new primary"));
    }

    [Test]
    public void Changes_that_only_a_clock_orders_are_both_applied_within_one_tick()
    {
        var world = new CaptureWorld(Products());
        static string At(long time, string title, char op = 'u') => $$"""{"after":{"id":1,"title":"{{title}}"},"source":{"name":"x","table":"products","ts_ms":{{time}}},"op":"{{op}}"}""";

        Assert.That(world.Take(At(5, "a"), At(5, "b")).Applied, Is.EqualTo(2));
        Assert.That(world.Item("1")!.Name, Is.EqualTo("b"));
        Assert.That(world.Take(At(4, "c"), At(5, "snapshot", 'r')).Skipped, Is.EqualTo(2));
    }

    [Test]
    public void A_table_beyond_the_bound_is_refused_and_the_others_go_on()
    {
        var world = new CaptureWorld(Products("*"));
        world.Take([.. Enumerable.Range(0, 3).Select(i => Change('c', i, "Tent", 1, $"t{i}"))]);

        var capture = world.Take(Change('c', 9, "Tent", 1, "t4"), Change('c', 9, "Tent", 2, "t1"));

        Assert.That((capture.Applied, capture.Refusals.Single().Reason), Is.EqualTo((1, CaptureReason.TooManyTables)));
    }

    [Test]
    public void Stock_of_an_item_that_is_not_listed_yet_waits_for_it_and_does_not_bring_back_a_withdrawn_one()
    {
        var world = new CaptureWorld(Products(), Table("stocks", "Stock", "id", ("stock", "quantity")));

        world.Take(Change('c', 1, null, 10, "stocks", ",\"quantity\":0"), Change('c', 1, "Tent", 11));
        Assert.That((world.Item("1")!.Name, world.Item("1")!.Stock), Is.EqualTo(("Tent", (int?)0)));

        world.Take(Change('u', 1, null, 12, "stocks", ",\"quantity\":7"), Change('d', 1, null, 13));
        world.Take(Change('u', 1, null, 14, "stocks", ",\"quantity\":8"));
        Assert.That(world.Item("1"), Is.Null);
    }

    private static CatalogChange CapturedOf(string record) => new CaptureWorld(Products()).Take(record).Changes.Single();

    /// <summary>Rows of two tables about the same items, with all columns in each change.</summary>
    private static List<string> History(Random chance, int changes)
    {
        var history = new List<string>();
        for (var lsn = 1; lsn <= changes; lsn++)
        {
            var (id, kind) = (chance.Next(Rows), chance.Next(10));
            history.Add(chance.Next(2) == 0
                ? Change(kind == 0 ? 'd' : kind == 1 ? 'r' : 'u', id, $"v{lsn}", lsn)
                : Change(kind == 0 ? 'd' : 'u', id, null, lsn, "stocks", $",\"quantity\":{chance.Next(3)}"));
        }

        return history;
    }

    private static string StateAfter(Action<CaptureWorld> take)
    {
        var world = new CaptureWorld(Table("products", "Catalog", "id", ("name", "title")), Table("stocks", "Stock", "id", ("stock", "quantity")));
        take(world);
        return string.Join('\n', Enumerable.Range(0, Rows).Select(row => $"{row}: {Describe(world, row.ToString())}"));
    }

    /// <summary>What anybody can see: of a withdrawn item, older fields may be left behind.</summary>
    private static string Describe(CaptureWorld world, string id)
    {
        var item = world.Catalog.Find(id);
        return item < 0 || world.Catalog.IsWithdrawn(item) ? "gone" : $"{world.Catalog[item]?.Name} {world.Catalog[item]?.Stock} {world.Catalog.IsSellable(item)}";
    }
}
