using System.Net;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using NUnit.Framework;
using Personalization.Tests.Support;
using Personalization.Tracking;
using Personalization.Tracking.Contracts;
using Personalization.Tracking.Domain.Quality;
using Personalization.Tracking.Domain.Reconciliation;
using Personalization.Tracking.Pipeline.Live;
using Personalization.Tracking.Pipeline.Quality;
using Personalization.Tracking.Storage.Quality;

namespace Personalization.Tests.Tracking.Quality;

[Parallelizable]
internal sealed class LiveAndReconciliationTests : ShopTests
{
    private static long Now() => TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds();

    private static string Today => TimeProvider.System.GetUtcNow().ToString("yyyy-MM-dd");

    [Test]
    public async Task The_live_view_shows_each_event_with_what_became_of_it()
    {
        await SendAsync();
        var gated = new { anonymousId = "kim", @event = "Product Viewed", messageId = "gated", context = new { consent = new { categoryPreferences = new { profile = false, collect = true } } } };
        await Shop.TrackAsync("/v1/track", gated);
        await Shop.SettleAsync();

        var events = (await GetAsync("/v1/live?source=shop")).GetProperty("events").EnumerateArray().ToList();

        Assert.That(
            events.Select(shown => shown.GetProperty("verdict").GetString()).Order(),
            Is.EqualTo(new[] { "accepted", "accepted", "duplicate", "gated", "invalid" }));
        var invalid = events.Single(shown => shown.GetProperty("verdict").GetString() == "invalid");
        Assert.That(invalid.GetProperty("location").GetString(), Is.EqualTo("/event"));
        Assert.That(invalid.TryGetProperty("event", out _), Is.False, "what was refused is not shown");
        var duplicates = (await GetAsync("/v1/live?verdict=duplicate")).GetProperty("events").EnumerateArray().ToList();
        Assert.That(duplicates.Single().GetProperty("event").GetProperty("messageId").GetString(), Is.EqualTo("m-1"));
    }

    [Test]
    public async Task An_erased_event_is_gone_from_the_live_view()
    {
        await Shop.TrackAsync("/v1/track", ShopEvents.View("ann", "tent", "m-1"));
        await Shop.SettleAsync();
        var profile = (await GetAsync("/v1/profiles/lookup?anonymousId=ann")).GetProperty("profileId").GetInt32();
        using var erased = await Shop.Server.DeleteAsync($"/v1/profiles/{profile}");
        erased.EnsureSuccessStatusCode();

        var text = (await GetAsync("/v1/live")).GetRawText();

        Assert.That(text, Does.Not.Contain("ann"));
        Assert.That(text, Does.Contain("isErased"));
    }

    [Test]
    public async Task A_browser_streams_with_a_token_in_the_address()
    {
        using var issued = await Shop.Server.PostAsync("/v1/live/tokens", null);
        var token = JsonElement.Parse(await issued.Content.ReadAsStringAsync()).GetProperty("token").GetString();
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        using var anonymous = new HttpClient { BaseAddress = Shop.Client.BaseAddress };
        using var response = await anonymous.GetAsync($"/v1/live/stream?token={token}&verdict=accepted", HttpCompletionOption.ResponseHeadersRead, patience.Token);
        Assert.That(response.Content.Headers.ContentType!.MediaType, Is.EqualTo("text/event-stream"));
        using var reader = new StreamReader(await response.Content.ReadAsStreamAsync(patience.Token));
        await ReadUntilAsync(reader, line => line == ": connected", patience.Token);

        await Shop.TrackAsync("/v1/track", "{\"anonymousId\":\"ann\",\r\n\"event\":\"Hat Tried\",\n\"messageId\":\"live-1\"}");

        await ReadUntilAsync(reader, line => line == "event: event", patience.Token);
        var data = (await reader.ReadLineAsync(patience.Token))!;
        Assert.That(data, Does.StartWith("data: "));
        Assert.That(JsonElement.Parse(data[6..]).GetProperty("event").GetProperty("event").GetString(), Is.EqualTo("Hat Tried"));
    }

    [Test]
    public async Task A_flag_is_streamed_listed_and_acknowledged()
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        using var response = await Shop.Server.GetAsync("/v1/live/stream", HttpCompletionOption.ResponseHeadersRead, patience.Token);
        using var reader = new StreamReader(await response.Content.ReadAsStreamAsync(patience.Token));
        await ReadUntilAsync(reader, line => line == ": connected", patience.Token);

        Shop.Services.GetRequiredService<QualityWatch>().Flags.Report(
            new FlagKey(QualityFlagKind.VolumeDrop, 1, 1), new Finding(QualitySeverity.Critical, "shop", "Product Viewed", 100, 0, "", IsBeyondDoubt: true), Now());

        await ReadUntilAsync(reader, line => line == "event: flag", patience.Token);
        var streamed = JsonElement.Parse((await reader.ReadLineAsync(patience.Token))![6..]);
        Assert.That(streamed.GetProperty("kind").GetString(), Is.EqualTo("volumeDrop"));
        using var acknowledged = await Shop.Server.PostAsync($"/v1/quality/flags/{streamed.GetProperty("id").GetString()}/acknowledge", null, patience.Token);
        var listed = (await GetAsync("/v1/quality/flags?state=open&kind=volumeDrop&source=shop")).GetProperty("flags").EnumerateArray().Single();
        Assert.That(listed.GetProperty("acknowledgedAtMs").ValueKind, Is.EqualTo(JsonValueKind.Number));
        Assert.That((await GetAsync("/v1/quality/flags?source=other")).GetProperty("flags").GetArrayLength(), Is.Zero);
    }

    [Test]
    public async Task A_slow_reader_is_told_how_much_it_missed_and_holds_nobody_up()
    {
        var hub = new LiveHub(Options.Create(new LiveOptions { MaxStreams = 1, StreamQueue = 16 }));
        var stream = hub.Join(new LiveFilter(null, null))!;

        for (var i = 0; i < 100; i++)
        {
            hub.Send(new LiveMessage("event", "shop", null, []));
        }

        await stream.WaitAsync(CancellationToken.None);
        Assert.That(stream.TakeDropped(), Is.EqualTo(84));
        Assert.That(stream.TakeDropped(), Is.Zero);
        Assert.That(hub.Join(default), Is.Null, "as many as may be");
    }

    [Test]
    public async Task Baselines_and_flags_are_there_after_a_restart_and_a_broken_off_comparison_says_so()
    {
        var saved = new SavedBaseline(1, EventType.Track, "Product Viewed", BaselineCodec.Write(new SeasonalBaseline { Scatter = 0.5 }), Now());
        var flag = new QualityFlag(
            Guid.CreateVersion7(), QualityFlagKind.InvalidShare, QualitySeverity.Warning, "shop", null, null, 0.05, 0.5, "", Now(), Now(), ClearedAtMs: null, AcknowledgedAtMs: null);
        Shop.Services.GetRequiredService<QualityStore>().Save([saved], [flag], 10);
        var broken = new ReconciliationRun(Guid.CreateVersion7(), ReconciliationRun.Running, TimeProvider.System.GetUtcNow(), 0, null, null);
        Shop.Services.GetRequiredService<ReconciliationStore>().Save(broken);

        await RestartAsync();

        var watch = Shop.Services.GetRequiredService<QualityWatch>();
        Assert.That(watch.Volumes[watch.Series.Find(1, EventType.Track, "Product Viewed"u8)]!.Baseline.Scatter, Is.EqualTo(0.5));
        var listed = (await GetAsync("/v1/quality/flags")).GetProperty("flags").EnumerateArray().Single();
        Assert.That(listed.GetProperty("clearedAtMs").ValueKind, Is.EqualTo(JsonValueKind.Number), "what is open now is looked at anew");
        Assert.That((await GetAsync($"/v1/quality/reconciliations/{broken.Id}")).GetProperty("state").GetString(), Is.EqualTo("interrupted"));
    }

    [Test]
    public async Task A_report_that_agrees_matches()
    {
        await SendAsync();

        var row = (await CompareAsync(new { day = Today, source = "shop", @event = "Order Completed", count = 1, sums = new { revenue = 12.34 }, messageIds = new[] { "m-2" } }))
            .GetProperty("rows")[0];

        Assert.That(row.GetProperty("isMatch").GetBoolean(), Is.True, row.GetRawText());
        Assert.That(row.GetProperty("sums").GetProperty("revenue").GetProperty("inLog").GetDecimal(), Is.EqualTo(12.34m));
    }

    [Test]
    public async Task A_difference_is_explained_down_to_the_message_ids()
    {
        await SendAsync();
        await Shop.TrackAsync("/v1/track", new { anonymousId = "ann", @event = "Product Viewed", messageId = "m-3", timestamp = TimeProvider.System.GetUtcNow().AddDays(-3) });

        var result = await CompareAsync(new { day = Today, source = "shop", @event = "Product Viewed", count = 5, messageIds = new[] { "m-2", "m-3", "nameless", "gone", "gone" } });

        var row = result.GetProperty("rows")[0];
        var missing = row.GetProperty("missing").EnumerateArray().ToDictionary(
            entry => entry.GetProperty("messageId").GetString() + " " + entry.GetProperty("reason").GetString(), entry => entry.GetProperty("detail").GetString()!);
        Assert.That(missing.Keys, Is.EquivalentTo(new[] { "m-2 otherEvent", "m-3 otherDay", "nameless refused", "gone notReceived", "gone reportedTwice" }));
        Assert.That(missing["m-2 otherEvent"], Does.Contain("Order Completed"));
        Assert.That(row.GetProperty("extra")[0].GetProperty("messageId").GetString(), Is.EqualTo("m-1"));
        Assert.That(row.GetProperty("difference").GetInt64(), Is.EqualTo(-4));
        Assert.That(row.GetProperty("breakdown").GetProperty("duplicatesDropped").GetInt64(), Is.EqualTo(1));
        Assert.That(result.GetProperty("unreported")[0].GetProperty("event").GetString(), Is.EqualTo("Order Completed"));
    }

    [Test]
    public async Task A_property_with_half_a_surrogate_pair_in_its_name_is_passed_over()
    {
        await Shop.TrackAsync("/v1/track", """{"event":"Lamp Lit","anonymousId":"ann","messageId":"m-9","properties":{"pro\ud800duct_id":7,"product_id":2}}""");

        var row = (await CompareAsync(new { day = Today, source = "shop", @event = "Lamp Lit", count = 1, sums = new { product_id = 2 } })).GetProperty("rows")[0];

        Assert.That(row.GetProperty("isMatch").GetBoolean(), Is.True, row.GetRawText());
        Assert.That(row.GetProperty("sums").GetProperty("product_id").GetProperty("unreadable").GetInt64(), Is.Zero);
    }

    [Test]
    public async Task A_message_id_is_one_events_within_its_source_only()
    {
        await Shop.TrackAsync("/v1/track", ShopEvents.View("ann", "tent", "m-1"));
        await Shop.TrackAsync("/v1/track", ShopEvents.View("ann", "tent", "m-2"));
        var app = JsonSerializer.SerializeToUtf8Bytes(ShopEvents.Batch([ShopEvents.View("ben", "stove", "m-1")]));
        await Shop.Services.GetRequiredService<IEventWriter>().WriteAsync(app, "app", EventOrigin.Live, CancellationToken.None);

        var rows = (await CompareAsync(
            new { day = Today, source = "shop", @event = "Product Viewed", count = 1, messageIds = new[] { "m-1" } },
            new { day = Today, source = "app", @event = "Product Viewed", count = 1, messageIds = new[] { "m-1" } },
            new { day = Today, source = "app", @event = "Cart Viewed", count = 2, messageIds = new[] { "m-1", "m-2" } })).GetProperty("rows");

        Assert.That(rows[1].GetProperty("isMatch").GetBoolean(), Is.True, rows[1].GetRawText());
        Assert.That(rows[0].GetProperty("missing").GetArrayLength(), Is.Zero, rows[0].GetRawText());
        Assert.That(rows[0].GetProperty("extra").EnumerateArray().Single().GetProperty("messageId").GetString(), Is.EqualTo("m-2"));
        Assert.That(
            rows[2].GetProperty("missing").EnumerateArray().Select(entry => entry.GetProperty("messageId").GetString() + " " + entry.GetProperty("reason").GetString()),
            Is.EquivalentTo(new[] { "m-1 reportedTwice", "m-2 otherSource" }));
    }

    [Test]
    public async Task A_result_outlives_a_restart_and_forgets_whoever_is_erased()
    {
        await Shop.TrackAsync("/v1/track", ShopEvents.View("ann", "tent", "m-1"));
        await Shop.SettleAsync();
        var (id, _) = await BeginAndFinishAsync(new { day = Today, source = "shop", @event = "Product Viewed", count = 0, messageIds = Array.Empty<string>() });
        await RestartAsync();
        Assert.That((await GetAsync($"/v1/quality/reconciliations/{id}")).GetRawText(), Does.Contain("m-1"));
        var profile = (await GetAsync("/v1/profiles/lookup?anonymousId=ann")).GetProperty("profileId").GetInt32();

        using var erased = await Shop.Server.DeleteAsync($"/v1/profiles/{profile}");
        erased.EnsureSuccessStatusCode();

        Assert.That((await GetAsync($"/v1/quality/reconciliations/{id}")).GetRawText(), Does.Not.Contain("m-1"));
        var again = await CompareAsync(new { day = Today, source = "shop", @event = "Product Viewed", count = 1, messageIds = new[] { "m-1" } });
        Assert.That(again.GetProperty("rows")[0].GetProperty("missing")[0].GetProperty("reason").GetString(), Is.EqualTo("erasedOrNotReceived"));
    }

    [TestCase("GET", "/v1/live")]
    [TestCase("POST", "/v1/live/tokens")]
    [TestCase("GET", "/v1/live/stream")]
    [TestCase("GET", "/v1/live/stream?token=0000")]
    [TestCase("GET", "/v1/quality/flags")]
    [TestCase("GET", "/v1/quality/series")]
    [TestCase("POST", "/v1/quality/reconciliations")]
    [TestCase("GET", "/v1/quality/reconciliations")]
    public async Task The_write_key_of_a_shop_page_opens_none_of_it(string method, string path)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), path);
        using var response = await Shop.Client.SendAsync(request);

        Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.Unauthorized));
    }

    [TestCase("GET", "/v1/live?verdict=3", 400)]
    [TestCase("GET", "/v1/live?verdict=great", 400)]
    [TestCase("GET", "/v1/live?verdict=Accepted,Duplicate", 400)]
    [TestCase("GET", "/v1/live?verdict=accepted&verdict=duplicate", 400)]
    [TestCase("GET", "/v1/live?verdict=Accepted&limit=100000", 200)]
    [TestCase("GET", "/v1/live?limit=-5&source=nobody", 400)]
    [TestCase("GET", "/v1/live?limit=abc", 400)]
    [TestCase("GET", "/v1/live?limit=1&limit=2", 400)]
    [TestCase("GET", "/v1/live/stream?verdict=accepted,duplicate", 400)]
    [TestCase("GET", "/v1/live/stream?verdict=great", 400)]
    [TestCase("GET", "/v1/quality/flags?state=maybe", 400)]
    [TestCase("GET", "/v1/quality/flags?kind=7", 400)]
    [TestCase("GET", "/v1/quality/flags?kind=volumeDrop,volumeSpike", 400)]
    [TestCase("GET", "/v1/quality/flags?limit=0", 400)]
    [TestCase("GET", "/v1/quality/flags?kind=volumeDrop&state=open&source=shop", 200)]
    [TestCase("POST", "/v1/quality/flags/nonsense/acknowledge", 404)]
    [TestCase("POST", "/v1/quality/flags/01890000-0000-7000-8000-000000000000/acknowledge", 404)]
    [TestCase("GET", "/v1/quality/series?limit=0", 400)]
    [TestCase("GET", "/v1/quality/reconciliations/nonsense", 404)]
    [TestCase("POST", "/v1/quality/reconciliations", 400)]
    public async Task Odd_questions_get_clear_answers(string method, string path, int status)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), path);
        using var response = await Shop.Server.SendAsync(request);

        Assert.That((int)response.StatusCode, Is.EqualTo(status), await response.Content.ReadAsStringAsync());
    }

    /// <summary>Two that are taken, one of them twice, and one that is refused.</summary>
    private Task SendAsync() => Shop.TrackAsync("/v1/batch", ShopEvents.Batch(
    [
        ShopEvents.View("ann", "tent", "m-1"),
        ShopEvents.View("ann", "tent", "m-1"),
        new { type = "track", @event = "Order Completed", anonymousId = "ben", messageId = "m-2", properties = new { order_id = "o-1", revenue = 12.34 } },
        new { type = "track", anonymousId = "ben", messageId = "nameless" },
    ]));

    private async Task<JsonElement> CompareAsync(params object[] rows) => (await BeginAndFinishAsync(rows)).Result;

    private async Task<(string Id, JsonElement Result)> BeginAndFinishAsync(params object[] rows)
    {
        using var begun = await Shop.Server.PostAsync("/v1/quality/reconciliations", ShopServer.Json(rows));
        Assert.That(begun.StatusCode, Is.EqualTo(HttpStatusCode.Accepted), await begun.Content.ReadAsStringAsync());
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        while (true)
        {
            var found = await GetAsync(begun.Headers.Location!.ToString());
            if (found.GetProperty("state").GetString() != "running")
            {
                Assert.That(found.GetProperty("state").GetString(), Is.EqualTo("done"), found.GetRawText());
                return (found.GetProperty("id").GetString()!, found.GetProperty("result"));
            }

            await Task.Delay(20, patience.Token);
        }
    }

    private async Task<JsonElement> GetAsync(string path) => JsonElement.Parse(await Shop.Server.GetStringAsync(path));

    private static async Task ReadUntilAsync(StreamReader reader, Func<string, bool> isIt, CancellationToken cancellationToken)
    {
        while (await reader.ReadLineAsync(cancellationToken) is { } line)
        {
            if (isIt(line))
            {
                return;
            }
        }

        Assert.Fail("The stream ended.");
    }
}
