using System.Net;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using NUnit.Framework;
using Personalization.Tests.Support;
using Personalization.Tracking.Contracts;

namespace Personalization.Tests.Conformance;

/// <summary>What clients do that no single recording shows, or that would be easy to lose.</summary>
internal sealed class ClientDetailsTests
{
    private ClientsServer _server;
    private HttpClient _http;

    [OneTimeSetUp]
    public async Task StartServer()
    {
        _server = await ClientsServer.StartAsync("--Personalization:Tracking:Clients:SnowplowPaths:0=/shop/events");
        _http = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false }) { BaseAddress = _server.Address };
    }

    [OneTimeTearDown]
    public async Task StopServer()
    {
        _http.Dispose();
        await _server.DisposeAsync();
    }

    [TestCase("/v1/track")]
    [TestCase("/v1/t")]
    [TestCase("/v1/identify")]
    [TestCase("/v1/i")]
    [TestCase("/v1/page")]
    [TestCase("/v1/p")]
    [TestCase("/v1/screen")]
    [TestCase("/v1/s")]
    [TestCase("/v1/group")]
    [TestCase("/v1/g")]
    [TestCase("/v1/alias")]
    [TestCase("/v1/a")]
    [TestCase("/v1/batch")]
    [TestCase("/v1/b")]
    [TestCase("/v1/m")]
    [TestCase("/beacon/v1/batch")]
    [TestCase("/api/s/track")]
    [TestCase("/api/s/s2s/identify")]
    [TestCase("/com.snowplowanalytics.snowplow/tp2")]
    [TestCase("/com.example/anything")]
    [TestCase("/shop/events")]
    [TestCase("/i")]
    [TestCase("/e")]
    [TestCase("/batch")]
    [TestCase("/capture")]
    [TestCase("/i/v0/e")]
    [TestCase("/flags")]
    [TestCase("/decide")]
    public async Task A_slash_at_the_end_is_the_same_address_and_nothing_is_ever_redirected(string path)
    {
        var body = path switch
        {
            "/v1/batch" or "/v1/b" or "/beacon/v1/batch" => """{"batch":[{"type":"page","userId":"u"}]}""",
            "/e" or "/batch" or "/capture" or "/i/v0/e" => """{"api_key":"TEST_WRITE_KEY","batch":[{"event":"x","distinct_id":"u"}]}""",
            "/i" or "/shop/events" => """{"data":[{"e":"pv","eid":"1","duid":"d"}]}""",
            _ when path.StartsWith("/com.", StringComparison.Ordinal) => """{"data":[{"e":"pv","eid":"1","duid":"d"}]}""",
            _ => """{"event":"x","userId":"u","series":[]}""",
        };

        foreach (var address in new[] { path, path + "/", path + "/?writeKey=TEST_WRITE_KEY", path.ToUpperInvariant() + "?x=1" })
        {
            using var answer = await PostAsync(address, body, ("X-Write-Key", "TEST_WRITE_KEY"));
            Assert.That(answer.StatusCode, Is.EqualTo(HttpStatusCode.OK), address + " " + await answer.Content.ReadAsStringAsync());
        }
    }

    [TestCase("/v1/unknown")]
    [TestCase("/health/tp2")]
    [TestCase("/demo/tp2")]
    [TestCase("/com.example/a/b")]
    [TestCase("/com.example")]
    public async Task Snowplow_takes_no_address_that_is_not_its_own(string path)
    {
        using var answer = await PostAsync(path, """{"data":[]}""", ("X-Write-Key", "TEST_WRITE_KEY"));

        Assert.That(answer.StatusCode, Is.EqualTo(HttpStatusCode.NotFound).Or.EqualTo(HttpStatusCode.MethodNotAllowed));
    }

    [Test]
    public async Task An_event_that_is_sent_again_counts_once_though_its_sentAt_is_new()
    {
        var statistics = _server.Shop.Services.GetRequiredService<ITrackingStatistics>();
        await _server.Shop.SettleAsync();
        var (events, duplicates) = (statistics.Events, statistics.Duplicates);

        for (var i = 0; i < 3; i++)
        {
            using var answer = await PostAsync(
                "/v1/t", $$"""{"event":"x","userId":"u","messageId":"ajs-next-again","sentAt":"2026-11-21T06:41:3{{i}}.000Z","writeKey":"TEST_WRITE_KEY"}""");
        }

        await _server.Shop.SettleAsync();
        Assert.That((statistics.Events - events, statistics.Duplicates - duplicates), Is.EqualTo((1, 2)));
    }

    [Test]
    public async Task An_alias_of_equal_ids_joins_nothing()
    {
        await PostAsync("/v1/t", """{"event":"x","anonymousId":"same","writeKey":"TEST_WRITE_KEY"}""");
        await PostAsync("/v1/a", """{"previousId":"same","userId":"same","writeKey":"TEST_WRITE_KEY"}""");
        await _server.Shop.SettleAsync();

        var anonymous = await _server.Shop.Server.GetStringAsync("/v1/profiles/lookup?anonymousId=same");
        var user = await _server.Shop.Server.GetStringAsync("/v1/profiles/lookup?userId=same");

        Assert.That(JsonElement.Parse(anonymous).GetProperty("profileId").GetInt32(), Is.Not.EqualTo(JsonElement.Parse(user).GetProperty("profileId").GetInt32()));
    }

    [Test]
    public async Task More_than_2500_events_and_events_of_64_KB_are_taken_and_larger_ones_refused_alone()
    {
        var before = _server.NextOffset;
        var many = string.Join(',', Enumerable.Range(0, 3_000).Select(i => $$"""{"type":"track","event":"x","userId":"u-{{i}}"}"""));
        var large = $$$"""{"type":"track","event":"x","userId":"large","properties":{"p":"{{{new string('x', 65_000)}}}"}}""";
        var tooLarge = $$$"""{"type":"track","event":"x","userId":"large","properties":{"p":"{{{new string('x', 70_000)}}}"}}""";

        using var answer = await PostAsync("/v1/batch", "{\"batch\":[" + many + "," + large + "," + tooLarge + "]}", ("X-Write-Key", "TEST_WRITE_KEY"));

        var told = JsonElement.Parse(await answer.Content.ReadAsStringAsync());
        Assert.That((answer.StatusCode, _server.NextOffset - before), Is.EqualTo((HttpStatusCode.OK, 3_001)));
        Assert.That(told.GetProperty("refused")[0].GetProperty("reason").GetString(), Is.EqualTo("TooLarge"));
    }

    [Test]
    public async Task A_batch_of_4_MB_is_taken()
    {
        var padding = new string('x', 40_000);
        var body = "{\"batch\":[" + string.Join(',', Enumerable.Repeat($$$"""{"type":"track","event":"x","userId":"u","properties":{"p":"{{{padding}}}"}}""", 104)) + "]}";
        body = body.PadRight(4 * 1024 * 1024);

        using var answer = await PostAsync("/v1/batch", body, ("X-Write-Key", "TEST_WRITE_KEY"));

        Assert.That((body.Length, answer.StatusCode), Is.EqualTo((4 * 1024 * 1024, HttpStatusCode.OK)));
    }

    [Test]
    public async Task An_event_that_is_nested_too_deep_costs_no_other([Values(33, 80, 500)] int depth)
    {
        var before = _server.NextOffset;
        var deep = new string('[', depth) + new string(']', depth);
        using var answer = await PostAsync(
            "/v1/batch", $$$"""{"batch":[{"type":"track","event":"x","userId":"u"},{"type":"track","event":"x","userId":"u","properties":{"a":{{{deep}}}}}]}""", ("X-Write-Key", "TEST_WRITE_KEY"));

        var told = JsonElement.Parse(await answer.Content.ReadAsStringAsync());
        Assert.That((answer.StatusCode, _server.NextOffset - before, told.GetProperty("refused").GetArrayLength()), Is.EqualTo((HttpStatusCode.OK, 1, 1)));
    }

    [TestCase(70_000)]
    [TestCase(200_000)]
    public async Task An_event_that_is_too_large_for_an_address_ends_its_trackers_tries(int length)
    {
        using var answer = await _http.GetAsync($"/i?e=pv&aid=TEST_WRITE_KEY&writeKey=TEST_WRITE_KEY&duid=d&page={new string('a', length)}");

        Assert.That(answer.StatusCode, Is.EqualTo(HttpStatusCode.OK).Or.EqualTo(HttpStatusCode.BadRequest).Or.EqualTo(HttpStatusCode.UnprocessableEntity));
    }

    [TestCase("oops", "shop", HttpStatusCode.BadRequest)]
    [TestCase("{}", "shop", HttpStatusCode.BadRequest)]
    [TestCase("{\"data\":[{\"e\":\"pv\",\"eid\":\"1\",\"aid\":\"nobody\"}]}", "", HttpStatusCode.Unauthorized)]
    [TestCase("{\"data\":[{\"e\":\"pv\",\"eid\":\"1\"}]}", "", HttpStatusCode.Unauthorized)]
    [TestCase("large", "shop", HttpStatusCode.UnprocessableEntity)]
    [TestCase("encoded", "shop", HttpStatusCode.UnprocessableEntity)]
    public async Task Snowplow_hears_only_refusals_that_it_takes_for_final(string body, string key, HttpStatusCode status)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/com.snowplowanalytics.snowplow/tp2")
        {
            Content = new StringContent(body == "large" ? new string(' ', (4 * 1024 * 1024) + 1) : body),
        };
        request.Headers.Add("X-Write-Key", key);
        if (body == "encoded")
        {
            request.Content.Headers.ContentEncoding.Add("zstd");
        }

        using var answer = await _http.SendAsync(request);

        Assert.That(answer.StatusCode, Is.EqualTo(status));
    }

    [Test]
    public async Task A_pixel_is_an_event()
    {
        var before = _server.NextOffset;

        using var answer = await _http.GetAsync("/pixel/v1/track?writeKey=TEST_WRITE_KEY&event=Product+Viewed&anonymousId=mail&properties.product_id=P-1");
        using var coded = await _http.GetAsync("/v1/pixel/page?data=" + Convert.ToBase64String("""{"userId":"u","name":"Mail","writeKey":"TEST_WRITE_KEY"}"""u8));

        var stored = await _server.EventsFromAsync(before);
        Assert.That((answer.StatusCode, answer.Content.Headers.ContentType?.MediaType, coded.StatusCode), Is.EqualTo((HttpStatusCode.OK, "image/gif", HttpStatusCode.OK)));
        Assert.That(stored, Has.Count.EqualTo(2));
        Assert.That(ClientsServer.Json(stored[0]).GetProperty("properties").GetProperty("product_id").GetString(), Is.EqualTo("P-1"));
    }

    [Test]
    public async Task A_HEAD_of_the_pixel_is_an_event_too()
    {
        var before = _server.NextOffset;

        using var answer = await _http.SendAsync(new HttpRequestMessage(HttpMethod.Head, "/i?e=pv&eid=h&duid=d&aid=shop"));

        Assert.That((answer.StatusCode, _server.NextOffset - before), Is.EqualTo((HttpStatusCode.OK, 1)));
    }

    [Test]
    public async Task An_event_of_many_KB_fits_into_the_address_of_a_pixel()
    {
        using var answer = await _http.GetAsync("/i?e=pv&eid=long&duid=d&aid=shop&page=" + new string('x', 60_000));

        Assert.That(answer.StatusCode, Is.EqualTo(HttpStatusCode.OK));
    }

    [Test]
    public async Task Non_ASCII_text_stays_as_it_is_through_every_dialect()
    {
        var before = _server.NextOffset;

        await PostAsync("/v1/t", """{"type":"track","event":"Mönopoly ☃","userId":"ü","writeKey":"TEST_WRITE_KEY"}""");
        await PostAsync("/com.acme/tp2", """{"data":[{"e":"pv","page":"Mönopoly ☃","uid":"ü","aid":"shop"}]}""");
        await PostAsync("/e/", """{"api_key":"phc_TEST","batch":[{"event":"Mönopoly ☃","distinct_id":"ü"}]}""");
        await _http.GetAsync("/i?e=pv&page=M%C3%B6nopoly%20%E2%98%83&uid=%C3%BC&aid=shop");

        var stored = (await _server.EventsFromAsync(before)).ConvertAll(NormalisedEvent.Of);
        Assert.That(stored.ConvertAll(one => (one.Name, one.UserId)), Is.EqualTo(Enumerable.Repeat(("Mönopoly ☃", "ü"), 4)));
    }

    [Test]
    public async Task An_anonymous_tracker_loses_its_cookie_and_is_not_recognised_by_it()
    {
        var before = _server.NextOffset;
        using var anonymous = await PostAsync(
            "/com.acme/tp2", """{"data":[{"e":"pv","eid":"c-1","aid":"shop"}]}""", ("SP-Anonymous", "*"), ("Cookie", "sp=browser-1"));
        using var known = await PostAsync("/com.acme/tp2", """{"data":[{"e":"pv","eid":"c-2","aid":"shop"}]}""", ("Cookie", "sp=browser-1"));

        var stored = (await _server.EventsFromAsync(before)).ConvertAll(NormalisedEvent.Of);
        Assert.That(anonymous.Headers.GetValues("Set-Cookie").Single(), Does.StartWith("sp=; expires=Thu, 01 Jan 1970"));
        Assert.That(known.Headers.Contains("Set-Cookie"), Is.False);
        Assert.That(stored.ConvertAll(one => one.AnonymousId), Is.EqualTo(new[] { "event:c-1", "browser-1" }));
    }

    [Test]
    public async Task Client_metrics_are_taken_without_a_key()
    {
        using var answer = await PostAsync("/v1/m", """{"series":[{"type":"Counter","metric":"analytics_js.invoke","value":1,"tags":{}}]}""");

        Assert.That((answer.StatusCode, await answer.Content.ReadAsStringAsync()), Is.EqualTo((HttpStatusCode.OK, "{\"success\":true}")));
    }

    [TestCase("/v1/projects/nobody/settings")]
    [TestCase("/sourceConfig/?writeKey=nobody")]
    [TestCase("/array/nobody/config")]
    [TestCase("/analytics.js/v1/nobody/analytics.min.js")]
    public async Task Settings_for_an_unknown_key_are_a_401(string path)
    {
        using var answer = await _http.GetAsync(path);

        Assert.That(answer.StatusCode, Is.EqualTo(HttpStatusCode.Unauthorized));
    }

    [Test]
    public async Task Without_a_build_of_analytics_js_it_is_told_how_to_configure_one()
    {
        using var answer = await _http.GetAsync("/analytics.js/v1/TEST_WRITE_KEY/analytics.min.js");

        Assert.That((answer.StatusCode, await answer.Content.ReadAsStringAsync()), Is.EqualTo((HttpStatusCode.NotFound, default(string)!)).Using<(HttpStatusCode, string), (HttpStatusCode, string)>(
            (actual, expected) => actual.Item1 == expected.Item1 && actual.Item2.Contains("AnalyticsJsPath", StringComparison.Ordinal)));
    }

    [Test]
    public async Task A_configured_host_build_and_cookie_are_used()
    {
        using var folder = new TemporaryFolder();
        var script = Path.Combine(folder.Path, "analytics.min.js");
        await File.WriteAllTextAsync(script, "window.analytics={};");
        await using var server = await ClientsServer.StartAsync(
            "--Personalization:Tracking:Clients:PublicUrl=https://collect.shop.example",
            $"--Personalization:Tracking:Clients:AnalyticsJsPath={script}",
            "--Personalization:Tracking:Clients:SetsSnowplowCookie=true");
        using var http = new HttpClient { BaseAddress = server.Address };

        var settings = JsonElement.Parse(await http.GetStringAsync("/v1/projects/TEST_WRITE_KEY/settings")).GetProperty("integrations").GetProperty("Segment.io");
        using var build = await http.GetAsync("/analytics.js/v1/TEST_WRITE_KEY/analytics.min.js");
        using var pixel = await http.GetAsync("/i?e=pv&eid=1&aid=shop");
        var stored = (await server.EventsFromAsync(0)).ConvertAll(NormalisedEvent.Of);

        Assert.That(
            (settings.GetProperty("apiHost").GetString(), settings.GetProperty("protocol").GetString()), Is.EqualTo(("collect.shop.example/v1", "https")));
        Assert.That(
            (await build.Content.ReadAsStringAsync(), build.Content.Headers.ContentType?.MediaType),
            Is.EqualTo(("window.analytics={};", "application/javascript")));
        Assert.That(pixel.Headers.GetValues("Set-Cookie").Single(), Does.StartWith("sp=" + stored.Single().AnonymousId + "; max-age=31536000").And.Contains("secure"));
    }

    private Task<HttpResponseMessage> PostAsync(string path, string body, params (string Name, string Value)[] headers)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = new StringContent(body, Encoding.UTF8, "text/plain") };
        foreach (var (name, value) in headers)
        {
            request.Headers.TryAddWithoutValidation(name, value);
        }

        return _http.SendAsync(request);
    }
}
