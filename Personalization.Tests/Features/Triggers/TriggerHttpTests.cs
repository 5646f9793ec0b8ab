using System.Globalization;
using System.Net;
using System.Text.Json;
using NUnit.Framework;
using Personalization.Tests.Support;

namespace Personalization.Tests.Features.Triggers;

/// <summary>Triggers and funnels through a whole shop. Time passes in the times that events and ticks arrive at.</summary>
[Parallelizable]
internal sealed class TriggerHttpTests
{
    private const string Abandoned = """
        {"kind":"pattern","sequence":[{"event":"Product Added"},{"not":{"event":"Order Completed"},"within":"2s"}],"cooldown":"1h"}
        """;

    private static int s_messages;

    [Test]
    public async Task An_abandoned_cart_fires_without_another_event_and_once_over_a_restart()
    {
        using var folder = new TemporaryFolder();
        string next;
        await using (var shop = await ShopServer.StartAsync(folder.Path))
        {
            await PutAsync(shop, "/v1/triggers/abandoned", Abandoned);
            await shop.TrackAsync("/v1/track", Event("ann", "Product Added", "p1"));
            await shop.TrackAsync("/v1/track", Event("ben", "Product Added", "p1"));
            await shop.TrackAsync("/v1/track", Event("ben", "Order Completed", "p1"));

            var page = await FiredAsync(shop, "?wait=20");

            var fired = page.GetProperty("fired").EnumerateArray().Single();
            Assert.That(fired.GetProperty("trigger").GetString(), Is.EqualTo("abandoned"));
            Assert.That(fired.GetProperty("itemId").GetString(), Is.EqualTo("p1"));
            next = page.GetProperty("next").GetString()!;
        }

        await using var again = await ShopServer.StartAsync(folder.Path);
        await again.TrackAsync("/v1/track", Event("ann", "Product Viewed", "p1"));
        await again.SettleAsync();

        Assert.That((await FiredAsync(again, $"?after={next}")).GetProperty("fired").GetArrayLength(), Is.Zero, "the cursor survives, and nothing comes twice");
        Assert.That((await FiredAsync(again, "")).GetProperty("fired").GetArrayLength(), Is.EqualTo(1), "what fired is kept");
    }

    [Test]
    public async Task A_price_drop_and_a_return_to_stock_are_told_to_who_looked()
    {
        using var folder = new TemporaryFolder();
        await using var shop = await ShopServer.StartAsync(folder.Path);
        await PutAsync(shop, "/v1/catalog/items", """[{"id":"p1","price":100,"stock":3},{"id":"p2","price":50,"stock":0}]""");
        await PutAsync(shop, "/v1/triggers/cheaper", """{"kind":"price_drop","minShare":0.1}""");
        await PutAsync(shop, "/v1/triggers/back", """{"kind":"back_in_stock"}""");
        await shop.TrackAsync("/v1/track", Event("ann", "Product Viewed", "p1"));
        await shop.TrackAsync("/v1/track", Event("ben", "Product Viewed", "p2"));
        await shop.TrackAsync("/v1/track", Event("cleo", "Product Viewed", "p3"));
        await shop.SettleAsync();

        await PatchAsync(shop, "p1", """{"price":95}""");
        await PatchAsync(shop, "p1", """{"price":80}""");
        await PatchAsync(shop, "p2", """{"stock":7}""");

        var cheaper = (await FiredAsync(shop, "?trigger=cheaper&wait=20")).GetProperty("fired").EnumerateArray().Single();
        var back = (await FiredAsync(shop, "?trigger=back&wait=20")).GetProperty("fired").EnumerateArray().Single();
        Assert.That(cheaper.GetProperty("itemId").GetString(), Is.EqualTo("p1"));
        Assert.That(back.GetProperty("itemId").GetString(), Is.EqualTo("p2"));
        Assert.That(cheaper.GetProperty("profileId").GetInt32(), Is.Not.EqualTo(back.GetProperty("profileId").GetInt32()));
    }

    [Test]
    public async Task Imported_events_fire_nothing()
    {
        using var folder = new TemporaryFolder();
        await using var shop = await ShopServer.StartAsync(folder.Path);
        await PutAsync(shop, "/v1/triggers/seen", """{"kind":"pattern","sequence":[{"event":"Product Viewed"}],"cooldown":"1s"}""");
        var line = JsonSerializer.Serialize(Event("ann", "Product Viewed", "p1", TimeProvider.System.GetUtcNow().AddSeconds(-5)));
        using var imported = await shop.Server.PostAsync("/v1/import?source=shop", new StringContent(line + "\n", null, "application/x-ndjson"));
        Assert.That((int)imported.StatusCode, Is.LessThan(300), await imported.Content.ReadAsStringAsync());
        await shop.TrackAsync("/v1/track", Event("ben", "Product Viewed", "p1"));
        await shop.SettleAsync();

        var fired = (await FiredAsync(shop, "?wait=20")).GetProperty("fired").EnumerateArray().ToList();

        Assert.That(fired, Has.Count.EqualTo(1), "only what ben did");
    }

    [Test]
    public async Task A_preview_counts_what_a_trigger_would_have_done_and_says_when_nobody_can_know()
    {
        using var folder = new TemporaryFolder();
        await using var shop = await ShopServer.StartAsync(folder.Path);
        foreach (var who in (string[])["ann", "ben", "cleo"])
        {
            await shop.TrackAsync("/v1/track", Event(who, "Product Added", "p1", TimeProvider.System.GetUtcNow().AddHours(-1)));
        }

        await shop.TrackAsync("/v1/track", Event("ben", "Order Completed", "p1", TimeProvider.System.GetUtcNow().AddHours(-1).AddSeconds(1)));
        await shop.SettleAsync();

        using var response = await shop.Server.PostAsync("/v1/triggers/preview?days=1", ShopServer.Json(Abandoned));
        var preview = JsonElement.Parse(await response.Content.ReadAsStringAsync());
        using var unknown = await shop.Server.PostAsync("/v1/triggers/preview", ShopServer.Json("""{"kind":"price_drop"}"""));
        using var faulty = await shop.Server.PostAsync("/v1/triggers/preview", ShopServer.Json("""{"kind":"pattern"}"""));

        Assert.That((preview.GetProperty("profiles").GetInt64(), preview.GetProperty("looked").GetInt64()), Is.EqualTo((2L, 3L)));
        Assert.That((unknown.StatusCode, faulty.StatusCode), Is.EqualTo((HttpStatusCode.UnprocessableEntity, HttpStatusCode.BadRequest)));
        Assert.That((await FiredAsync(shop, "")).GetProperty("fired").GetArrayLength(), Is.Zero, "a preview fires nothing");
    }

    [Test]
    public async Task A_funnel_is_defined_reported_and_deleted_and_survives_a_restart()
    {
        const string Checkout = """{"steps":[{"name":"viewed","event":"Product Viewed"},{"name":"added","event":"Product Added"}],"within":"1h","carry":[{"product":"id"}]}""";
        using var folder = new TemporaryFolder();
        await using (var shop = await ShopServer.StartAsync(folder.Path))
        {
            await PutAsync(shop, "/v1/funnels/checkout", Checkout);
            foreach (var who in (string[])["ann", "ben"])
            {
                await shop.TrackAsync("/v1/track", Event(who, "Product Viewed", "p1", TimeProvider.System.GetUtcNow().AddMinutes(-10)));
            }

            await shop.TrackAsync("/v1/track", Event("ann", "Product Added", "p1", TimeProvider.System.GetUtcNow().AddMinutes(-9)));
            await shop.TrackAsync("/v1/track", Event("ben", "Product Added", "p2"));
            await shop.SettleAsync();
        }

        await using var again = await ShopServer.StartAsync(folder.Path);
        var report = await GetAsync(again, "/v1/funnels/checkout/report");
        var steps = report.GetProperty("steps").EnumerateArray().ToList();
        Assert.That(steps.Select(step => step.GetProperty("count").GetInt32()), Is.EqualTo((int[])[2, 1]));
        Assert.That(report.GetProperty("conversion").GetDouble(), Is.EqualTo(0.5));
        Assert.That(steps[1].GetProperty("seconds").GetProperty("median").GetDouble(), Is.EqualTo(60).Within(5).Percent);

        using var backwards = await again.Server.GetAsync("/v1/funnels/checkout/report?from=2026-02-01T00:00:00Z&to=2026-01-01T00:00:00Z&segment=nobody");
        using var unknown = await again.Server.GetAsync("/v1/funnels/nothing/report");
        using var deleted = await again.Server.DeleteAsync("/v1/funnels/checkout");
        using var gone = await again.Server.GetAsync("/v1/funnels/checkout/report");
        using var open = await again.Client.GetAsync("/v1/funnels/checkout/report");
        Assert.That(
            (backwards.StatusCode, unknown.StatusCode, deleted.StatusCode, gone.StatusCode, open.StatusCode),
            Is.EqualTo((HttpStatusCode.BadRequest, HttpStatusCode.NotFound, HttpStatusCode.NoContent, HttpStatusCode.NotFound, HttpStatusCode.Unauthorized)));
        Assert.That(await backwards.Content.ReadAsStringAsync(), Does.Contain("before").And.Contain("nobody"), "both faults at once");
    }

    [Test]
    public async Task A_shopper_stands_where_their_events_say_and_falls_at_a_time()
    {
        using var folder = new TemporaryFolder();
        await using var shop = await ShopServer.StartAsync(folder.Path);
        await PutAsync(shop, "/v1/funnels/checkout", """{"steps":[{"name":"viewed","event":"Product Viewed"},{"name":"added","event":"Product Added"},{"event":"Order Completed"}],"within":"1h"}""");
        await shop.TrackAsync("/v1/track", Event("ann", "Product Viewed", "p1"));
        await shop.TrackAsync("/v1/track", Event("ann", "Product Added", "p1"));
        await shop.SettleAsync();

        var standing = await GetAsync(shop, "/v1/funnels/checkout/standing?anonymousId=ann");
        using var nobody = await shop.Server.GetAsync("/v1/funnels/checkout/standing?anonymousId=zoe");

        Assert.That((standing.GetProperty("stage").GetInt32(), standing.GetProperty("step").GetString()), Is.EqualTo((2, "added")));
        Assert.That(standing.GetProperty("offsets").GetArrayLength(), Is.EqualTo(2));
        Assert.That(standing.GetProperty("fallsAt").GetDateTimeOffset(), Is.GreaterThan(TimeProvider.System.GetUtcNow().AddMinutes(50)));
        Assert.That(nobody.StatusCode, Is.EqualTo(HttpStatusCode.NotFound));
    }

    [Test]
    public async Task Who_turns_out_to_be_somebody_else_is_reminded_once_and_only_of_what_they_left()
    {
        using var folder = new TemporaryFolder();
        await using var shop = await ShopServer.StartAsync(folder.Path, "--Personalization:Tracking:Partitions=2");
        await PutAsync(shop, "/v1/triggers/abandoned", Abandoned);
        await shop.TrackAsync("/v1/identify", new { type = "identify", userId = "u", messageId = "known" });
        await shop.TrackAsync("/v1/track", Event("phone", "Product Added", "p1"));
        await shop.TrackAsync("/v1/track", Event("desk", "Product Added", "p2"));
        await shop.TrackAsync("/v1/identify", ShopEvents.Identify("u", "phone"));
        await shop.TrackAsync("/v1/identify", ShopEvents.Identify("v", "desk"));
        await shop.TrackAsync("/v1/track", Event("desk", "Order Completed", "p2"));

        var fired = (await FiredAsync(shop, "?wait=20")).GetProperty("fired").EnumerateArray().Single();

        Assert.That(fired.GetProperty("itemId").GetString(), Is.EqualTo("p1"), "the order of the other person prevents nothing here");
    }

    [Test]
    public async Task Who_comes_into_a_segment_or_leaves_it_fires_and_who_was_there_when_it_was_defined_does_not()
    {
        using var folder = new TemporaryFolder();
        await using var shop = await ShopServer.StartAsync(folder.Path);
        await PutAsync(shop, "/v1/triggers/in", """{"kind":"segment","segment":"lookers","on":"entered"}""");
        await PutAsync(shop, "/v1/triggers/out", """{"kind":"segment","segment":"lookers","on":"left"}""");
        await shop.TrackAsync("/v1/track", Event("zoe", "Product Viewed", "p1", TimeProvider.System.GetUtcNow().AddDays(-1)));
        await PutAsync(shop, "/v1/segments/lookers", """{"condition":{"any":[{"event":"Product Viewed","within":"2s"},{"event":"Product Viewed","until":"2020-01-01"}]}}""");
        await UntilLiveAsync(shop, "lookers");
        await shop.TrackAsync("/v1/track", Event("ann", "Product Viewed", "p1"));

        var entered = (await FiredAsync(shop, "?trigger=in&wait=20")).GetProperty("fired").EnumerateArray().Single();
        var left = (await FiredAsync(shop, "?trigger=out&wait=20")).GetProperty("fired").EnumerateArray().Single();

        Assert.That(left.GetProperty("profileId").GetInt32(), Is.EqualTo(entered.GetProperty("profileId").GetInt32()));
        Assert.That(left.GetProperty("at").GetDateTimeOffset(), Is.GreaterThan(entered.GetProperty("at").GetDateTimeOffset()));
    }

    [Test]
    public async Task A_segment_of_a_funnels_stage_lets_its_members_go_when_they_fall()
    {
        using var folder = new TemporaryFolder();
        await using var shop = await ShopServer.StartAsync(folder.Path);
        await PutAsync(shop, "/v1/funnels/quick", """{"steps":[{"event":"Product Viewed"},{"event":"Product Added","within":"2s"}]}""");
        await PutAsync(shop, "/v1/segments/undecided", """{"condition":{"funnel":"quick","op":"eq","step":1}}""");
        await UntilLiveAsync(shop, "undecided");
        await PutAsync(shop, "/v1/triggers/fallen", """{"kind":"segment","segment":"undecided","on":"left"}""");

        await shop.TrackAsync("/v1/track", Event("ann", "Product Viewed", "p1"));

        Assert.That((await FiredAsync(shop, "?wait=20")).GetProperty("fired").GetArrayLength(), Is.EqualTo(1));
    }

    [TestCase("?after=x")]
    [TestCase("?limit=0")]
    [TestCase("?wait=31")]
    public async Task A_query_with_faults_is_refused(string query)
    {
        using var folder = new TemporaryFolder();
        await using var shop = await ShopServer.StartAsync(folder.Path);

        using var response = await shop.Server.GetAsync("/v1/triggers/fired" + query);

        Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.BadRequest));
    }

    private static async Task UntilLiveAsync(ShopServer shop, string segment)
    {
        for (var look = 0; look < 400; look++)
        {
            if ((await GetAsync(shop, "/v1/segments/" + segment)).GetProperty("liveVersion").GetInt32() > 0)
            {
                return;
            }

            await Task.Delay(50);
        }

        throw new TimeoutException("The segment did not become live.");
    }

    private static object Event(string who, string name, string item, DateTimeOffset? at = null) => new
    {
        type = "track",
        @event = name,
        anonymousId = who,
        messageId = $"message-{Interlocked.Increment(ref s_messages)}",
        timestamp = at?.ToString("O", CultureInfo.InvariantCulture),
        properties = name == "Order Completed" ? (object)new { order_id = who, products = new[] { new { product_id = item } } } : new { product_id = item },
    };

    private static async Task PutAsync(ShopServer shop, string path, string body)
    {
        using var response = await shop.Server.PutAsync(path, ShopServer.Json(body));
        Assert.That(response.IsSuccessStatusCode, await response.Content.ReadAsStringAsync());
    }

    private static async Task PatchAsync(ShopServer shop, string item, string body)
    {
        using var response = await shop.Server.PatchAsync("/v1/catalog/items/" + item, ShopServer.Json(body));
        Assert.That(response.IsSuccessStatusCode, await response.Content.ReadAsStringAsync());
    }

    private static Task<JsonElement> FiredAsync(ShopServer shop, string query) => GetAsync(shop, "/v1/triggers/fired" + query);

    private static async Task<JsonElement> GetAsync(ShopServer shop, string path)
    {
        using var response = await shop.Server.GetAsync(path);
        var body = await response.Content.ReadAsStringAsync();
        Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.OK), body);
        return JsonElement.Parse(body);
    }
}
