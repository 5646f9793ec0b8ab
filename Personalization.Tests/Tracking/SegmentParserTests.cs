using NUnit.Framework;
using Personalization.Kernel.Hashing;
using Personalization.Tracking.Contracts;
using Personalization.Tracking.Domain;
using static Personalization.Tests.Tracking.Parsing;

namespace Personalization.Tests.Tracking;

internal sealed class SegmentParserTests
{
    private readonly Parsing _parsing = new();

    [Test]
    public void A_track_call_is_read_with_all_its_fields()
    {
        const string Json = """
            { "messageId": "m-1", "anonymousId": "a-1", "userId": "u-1", "event": "Product Added", "writeKey": "wk",
              "timestamp": "2024-05-01T11:59:00.000Z", "sentAt": "2024-05-01T11:59:30Z",
              "context": { "sessionId": "s-1", "library": { "name": "x" } },
              "properties": { "product_id": "p-1", "category": "Shoes", "brand": "Acme", "price": 79.9, "quantity": 2,
                              "order_id": "o-1", "total": 159.8, "decision_id": "d-1", "placement": "for-you" } }
            """;

        var read = _parsing.Single(Json)[0];

        Assert.Multiple(() =>
        {
            Assert.That(read.Type, Is.EqualTo(EventType.Track));
            Assert.That(read.Kind, Is.EqualTo(EventKind.ProductAdded));
            Assert.That(Text(read, read.Raw), Is.EqualTo(Json));
            Assert.That(Text(read, read.Name), Is.EqualTo("Product Added"));
            Assert.That(Text(read, read.MessageId), Is.EqualTo("m-1"));
            Assert.That(Text(read, read.AnonymousId), Is.EqualTo("a-1"));
            Assert.That(Text(read, read.UserId), Is.EqualTo("u-1"));
            Assert.That(Text(read, read.SessionId), Is.EqualTo("s-1"));
            Assert.That(Text(read, read.OrderId), Is.EqualTo("o-1"));
            Assert.That(Text(read, read.DecisionId), Is.EqualTo("d-1"));
            Assert.That(Text(read, read.Placement), Is.EqualTo("for-you"));
            Assert.That(Text(read, read.Lines[0].Id), Is.EqualTo("p-1"));
            Assert.That(Text(read, read.Lines[0].Category), Is.EqualTo("Shoes"));
            Assert.That(Text(read, read.Lines[0].Brand), Is.EqualTo("Acme"));
            Assert.That((read.Lines[0].Price, read.Lines[0].Quantity), Is.EqualTo((79.9f, 2f)));
            Assert.That(read.Revenue, Is.EqualTo(159.8f));
            Assert.That(read.MessageKey, Is.EqualTo(Hasher.Hash(KeySpace.MessageOf(3), "m-1"u8)));
            Assert.That(read.AnonymousKey, Is.EqualTo(Hasher.Hash(KeySpace.AnonymousId, "a-1"u8)));
            Assert.That(read.UserKey, Is.EqualTo(Hasher.Hash(KeySpace.UserId, "u-1"u8)));
            Assert.That(read.SessionKey, Is.EqualTo(Hasher.Hash(KeySpace.Session, "s-1"u8)));
            Assert.That(read.PreviousKey, Is.EqualTo(default(UInt128)));
            Assert.That(read.ReceivedAtMs, Is.EqualTo(ReceivedAtMs));
            Assert.That(read.OriginalTimestampMs, Is.EqualTo(ReceivedAtMs - 60_000));
            Assert.That(read.SentAtMs, Is.EqualTo(ReceivedAtMs - 30_000));
            Assert.That(read.TimestampMs, Is.EqualTo(ReceivedAtMs - 30_000));
            Assert.That(Text(read, _parsing.Outcome.WriteKey), Is.EqualTo("wk"));
        });
    }

    [TestCase(EventType.Identify, """{"userId":"u"}""")]
    [TestCase(EventType.Page, """{"anonymousId":"a","name":"Home"}""")]
    [TestCase(EventType.Screen, """{"anonymousId":"a","name":"Home"}""")]
    [TestCase(EventType.Group, """{"anonymousId":"a","groupId":"g"}""")]
    [TestCase(EventType.Alias, """{"userId":"u","previousId":"a"}""")]
    public void The_route_names_the_call(EventType type, string json)
    {
        var read = _parsing.Single(json, type)[0];

        Assert.That((read.Type, read.Kind), Is.EqualTo((type, EventKind.Other)));
    }

    [Test]
    public void The_route_wins_over_the_type_in_the_body() =>
        Assert.That(_parsing.Single("""{"type":"identify","userId":"u","name":"Home"}""", EventType.Page)[0].Type, Is.EqualTo(EventType.Page));

    [Test]
    public void A_page_has_its_name()
    {
        var read = _parsing.Single("""{"anonymousId":"a","name":"Home"}""", EventType.Page)[0];

        Assert.That(Text(read, read.Name), Is.EqualTo("Home"));
    }

    [Test]
    public void An_alias_has_the_key_of_its_previous_id_among_anonymous_ids()
    {
        var read = _parsing.Single("""{"userId":"u","previousId":"old"}""", EventType.Alias)[0];

        Assert.That(read.PreviousKey, Is.EqualTo(Hasher.Hash(KeySpace.AnonymousId, "old"u8)));
    }

    [Test]
    public void Ids_may_be_numbers_and_are_kept_as_their_text()
    {
        var read = _parsing.Single("""{"userId":12345,"messageId":1e3,"event":"x","context":{"sessionId":1714564700000}}""")[0];

        Assert.Multiple(() =>
        {
            Assert.That(Text(read, read.UserId), Is.EqualTo("12345"));
            Assert.That(Text(read, read.MessageId), Is.EqualTo("1e3"));
            Assert.That(Text(read, read.SessionId), Is.EqualTo("1714564700000"));
        });
    }

    [Test]
    public void Null_counts_as_absent()
    {
        var read = _parsing.Single("""{"userId":null,"anonymousId":"a","event":"x","messageId":null,"context":null,"properties":null,"timestamp":null}""")[0];

        Assert.Multiple(() =>
        {
            Assert.That((read.UserId.IsEmpty, read.MessageId.IsEmpty, read.UserKey, read.MessageKey), Is.EqualTo((true, true, default(UInt128), default(UInt128))));
            Assert.That((read.TimestampMs, read.LineCount), Is.EqualTo((ReceivedAtMs, 0)));
        });
    }

    [Test]
    public void Of_a_repeated_key_the_last_value_counts()
    {
        var read = _parsing.Single(
            """
            {"userId":"first","userId":"last","event":"x",
             "properties":{"product_id":"gone","order_id":"gone","products":[{"sku":"gone"}]},
             "properties":{"products":[{"sku":"gone"}],"products":[{"sku":"stays"}]},
             "context":{"sessionId":"gone"},"context":{}}
            """)[0];

        Assert.Multiple(() =>
        {
            Assert.That(Text(read, read.UserId), Is.EqualTo("last"));
            Assert.That(read.LineCount, Is.EqualTo(1));
            Assert.That(Text(read, read.Lines[0].Id), Is.EqualTo("stays"));
            Assert.That((read.OrderId.IsEmpty, read.SessionId.IsEmpty), Is.EqualTo((true, true)));
        });
    }

    [Test]
    public void Escapes_are_resolved_in_values_and_in_names()
    {
        var read = _parsing.Single(
            """{"\u0075serId":"a\"b\\c\/d\b\f\n\r\té\ud83d\ude00","anonymousId":"\u0000","event":"Product\u0020Viewed"}""")[0];

        Assert.Multiple(() =>
        {
            Assert.That(Text(read, read.UserId), Is.EqualTo("a\"b\\c/d\b\f\n\r\té😀"));
            Assert.That(Text(read, read.AnonymousId), Is.EqualTo("\0"));
            Assert.That(read.Kind, Is.EqualTo(EventKind.ProductViewed));
        });
    }

    [Test]
    public void Raw_utf8_passes_unchanged()
    {
        var read = _parsing.Track("\"properties\":{\"sku\":\"Mönopoly ☃\"}");

        Assert.That(Text(read, read.Lines[0].Id), Is.EqualTo("Mönopoly ☃"));
    }

    [Test]
    public void A_byte_order_mark_and_white_space_around_are_skipped() =>
        Assert.That(_parsing.Single("\uFEFF \r\n{\"userId\":\"u\",\"event\":\"x\"}\n ").EventCount, Is.EqualTo(1));

    [TestCase("product_id", "p")]
    [TestCase("productId", "p")]
    [TestCase("sku", "p")]
    [TestCase("id", "p")]
    public void A_product_is_known_by_any_of_its_usual_ids(string field, string value)
    {
        var read = _parsing.Track($$"""
            "properties":{"{{field}}":"{{value}}"}
            """);

        Assert.That(Text(read, read.Lines[0].Id), Is.EqualTo(value));
    }

    [Test]
    public void The_product_id_wins_over_the_sku_and_the_sku_over_the_id()
    {
        var both = _parsing.Track("\"properties\":{\"id\":\"i\",\"sku\":\"s\",\"product_id\":\"p\"}");
        var sku = _parsing.Track("\"properties\":{\"id\":\"i\",\"sku\":\"s\"}");

        Assert.That((Text(both, both.Lines[0].Id), Text(sku, sku.Lines[0].Id)), Is.EqualTo(("p", "s")));
    }

    [Test]
    public void A_bare_id_is_no_product_where_the_event_is_not_about_one_product()
    {
        var read = _parsing.Single("""{"userId":"u","event":"Promotion Viewed","properties":{"id":"summer"}}""")[0];

        Assert.That(read.LineCount, Is.Zero);
    }

    [Test]
    public void Products_of_an_order_become_lines()
    {
        var read = _parsing.Single(
            """
            {"userId":"u","event":"Order Completed","properties":{"products":[
              {"product_id":1,"price":"10.50","quantity":"3","category":"A"},{"id":"b","brand":"B"},{"name":"no id"},"c",null,[]],
              "orderId":77,"revenue":"31.5","value":1}}
            """)[0];

        Assert.Multiple(() =>
        {
            Assert.That(read.Lines.ToArray().Select(line => Text(read, line.Id)), Is.EqualTo(["1", "b", "c"]));
            Assert.That((read.Lines[0].Price, read.Lines[0].Quantity), Is.EqualTo((10.5f, 3f)));
            Assert.That((read.Lines[1].Price, read.Lines[1].Quantity), Is.EqualTo((float.NaN, 1f)));
            Assert.That(Text(read, read.OrderId), Is.EqualTo("77"));
            Assert.That(read.Revenue, Is.EqualTo(31.5f));
        });
    }

    [TestCase("\"total\":3,\"revenue\":2,\"value\":1", 3f)]
    [TestCase("\"revenue\":2,\"value\":1", 2f)]
    [TestCase("\"value\":1", 1f)]
    [TestCase("\"total\":null", float.NaN)]
    public void Revenue_is_the_total_or_else_the_revenue_or_else_the_value(string fields, float revenue) =>
        Assert.That(_parsing.Track("\"properties\":{" + fields + "}").Revenue, Is.EqualTo(revenue));

    [Test]
    public void Products_beyond_the_bound_are_stored_but_not_applied()
    {
        var products = string.Join(',', Enumerable.Range(0, ParserLimits.Lines + 2).Select(i => $"{{\"sku\":\"{i}\"}}"));

        var read = _parsing.Track($"\"properties\":{{\"products\":[{products}]}}");

        Assert.That((read.LineCount, _parsing.Outcome.IgnoredLines), Is.EqualTo((ParserLimits.Lines, 2)));
    }

    [TestCase("1e999")]
    [TestCase("-1e999")]
    [TestCase("-5")]
    [TestCase("\"NaN\"")]
    [TestCase("\"Infinity\"")]
    [TestCase("\"12 EUR\"")]
    [TestCase("\"\"")]
    [TestCase("true")]
    [TestCase("{\"amount\":1}")]
    [TestCase("[1]")]
    public void A_price_that_is_none_counts_as_absent(string price)
    {
        var read = _parsing.Track($"\"properties\":{{\"sku\":\"s\",\"price\":{price},\"quantity\":{price}}}");

        Assert.That((read.Lines[0].Price, read.Lines[0].Quantity), Is.EqualTo((float.NaN, 1f)));
    }

    [Test]
    public void A_number_of_400_digits_costs_nobody_anything()
    {
        var digits = new string('9', 400);

        var read = _parsing.Track($"\"userId\":{digits},\"properties\":{{\"sku\":\"s\",\"price\":{digits}}},\"timestamp\":{digits}");

        Assert.That((Text(read, read.UserId), read.Lines[0].Price, read.TimestampMs), Is.EqualTo((digits, float.NaN, ReceivedAtMs)));
    }

    [TestCase("Order Completed", true)]
    [TestCase("Product Added", true)]
    [TestCase("Payment Info Entered", true)]
    [TestCase("Product Viewed", false)]
    [TestCase("Anything", false)]
    public void Events_that_cost_a_sale_are_critical(string name, bool isCritical) =>
        Assert.That(_parsing.Single($$"""{"userId":"u","event":"{{name}}"}""").IsCritical, Is.EqualTo(isCritical));

    [Test]
    public void Identify_alias_and_consent_are_critical()
    {
        var identify = _parsing.Single("""{"userId":"u"}""", EventType.Identify).IsCritical;
        var alias = _parsing.Single("""{"userId":"u"}""", EventType.Alias).IsCritical;
        var consent = _parsing.Single("""{"userId":"u","context":{"consent":{"categoryPreferences":{"train":false}}}}""", EventType.Page).IsCritical;

        Assert.That((identify, alias, consent), Is.EqualTo((true, true, true)));
    }
}
