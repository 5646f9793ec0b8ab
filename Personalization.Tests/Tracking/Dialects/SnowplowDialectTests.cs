using System.Buffers;
using System.Text;
using System.Text.Json;
using NUnit.Framework;
using Personalization.Tracking.Contracts;
using Personalization.Tracking.Domain;
using Personalization.Tracking.Domain.Dialects;

namespace Personalization.Tests.Tracking.Dialects;

internal sealed class SnowplowDialectTests
{
    private readonly SnowplowDialect _dialect = new(64 * 1024);
    private Translating _translating;

    [SetUp]
    public void Begin() => _translating = new Translating(_dialect);

    [Test]
    public void A_page_view_is_a_page_call()
    {
        var read = Read("""{"e":"pv","eid":"e-1","duid":"d-1","uid":"u-1","sid":"s-1","url":"https://shop.example/p/1?x=1","page":"P1","refr":"https://google.com","aid":"shop","dtm":"1714564790000","stm":"1714564795000"}""");

        Assert.That((read.Type, Text(read.Name), Text(read.MessageId), Text(read.AnonymousId), Text(read.UserId), Text(read.SessionId)),
            Is.EqualTo((EventType.Page, "P1", "e-1", "d-1", "u-1", "s-1")));
        Assert.That(read.TimestampMs, Is.EqualTo(Parsing.ReceivedAtMs - 5000));
        Assert.That(_translating.Last.AppId, Is.EqualTo("shop"));
        var properties = _translating.Event().GetProperty("properties");
        Assert.That(
            (properties.GetProperty("url").GetString(), properties.GetProperty("path").GetString(), properties.GetProperty("referrer").GetString()),
            Is.EqualTo(("https://shop.example/p/1?x=1", "/p/1", "https://google.com")));

        string Text(Utf8Slice slice) => _translating.Text(read, slice);
    }

    [Test]
    public void A_true_time_is_not_corrected()
    {
        var read = Read("""{"e":"pv","eid":"e","duid":"d","ttm":"1714560000000","dtm":"1714564790000","stm":"1714564795000"}""");

        Assert.That(read.TimestampMs, Is.EqualTo(1714560000000));
    }

    [Test]
    public void A_structured_event_is_called_by_its_action_and_its_value_is_no_revenue()
    {
        var read = Read("""{"e":"se","eid":"e","duid":"d","se_ca":"shop","se_ac":"add-to-basket","se_la":"sku","se_pr":"pcs","se_va":"2"}""");

        Assert.That((_translating.Text(read, read.Name), read.Revenue), Is.EqualTo(("add-to-basket", float.NaN)));
        Assert.That(_translating.Event().GetProperty("properties").GetProperty("se_value").GetInt32(), Is.EqualTo(2));
    }

    [Test]
    public void A_page_ping_is_a_track_call()
    {
        var read = Read("""{"e":"pp","eid":"e","duid":"d","pp_miy":"0","pp_may":"300"}""");

        Assert.That(_translating.Text(read, read.Name), Is.EqualTo("Page Ping"));
        Assert.That(_translating.Event().GetProperty("properties").GetProperty("max_y").GetInt32(), Is.EqualTo(300));
    }

    [TestCase("product_view", "ProductViewed")]
    [TestCase("add_to_cart", "ProductAdded")]
    [TestCase("remove_from_cart", "ProductRemoved")]
    [TestCase("list_click", "ProductClicked")]
    [TestCase("list_view", "ProductListViewed")]
    [TestCase("checkout_step", "CheckoutStepViewed")]
    [TestCase("transaction", "OrderCompleted")]
    [TestCase("refund", "OrderRefunded")]
    [TestCase("promo_view", "PromotionViewed")]
    [TestCase("promo_click", "PromotionClicked")]
    [TestCase("something_new", "Other")]
    public void An_ecommerce_action_is_an_event_of_the_taxonomy_with_its_products(string action, string kind)
    {
        var read = ReadAction(action, """{"schema":"iglu:com.snowplowanalytics.snowplow.ecommerce/product/jsonschema/1-0-0","data":{"id":"P-1","category":"toys","price":9.99,"currency":"EUR","quantity":2}}""");

        Assert.That((read.Kind.ToString(), Translating.Products(read)), Is.EqualTo((kind, "P-1x2@9.99")));
    }

    [Test]
    public void A_transaction_carries_its_order_and_all_products()
    {
        var read = ReadAction(
            "transaction",
            """{"schema":"iglu:com.snowplowanalytics.snowplow.ecommerce/transaction/jsonschema/1-0-0","data":{"transaction_id":"O-1","revenue":45.5,"tax":3,"shipping":2,"currency":"EUR","discount_code":"SPRING"}}""",
            """{"schema":"iglu:com.snowplowanalytics.snowplow.ecommerce/product/jsonschema/1-0-0","data":{"id":"P-1","price":9.5,"quantity":1}}""",
            """{"schema":"iglu:com.snowplowanalytics.snowplow.ecommerce/product/jsonschema/1-0-0","data":{"id":"P-2","price":18,"quantity":2}}""");

        Assert.That((read.Kind, _translating.Text(read, read.OrderId), read.Revenue), Is.EqualTo((EventKind.OrderCompleted, "O-1", 45.5f)));
        Assert.That(Translating.Products(read), Is.EqualTo("P-1x1@9.5 P-2x2@18"));
        Assert.That(_translating.Event().GetProperty("properties").GetProperty("coupon").GetString(), Is.EqualTo("SPRING"));
    }

    [Test]
    public void An_old_transaction_is_joined_with_its_items_and_a_lone_item_updates_its_order()
    {
        var batch = _translating.Body(Payload(
            """{"e":"tr","eid":"1","duid":"d","tr_id":"O-1","tr_tt":"30.5","tr_cu":"EUR"}""",
            """{"e":"ti","eid":"2","duid":"d","ti_id":"O-1","ti_sk":"P-1","ti_pr":"10","ti_qu":"2"}""",
            """{"e":"ti","eid":"3","duid":"d","ti_id":"O-9","ti_sk":"P-2","ti_pr":"5","ti_qu":"1"}"""));

        Assert.That(batch.EventCount, Is.EqualTo(2));
        Assert.That((batch[0].Kind, Translating.Products(batch[0]), batch[0].Revenue), Is.EqualTo((EventKind.OrderCompleted, "P-1x2@10", 30.5f)));
        Assert.That((batch[1].Kind, Translating.Products(batch[1])), Is.EqualTo((EventKind.OrderUpdated, "P-2x1@5")));
    }

    [Test]
    public void An_item_without_an_order_and_a_transaction_that_comes_twice_lose_and_double_nothing()
    {
        var batch = _translating.Body(Payload(
            """{"e":"tr","eid":"1","duid":"d"}""",
            """{"e":"ti","eid":"2","duid":"d","ti_sk":"P-1","ti_pr":"10"}""",
            """{"e":"tr","eid":"3","duid":"d","tr_id":"O-1"}""",
            """{"e":"tr","eid":"4","duid":"d","tr_id":"O-1"}""",
            """{"e":"ti","eid":"5","duid":"d","ti_id":"O-1","ti_sk":"P-2","ti_pr":"10"}"""));

        Assert.That(batch.EventCount + batch.Refusals.Count, Is.EqualTo(4), "but for the item that stands in its transaction");
        Assert.That(Enumerable.Range(0, batch.EventCount).Select(i => Translating.Products(batch[i])).Order(), Is.EqualTo(new[] { "", "", "P-1x1@10", "P-2x1@10" }));
    }

    [Test]
    public void An_unknown_schema_gives_the_event_its_name_and_its_properties()
    {
        var read = Read("""{"e":"ue","eid":"e","duid":"d","ue_pr":"{\"schema\":\"iglu:com.snowplowanalytics.snowplow/unstruct_event/jsonschema/1-0-0\",\"data\":{\"schema\":\"iglu:com.acme/review_sent/jsonschema/1-0-0\",\"data\":{\"stars\":5}}}"}""");

        Assert.That(_translating.Text(read, read.Name), Is.EqualTo("review_sent"));
        Assert.That(_translating.Event().GetProperty("properties").GetProperty("stars").GetInt32(), Is.EqualTo(5));
        Assert.That(_translating.Event().GetProperty("context").GetProperty("schema").GetString(), Is.EqualTo("iglu:com.acme/review_sent/jsonschema/1-0-0"));
    }

    [Test]
    public void A_screen_view_is_a_screen_call()
    {
        var read = Read("""{"e":"ue","eid":"e","duid":"d","ue_pr":"{\"data\":{\"schema\":\"iglu:com.snowplowanalytics.mobile/screen_view/jsonschema/1-0-0\",\"data\":{\"name\":\"Home\"}}}"}""");

        Assert.That((read.Type, _translating.Text(read, read.Name)), Is.EqualTo((EventType.Screen, "Home")));
    }

    [TestCase("duid=d&nuid=n", "d")]
    [TestCase("nuid=n", "n")]
    [TestCase("tnuid=t&nuid=n", "t")]
    [TestCase("", "cookie")]
    public void The_anonymous_id_is_the_best_one_there_is(string ids, string expected)
    {
        var batch = _translating.Query("e=pv&eid=1&" + ids, request => request with { NetworkUserId = "cookie" });

        Assert.That(_translating.Text(batch[0], batch[0].AnonymousId), Is.EqualTo(expected));
    }

    [Test]
    public void An_anonymous_tracker_is_not_recognised_and_its_page_view_stands_alone()
    {
        var contexts = """{\"data\":[{\"schema\":\"iglu:com.snowplowanalytics.snowplow/web_page/jsonschema/1-0-0\",\"data\":{\"id\":\"page-1\"}},{\"schema\":\"iglu:com.snowplowanalytics.snowplow/client_session/jsonschema/1-0-2\",\"data\":{\"userId\":\"00000000-0000-0000-0000-000000000000\",\"sessionId\":\"s-1\"}}]}""";

        var batch = _translating.Body(
            Payload($$"""{"e":"pv","eid":"1","nuid":"n","co":"{{contexts}}"}""", """{"e":"pv","eid":"2"}""", """{"e":"pv","eid":"3","uid":"u"}"""),
            request => request with { IsAnonymous = true, NetworkUserId = "cookie" });

        Assert.That(Enumerable.Range(0, 3).Select(i => _translating.Text(batch[i], batch[i].AnonymousId)), Is.EqualTo(new[] { "pageview:page-1", "event:2", "" }));
        Assert.That(_translating.Text(batch[0], batch[0].SessionId), Is.EqualTo("s-1"));
    }

    [TestCase("eyJkYXRhIjpbeyJzY2hlbWEiOiJpZ2x1OmEvd2ViX3BhZ2UvaiIsImRhdGEiOnsiaWQiOiI_In19XX0")]
    [TestCase("eyJkYXRhIjpbeyJzY2hlbWEiOiJpZ2x1OmEvd2ViX3BhZ2UvaiIsImRhdGEiOnsiaWQiOiI_In19XX0=")]
    [TestCase("eyJkYXRhIjpbeyJzY2hlbWEiOiJpZ2x1OmEvd2ViX3BhZ2UvaiIsImRhdGEiOnsiaWQiOiI%2FIn19XX0%3D")]
    public void Base64_is_read_in_both_alphabets(string encoded)
    {
        _translating.Query("e=pv&eid=1&cx=" + encoded);

        Assert.That(_translating.Event().GetProperty("anonymousId").GetString(), Is.EqualTo("pageview:?"));
    }

    [TestCase("cx=%25%25%25")]
    [TestCase("cx=e30")]
    [TestCase("co=not+json")]
    [TestCase("co=[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]")]
    [TestCase("cx=_____w")]
    public void Contexts_that_cannot_be_read_do_not_cost_the_event(string contexts)
    {
        var batch = _translating.Query("e=pv&eid=1&duid=d&" + contexts);

        Assert.That((batch.EventCount, batch.Refusals.Count), Is.EqualTo((1, 0)));
    }

    [TestCase("""{"eid":"no type"}""")]
    [TestCase("""{"e":"xx","eid":"unknown type"}""")]
    [TestCase("""{"e":"ue","eid":"no data"}""")]
    [TestCase("""{"e":"ue","eid":"no JSON","ue_pr":"{"}""")]
    [TestCase("""{"e":"ue","eid":"no schema","ue_pr":"{\"data\":{\"data\":{}}}"}""")]
    [TestCase("""{"e":"pv","uid":"\ud800"}""")]
    [TestCase("17")]
    [TestCase("\"text\"")]
    [TestCase("null")]
    [TestCase("[]")]
    public void What_cannot_be_translated_is_refused_alone_and_as_it_came(string sent)
    {
        var batch = _translating.Body(Payload(sent, """{"e":"pv","eid":"2","duid":"d"}"""));

        Assert.That((batch.EventCount, batch.Refusals.Count, batch.Refusals[0].Index), Is.EqualTo((1, 1, 0)));
        Assert.That(Encoding.UTF8.GetString(batch.Text(batch.Refusals[0].Raw)), Is.EqualTo(sent));
    }

    [Test]
    public void An_event_that_is_too_large_is_refused_for_that()
    {
        var batch = _translating.Body(Payload($$"""{"e":"pv","eid":"1","duid":"d","page":"{{new string('x', 70_000)}}"}""", """{"e":"pv","eid":"2","duid":"d"}"""));

        Assert.That((batch.EventCount, batch.Refusals[0].Reason), Is.EqualTo((1, RefusalReason.TooLarge)));
    }

    [TestCase("""{"schema":"iglu:x"}""", "OtherForm")]
    [TestCase("""[]""", "OtherForm")]
    [TestCase("""17""", "OtherForm")]
    [TestCase("""{"data":[}""", "Unreadable")]
    [TestCase("oops", "Unreadable")]
    public void A_body_that_is_no_payload_is_told_apart_from_one_that_is_no_JSON(string body, string status)
    {
        var translation = _dialect.Translate(new DialectRequest(Encoding.UTF8.GetBytes(body), ""), new ArrayBufferWriter<byte>());

        Assert.That(translation.Status.ToString(), Is.EqualTo(status));
    }

    private TrackedEvent Read(string sent)
    {
        var batch = _translating.Body(Payload(sent));
        Assert.That((batch.EventCount, batch.Refusals.Count), Is.EqualTo((1, 0)));
        return batch[0];
    }

    private TrackedEvent ReadAction(string action, params string[] entities)
    {
        var own = $$$$"""{"schema":"iglu:com.snowplowanalytics.snowplow/unstruct_event/jsonschema/1-0-0","data":{"schema":"iglu:com.snowplowanalytics.snowplow.ecommerce/snowplow_ecommerce_action/jsonschema/1-0-2","data":{"type":"{{{{action}}}}"}}}""";
        var contexts = "{\"data\":[" + string.Join(',', entities) + "]}";
        return Read($$"""{"e":"ue","eid":"e","duid":"d","ue_pr":{{JsonSerializer.Serialize(own)}},"co":{{JsonSerializer.Serialize(contexts)}}}""");
    }

    private static string Payload(params string[] events) =>
        """{"schema":"iglu:com.snowplowanalytics.snowplow/payload_data/jsonschema/1-0-4","data":[""" + string.Join(',', events) + "]}";
}
