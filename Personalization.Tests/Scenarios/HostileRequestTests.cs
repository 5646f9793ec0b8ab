using System.IO.Compression;
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using NUnit.Framework;
using Personalization.Tests.Support;

namespace Personalization.Tests.Scenarios;

/// <summary>Whatever is thrown at the door gets a clear answer, and the process goes on.</summary>
public class HostileRequestTests
{
    private TemporaryFolder _folder;
    private ShopServer _shop;

    [OneTimeSetUp]
    public async Task StartShop()
    {
        _folder = new TemporaryFolder();
        _shop = await ShopServer.StartAsync(_folder.Path);
    }

    [OneTimeTearDown]
    public async Task StopShop()
    {
        await _shop.DisposeAsync();
        _folder.Dispose();
    }

    [TearDown]
    public async Task The_process_is_healthy_afterwards()
    {
        var shopper = TestContext.CurrentContext.Test.ID;
        await _shop.TrackAsync("/v1/track", ShopEvents.View(shopper, "tent"));
        await _shop.SettleAsync();
        Assert.That((await _shop.RecommendAsync($"recently-viewed?anonymousId={shopper}")).Ids(), Is.EqualTo(new[] { "tent" }));
    }

    private static IEnumerable<TestCaseData> MalformedBodies()
    {
        yield return Body("An_empty_body", "");
        yield return Body("Half_an_object", "{\"event\":\"Product Viewed\",");
        yield return Body("Not_JSON", "event=Product+Viewed");
        yield return Body("An_array_where_an_object_belongs", "[]");
        yield return Body("Trailing_garbage", "{\"event\":\"x\",\"anonymousId\":\"a\"} and more");
        yield return Body("Ten_thousand_levels_of_nesting", "{\"event\":\"x\",\"anonymousId\":\"a\",\"properties\":" + new string('[', 10_000) + new string(']', 10_000) + "}");
        yield return Body("No_identifier", "{\"event\":\"Product Viewed\"}");
        yield return Body("An_empty_identifier", "{\"event\":\"Product Viewed\",\"anonymousId\":\"\"}");
        yield return Body("No_event_name", "{\"anonymousId\":\"a\"}");
        yield return Body("An_object_for_an_identifier", "{\"event\":\"x\",\"anonymousId\":{\"a\":1}}");
        yield return Body("An_endless_identifier", "{\"event\":\"x\",\"anonymousId\":\"" + new string('a', 5_000) + "\"}");
        yield return Body("A_lone_surrogate_in_an_identifier", "{\"event\":\"x\",\"anonymousId\":\"\\ud800\"}");
    }

    [TestCase("/v1/imports?limit=abc", "limit")]
    [TestCase("/v1/live?limit=abc", "limit")]
    [TestCase("/v1/live?limit=1&limit=2", "limit")]
    [TestCase("/v1/quality/flags?limit=99999999999999999999", "limit")]
    [TestCase("/v1/audit?before=now", "before")]
    [TestCase("/v1/privacy/requests?limit=1&limit=2", "limit")]
    public async Task A_value_of_an_address_that_cannot_be_read_is_named(string path, string name)
    {
        using var response = await _shop.Server.GetAsync(path);

        var problem = JsonElement.Parse(await response.Content.ReadAsStringAsync());
        Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.BadRequest));
        Assert.That(problem.GetProperty("type").GetString(), Is.EqualTo("urn:personalization:problem:host/unreadable-parameter"));
        Assert.That(problem.GetProperty("detail").GetString(), Is.EqualTo($"Given once each, there can be read: '{name}' as a whole number."));
    }

    [Test]
    public async Task Whoever_sends_half_a_surrogate_pair_can_be_looked_at_all_the_same()
    {
        using var sent = await _shop.Client.PostAsync("/v1/track", ShopServer.Json("""{"event":"cut \ud83d","anonymousId":"cutter","properties":{"\ud83dlonger":"\ude00"},"\ud800longer":1}"""));
        using var refused = await _shop.Client.PostAsync("/v1/track", ShopServer.Json("""{"event":"\ud83d","userId":"\ud800"}"""));
        await _shop.SettleAsync();
        var profile = JsonElement.Parse(await _shop.Server.GetStringAsync("/v1/profiles/lookup?anonymousId=cutter")).GetProperty("profileId").GetInt32();
        var letter = JsonElement.Parse(await _shop.Server.GetStringAsync("/v1/dead-letters")).GetProperty("letters").EnumerateArray()
            .First(each => each.GetProperty("fault").GetString() == "broken_text").GetProperty("id").GetInt64();

        var events = JsonElement.Parse(await _shop.Server.GetStringAsync($"/v1/profiles/{profile}/events"));
        var body = JsonElement.Parse(await _shop.Server.GetStringAsync($"/v1/dead-letters/{letter}"));
        using var choice = await _shop.Server.PutAsync($"/v1/profiles/{profile}/non-profiling", ShopServer.Json("""{"isNonProfiling":true}"""));

        Assert.That(events[0].GetProperty("event").GetProperty("event").GetString(), Is.EqualTo("cut \uFFFD"));
        Assert.That(events[0].GetProperty("event").GetProperty("properties").GetProperty("\uFFFDlonger").GetString(), Is.EqualTo("\uFFFD"));
        Assert.That(body.GetProperty("bodyText").GetString(), Does.Contain("\\ud800"));
        Assert.That(choice.StatusCode, Is.EqualTo(HttpStatusCode.OK));
    }

    [Test]
    public async Task A_report_up_to_the_beginning_of_time_is_empty_and_no_fault()
    {
        using var put = await _shop.Server.PutAsync("/v1/funnels/looks", ShopServer.Json("""{"steps":[{"event":"Product Viewed"},{"event":"Product Added"}],"within":"1d"}"""));

        using var response = await _shop.Server.GetAsync("/v1/funnels/looks/report?to=0001-01-02T00:00:00Z");

        Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.OK), await response.Content.ReadAsStringAsync());
    }

    [TestCaseSource(nameof(MalformedBodies))]
    public async Task A_malformed_event_is_a_400_that_says_what_is_wrong(string body)
    {
        using var response = await _shop.Client.PostAsync("/v1/track", ShopServer.Json(body));

        await AssertProblemAsync(response, HttpStatusCode.BadRequest);
    }

    [Test]
    public async Task Bytes_that_are_not_UTF8_are_a_400()
    {
        var body = Encoding.UTF8.GetBytes("{\"event\":\"x\",\"anonymousId\":\"a??b\"}");
        body.AsSpan().Replace((byte)'?', (byte)0xFF);

        using var response = await _shop.Client.PostAsync("/v1/track", new ByteArrayContent(body));

        await AssertProblemAsync(response, HttpStatusCode.BadRequest);
    }

    [TestCase("1e999")]
    [TestCase("-1e999")]
    [TestCase("99999999999999999999999999999999999999999999999999999999999999999999999999")]
    public async Task Absurd_numbers_are_answered_and_never_poison_a_profile(string number)
    {
        var shopper = "numbers-" + TestContext.CurrentContext.Test.ID;
        var body = $$$"""{"event":"Order Completed","anonymousId":"{{{shopper}}}","properties":{"order_id":"o","revenue":{{{number}}},"products":[{"product_id":"tent","price":{{{number}}},"quantity":{{{number}}}}]}}""";

        using var response = await _shop.Client.PostAsync("/v1/track", ShopServer.Json(body));

        Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.OK).Or.EqualTo(HttpStatusCode.BadRequest));
        await _shop.SettleAsync();
        if (response.StatusCode == HttpStatusCode.OK)
        {
            var profile = JsonElement.Parse(await _shop.Server.GetStringAsync($"/v1/profiles/lookup?anonymousId={shopper}"));
            Assert.That(double.IsFinite(profile.GetProperty("counters").GetProperty("revenue").GetDouble()));
        }
    }

    [Test]
    public async Task An_unknown_write_key_is_a_401()
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/track") { Content = ShopServer.Json(ShopEvents.View("a", "tent")) };
        request.Headers.Authorization = new AuthenticationHeaderValue("Basic", Convert.ToBase64String("wrong:"u8));

        using var response = await _shop.Client.SendAsync(request);

        await AssertProblemAsync(response, HttpStatusCode.Unauthorized);
    }

    [Test]
    public async Task A_zip_bomb_is_refused_before_it_unfolds()
    {
        using var zipped = new MemoryStream();
        await using (var gzip = new GZipStream(zipped, CompressionLevel.SmallestSize, leaveOpen: true))
        {
            await gzip.WriteAsync(Encoding.UTF8.GetBytes("{\"event\":\"x\",\"anonymousId\":\""));
            for (var i = 0; i < 256; i++)
            {
                await gzip.WriteAsync(new byte[1 << 20]);
            }
        }

        Assert.That(zipped.Length, Is.LessThan(1 << 20), "a small body that would become 256 MB");
        using var content = new ByteArrayContent(zipped.ToArray());
        content.Headers.ContentEncoding.Add("gzip");
        using var response = await _shop.Client.PostAsync("/v1/track", content);

        await AssertProblemAsync(response, HttpStatusCode.RequestEntityTooLarge);
    }

    [Test]
    public async Task A_body_over_the_limit_is_a_413()
    {
        var body = "{\"event\":\"x\",\"anonymousId\":\"a\",\"properties\":{\"p\":\"" + new string('x', 5 << 20) + "\"}}";

        using var response = await _shop.Client.PostAsync("/v1/batch", ShopServer.Json(body));

        await AssertProblemAsync(response, HttpStatusCode.RequestEntityTooLarge);
    }

    [Test]
    public async Task Broken_compression_is_a_400_and_an_unknown_one_a_415()
    {
        using var broken = new ByteArrayContent([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3, 1, 2, 3, 4]);
        broken.Headers.ContentEncoding.Add("gzip");
        using var unknown = new StringContent("{}");
        unknown.Headers.ContentEncoding.Add("lzma");

        using var brokenAnswer = await _shop.Client.PostAsync("/v1/track", broken);
        using var unknownAnswer = await _shop.Client.PostAsync("/v1/track", unknown);

        await AssertProblemAsync(brokenAnswer, HttpStatusCode.BadRequest);
        await AssertProblemAsync(unknownAnswer, HttpStatusCode.UnsupportedMediaType);
    }

    [Test]
    public async Task Good_events_of_a_batch_count_though_others_are_bad()
    {
        var shopper = "batch-" + TestContext.CurrentContext.Test.ID;

        await _shop.TrackAsync("/v1/batch", ShopEvents.Batch([
            new { type = "track", @event = "Product Viewed" },
            ShopEvents.View(shopper, "tent"),
            new { type = "nonsense", anonymousId = "a" },
        ]));
        await _shop.SettleAsync();

        Assert.That((await _shop.RecommendAsync($"recently-viewed?anonymousId={shopper}")).Ids(), Is.EqualTo(new[] { "tent" }));
    }

    [Test]
    public async Task A_batch_of_2500_events_is_taken_whole()
    {
        var shopper = "many-" + TestContext.CurrentContext.Test.ID;

        await _shop.TrackAsync("/v1/batch", ShopEvents.Batch(Enumerable.Range(0, 2_500).Select(i => ShopEvents.View(shopper, $"item-{i}"))));
        await _shop.SettleAsync();

        var profile = JsonElement.Parse(await _shop.Server.GetStringAsync($"/v1/profiles/lookup?anonymousId={shopper}"));
        Assert.That(profile.GetProperty("counters").GetProperty("views").GetInt32(), Is.EqualTo(2_500));
    }

    [TestCase("/v1/recommendations/no-such-placement", HttpStatusCode.NotFound)]
    [TestCase("/v1/recommendations/for-you?limit=0", HttpStatusCode.BadRequest)]
    [TestCase("/v1/recommendations/for-you?limit=many", HttpStatusCode.BadRequest)]
    public async Task A_bad_question_is_a_problem_that_says_why(string path, HttpStatusCode status)
    {
        using var response = await _shop.Client.GetAsync(path);

        await AssertProblemAsync(response, status);
    }

    [Test]
    public async Task Server_endpoints_do_not_open_for_a_write_key()
    {
        using var put = await _shop.Client.PutAsync("/v1/catalog/items", ShopServer.Json("[]"));
        using var profile = await _shop.Client.GetAsync("/v1/profiles/lookup?anonymousId=a");
        using var erase = await _shop.Client.DeleteAsync("/v1/profiles/0");

        Assert.That(new[] { put.StatusCode, profile.StatusCode, erase.StatusCode }, Is.All.EqualTo(HttpStatusCode.Unauthorized));
    }

    private static TestCaseData Body(string name, string body) => new TestCaseData(body).SetArgDisplayNames(name);

    private static async Task AssertProblemAsync(HttpResponseMessage response, HttpStatusCode status)
    {
        var body = await response.Content.ReadAsStringAsync();
        Assert.That(response.StatusCode, Is.EqualTo(status), body);
        Assert.That(response.Content.Headers.ContentType?.MediaType, Is.EqualTo("application/problem+json"));
        Assert.That(JsonElement.Parse(body).GetProperty("type").GetString(), Does.StartWith("urn:personalization:problem:"));
    }
}
