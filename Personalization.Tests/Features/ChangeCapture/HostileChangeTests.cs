using System.Text;
using System.Text.Json;
using NUnit.Framework;
using Personalization.Features.Domain.ChangeCapture;
using static Personalization.Tests.Features.ChangeCapture.CaptureWorld;

namespace Personalization.Tests.Features.ChangeCapture;

/// <summary>Whatever a record holds, it is refused alone and with its reason.</summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
internal sealed class HostileChangeTests
{
    private const string Source = "\"source\":{\"name\":\"s\",\"table\":\"products\",\"lsn\":5}";

    private readonly CaptureWorld _world = new(
        Products(), Table("customers", "Traits", "id", ("tier", "loyalty")), Table("documents", "Catalog", "_id", ("name", "title"), ("attributes.x", "x")));

    [TestCase("5", CaptureReason.UnknownShape)]
    [TestCase("\"text\"", CaptureReason.UnknownShape)]
    [TestCase("{}", CaptureReason.UnknownShape)]
    [TestCase("[[]]", CaptureReason.UnknownShape)]
    [TestCase("""{"op":"c"}""", CaptureReason.UnknownShape)]
    [TestCase("""{"op":5,"after":{"id":1}}""", CaptureReason.UnknownShape)]
    [TestCase("""{"payload":5}""", CaptureReason.UnknownShape)]
    [TestCase("""{"value":[1]}""", CaptureReason.UnknownShape)]
    [TestCase("""{"specversion":"1.0","iodebeziumop":"c","data":7}""", CaptureReason.UnknownShape)]
    [TestCase("""{"op":"c","after":{"id":1}}""", CaptureReason.UnknownShape)]
    [TestCase("""{"op":"c","after":{"id":1},"source":[]}""", CaptureReason.UnknownShape)]
    [TestCase("""{"op":"c","after":{"id":1},"source":{"table":"orders","lsn":1}}""", CaptureReason.UnmappedTable)]
    [TestCase("""{"op":"x","after":{"id":1},$}""", CaptureReason.UnsupportedOperation)]
    [TestCase("""{"__op":"t","__table":"products"}""", CaptureReason.UnsupportedOperation)]
    [TestCase("""{"op":"c",$}""", CaptureReason.RowMissing)]
    [TestCase("""{"op":"c","after":null,$}""", CaptureReason.RowMissing)]
    [TestCase("""{"op":"c","after":[1],$}""", CaptureReason.RowMissing)]
    [TestCase("""{"op":"c","after":"no document",$}""", CaptureReason.RowMissing)]
    [TestCase("""{"op":"d","before":null,$}""", CaptureReason.RowMissing)]
    [TestCase("""{"op":"d","before":{"sku":1},$}""", CaptureReason.RowMissing)]
    [TestCase("""{"op":"c","after":{"title":"no key"},$}""", CaptureReason.RowMissing)]
    [TestCase("""{"op":"c","after":{"id":{"a":1},"title":"x"},$}""", CaptureReason.RowMissing)]
    [TestCase("""{"op":"c","after":{"id":1,"unmapped":2},$}""", CaptureReason.RowMissing)]
    [TestCase("""{"op":"c","after":{"id":1,"title":"x"},"source":{"table":"products"}}""", CaptureReason.PositionMissing)]
    [TestCase("""{"op":"c","after":{"id":1,"title":"x"},"source":{"table":"products","lsn":-1,"ts_ms":1e3}}""", CaptureReason.PositionMissing)]
    [TestCase("""{"op":"c","after":{"id":1,"title":"x"},"source":{"table":"products","lsn":{"a":1},"file":7,"scn":"x","commit_lsn":"zz:1"}}""", CaptureReason.PositionMissing)]
    [TestCase("""{"op":"c","after":{"id":1,"price":"NaN"},$}""", CaptureReason.InvalidValue)]
    [TestCase("""{"op":"c","after":{"id":1,"price":"Msc="},$}""", CaptureReason.InvalidValue)]
    [TestCase("""{"op":"c","after":{"id":1,"price":"1e400"},$}""", CaptureReason.InvalidValue)]
    [TestCase("""{"op":"c","after":{"id":1,"price":-5},$}""", CaptureReason.InvalidValue)]
    [TestCase("""{"op":"c","after":{"id":1,"price":{"scale":999999999,"value":"Msc="}},$}""", CaptureReason.InvalidValue)]
    [TestCase("""{"op":"c","after":{"id":1,"price":{"scale":"2","value":5}},$}""", CaptureReason.InvalidValue)]
    [TestCase("""{"op":"c","after":{"id":1,"quantity":"many"},$}""", CaptureReason.InvalidValue)]
    [TestCase("""{"op":"c","after":{"id":1,"quantity":99999999999},$}""", CaptureReason.InvalidValue)]
    [TestCase("""{"op":"c","after":{"id":1,"quantity":true},$}""", CaptureReason.InvalidValue)]
    [TestCase("""{"op":"c","after":{"id":1,"title":{"en":"Tent"}},$}""", CaptureReason.InvalidValue)]
    [TestCase("""{"op":"c","after":{"id":1,"link":"/relative"},$}""", CaptureReason.InvalidValue)]
    [TestCase("""{"op":"c","after":{"id":"\ud800","title":"x"},$}""", CaptureReason.InvalidValue)]
    [TestCase("""{"op":"c","after":{"id":1,"title":"\ud800"},$}""", CaptureReason.InvalidValue)]
    [TestCase("""{"op":"c","after":{"id":"","title":"x"},$}""", CaptureReason.InvalidValue)]
    [TestCase("""{"op":"d","before":{"id":""},$}""", CaptureReason.InvalidValue)]
    [TestCase("""{"\ud800":1}""", CaptureReason.InvalidValue)]
    public void A_record_that_cannot_be_taken_is_refused_alone(string record, CaptureReason reason)
    {
        var capture = _world.TakeTogether($"[{record.Replace("$", Source)},{Change('c', 77, "Tent", 9)}]");

        Assert.That((capture.Refusals.Single().Reason, capture.Applied), Is.EqualTo((reason, 1)), capture.Refusals[0].Detail);
        Assert.That(capture.Refusals[0].Detail, Is.Not.Empty);
        Assert.That(_world.Item("77")!.Name, Is.EqualTo("Tent"));
    }

    [TestCase("""{"schema":{"fields":[{"field":"after","fields":[{"field":"price","name":"org.apache.kafka.connect.data.Decimal","parameters":7}]}]},"payload":{"op":"c","after":{"id":1,"title":"x","price":5},$}}""")]
    [TestCase("""{"schema":{"fields":[1,{"field":2},{"field":"after"}]},"payload":{"op":"c","after":{"id":1,"title":"x"},$}}""")]
    [TestCase("""{"schema":{"fields":{"field":"after"}},"payload":{"op":"c","after":{"id":1,"title":"x"},"before":7,$}}""")]
    [TestCase("""{"schema":[],"payload":{"op":"c","after":{"id":1,"title":"x"},$}}""")]
    [TestCase("""{"key":"text","value":{"op":"c","after":{"id":1,"title":"x"},$}}""")]
    public void A_schema_or_key_of_no_use_is_passed_over(string record) =>
        Assert.That(_world.Take(record.Replace("$", Source)).Applied, Is.EqualTo(1));

    [TestCase("c", "after", 513)]
    [TestCase("d", "before", 513)]
    [TestCase("d", "before", 60_000)]
    public void No_item_bears_an_id_that_is_too_long_to_be_one_and_none_is_deleted(string op, string image, int length)
    {
        var capture = _world.Take($$"""{"op":"{{op}}","{{image}}":{"id":"{{new string('x', length)}}","title":"x"},{{Source}}}""");

        Assert.That((capture.Applied, capture.Refusals.Single().Reason), Is.EqualTo((0, CaptureReason.InvalidValue)));
        Assert.That(capture.Refusals[0].Detail, Does.Contain("512 bytes"));
    }

    [TestCase("")]
    [TestCase("xxx")]
    public void A_former_key_that_no_item_may_bear_leaves_nothing_to_take_away(string former)
    {
        var capture = _world.Take($$"""{"op":"u","before":{"id":"{{string.Concat(Enumerable.Repeat(former, 200))}}"},"after":{"id":"new","title":"Tent"},{{Source}}}""");

        Assert.That((capture.Applied, capture.Changes.Single().Item.Id), Is.EqualTo((1, "new")));
    }

    [Test]
    public void Times_and_decimals_beyond_all_bounds_stay_as_they_are()
    {
        var world = new CaptureWorld(Table("products", "Catalog", "id", ("attributes.a", "a"), ("attributes.b", "b"), ("attributes.c", "c")));

        world.Take("""
            {"schema":{"fields":[{"field":"after","fields":[{"field":"a","name":"io.debezium.time.MicroTimestamp"},{"field":"b","name":"io.debezium.time.Date"},
              {"field":"c","name":"org.apache.kafka.connect.data.Decimal","parameters":{"scale":"2"}}]}]},
             "payload":{"op":"c","after":{"id":1,"a":9223372036825200000,"b":-2147483648,"c":"
            """.TrimEnd() + new string('A', 400) + "\"}," + Source + "}}");

        Assert.That(world.Item("1")!.Attributes, Is.EqualTo($$"""{"a":9223372036825200000,"b":-2147483648,"c":"{{new string('A', 400)}}"}"""));
    }

    [Test]
    public void A_body_that_is_no_JSON_takes_nothing()
    {
        foreach (var body in new[] { "{", "[{}", "[{}]]", Change('c', 1, "Tent", 1) + "\nnonsense", "{\"a\":" + new string('[', 200) + new string(']', 200) + "}" })
        {
            Assert.That(() => _world.TakeTogether(body), Throws.InstanceOf<JsonException>(), body);
            Assert.That(_world.Catalog.Count, Is.Zero);
        }
    }

    [Test]
    public void Lines_arrays_and_the_records_of_Kafkas_REST_form_are_all_the_same()
    {
        string[] records = [Change('c', 1, "Tent", 1), Change('c', 2, "Stove", 2)];
        foreach (var body in new[]
        {
            string.Join("\r\n", records), string.Join("\n\n", records), $"\uFEFF[{string.Join(',', records)}]",
            $$"""{"records":[{"key":{"id":1},"value":{{records[0]}}},{"key":null,"value":{{records[1]}}}]}""",
        })
        {
            var world = new CaptureWorld(Products());
            Assert.That((world.TakeTogether(body).Applied, world.Item("2")!.Name), Is.EqualTo((2, "Stove")), body);
        }
    }

    [Test]
    public void Damaged_records_never_throw([Range(1, 20)] int seed)
    {
        var chance = new Random(seed);
        var intact = Encoding.UTF8.GetBytes(Envelope(chance.Next(2) == 0 ? "postgresql-create-with-schema" : "mongodb-create"));
        for (var i = 0; i < 100; i++)
        {
            var damaged = (byte[])intact.Clone();
            for (var n = chance.Next(1, 4); n > 0; n--)
            {
                damaged[chance.Next(damaged.Length)] = (byte)"{}[]\":,0a\\n "[chance.Next(12)];
            }

            try
            {
                _world.TakeTogether(Encoding.UTF8.GetString(damaged));
            }
            catch (JsonException)
            {
                // No JSON any more: the request is answered 400.
            }
        }
    }

    [Test]
    public void No_more_than_a_hundred_reasons_are_kept()
    {
        var capture = _world.TakeTogether($"[{string.Join(',', Enumerable.Repeat("{}", 5_000))}]");

        Assert.That((capture.Refused, capture.Refusals.Count, capture.Counts[CaptureReason.UnknownShape]), Is.EqualTo((5_000, 100, 5_000)));
    }
}
