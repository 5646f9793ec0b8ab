using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.DependencyInjection;
using NUnit.Framework;
using Personalization.Kernel.Log;
using Personalization.Tests.Support;

namespace Personalization.Tests.Scenarios;

/// <summary>
/// Overload over HTTP. The disk is made slow in truth: another connection holds the log's write lock, so that commits wait for it as they
/// would for a stalled disk.
/// </summary>
internal sealed class PressureTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
    private TemporaryFolder _folder = null!;
    private ShopServer _shop = null!;
    private HttpClient _app = null!;

    [SetUp]
    public async Task Start()
    {
        _folder = new TemporaryFolder();
        _shop = await ShopServer.StartAsync(
            _folder.Path,
            "--Personalization:Tracking:Sources:1:Name=app",
            "--Personalization:Tracking:Sources:1:WriteKey=app-key",
            "--Personalization:Tracking:Pressure:RiseMs=200",
            "--Personalization:Tracking:Pressure:FallMs=300",
            "--Personalization:Tracking:Pressure:CriticalDelayStopMs=100",
            "--Personalization:Tracking:Pressure:CriticalDelayRestartMs=50",
            "--Personalization:Tracking:Pressure:ThreadDelayStopMs=5000",
            "--Personalization:Tracking:Pressure:ThreadDelayRestartMs=2000",
            "--Personalization:Tracking:Pressure:HotProfileEvents=60");
        _app = new HttpClient { BaseAddress = _shop.Client.BaseAddress };
        _app.DefaultRequestHeaders.Authorization =
            new AuthenticationHeaderValue("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes("app-key:")));
    }

    [TearDown]
    public async Task Stop()
    {
        _app.Dispose();
        await _shop.DisposeAsync();
        _folder.Dispose();
    }

    [Test]
    public async Task Bulk_is_shed_with_a_whole_Retry_After_while_orders_are_taken_and_all_recovers()
    {
        var orders = new List<Task<HttpResponseMessage>>();
        HttpResponseMessage shed;
        using (var stalled = StallTheDisk())
        {
            orders.Add(SendAsync(_shop.Client, Orders("early", 1)));
            await WaitForLevelAsync("ShedBulk", "FairShare");
            shed = await UntilShedAsync(() => SendAsync(_shop.Client, Views("bulk", 50)));
            orders.AddRange(Enumerable.Range(0, 5).Select(i => SendAsync(_shop.Client, Orders($"late-{i}", 1))));
            await Task.Delay(50);
            stalled.Dispose();
        }

        var answers = await Task.WhenAll(orders).WaitAsync(Patience);
        await WaitForLevelAsync("Normal");
        var again = await SendAsync(_shop.Client, Views("bulk-again", 50));
        await _shop.SettleAsync();

        Assert.That(answers.Select(answer => answer.StatusCode), Is.All.EqualTo(HttpStatusCode.OK));
        Assert.That(shed.StatusCode, Is.EqualTo(HttpStatusCode.TooManyRequests));
        Assert.That(shed.Headers.RetryAfter?.Delta?.TotalSeconds, Is.InRange(1, 300));
        Assert.That(shed.Headers.GetValues("Retry-After").Single(), Does.Match("^[0-9]+$"));
        Assert.That(Json(await shed.Content.ReadAsStringAsync()).GetProperty("type").GetString(), Is.EqualTo("urn:personalization:problem:tracking/bulk-shed"));
        Assert.That(again.StatusCode, Is.EqualTo(HttpStatusCode.OK));
        var summary = await GetAsync("/v1/log/summary");
        Assert.That(summary.GetProperty("appliedOffset").GetInt64(), Is.EqualTo(summary.GetProperty("nextOffset").GetInt64()), "drained");
    }

    [Test]
    public async Task A_browser_of_another_origin_may_read_when_to_come_again()
    {
        using var stalled = StallTheDisk();
        var order = SendAsync(_shop.Client, Orders("early", 1));
        await WaitForLevelAsync("ShedBulk", "FairShare");

        var shed = await UntilShedAsync(() => SendAsync(_shop.Client, Views("bulk", 50), origin: "https://shop.example"));
        stalled.Dispose();
        await order.WaitAsync(Patience);

        Assert.That(shed.Headers.GetValues("Access-Control-Expose-Headers").Single(), Does.Contain("Retry-After"));
    }

    [Test]
    public async Task A_source_that_floods_is_refused_and_the_other_is_not()
    {
        Task<HttpResponseMessage>[] flood;
        Task<HttpResponseMessage>[] modest;
        using (var stalled = StallTheDisk())
        {
            var first = SendAsync(_shop.Client, Orders("early", 1));
            await WaitForLevelAsync("FairShare");
            flood = [.. Enumerable.Range(0, 400).Select(i => SendAsync(_shop.Client, Views($"flood-{i}", 19)))];
            modest = [.. Enumerable.Range(0, 5).Select(i => SendAsync(_app, Views($"modest-{i}", 19)))];
            await WaitAsync(async () => (await SourceAsync("shop")).GetProperty("shedRequests").GetInt64() > 0);
            stalled.Dispose();
            await first.WaitAsync(Patience);
        }

        var flooded = await Task.WhenAll(flood).WaitAsync(Patience);
        var modestly = await Task.WhenAll(modest).WaitAsync(Patience);

        Assert.That(modestly.Select(answer => answer.StatusCode), Is.All.EqualTo(HttpStatusCode.OK));
        Assert.That(flooded.Count(answer => answer.StatusCode == HttpStatusCode.OK), Is.GreaterThan(0), "its share it gets");
        Assert.That(flooded.Count(answer => answer.StatusCode == HttpStatusCode.TooManyRequests), Is.GreaterThan(100));
        Assert.That((await SourceAsync("app")).GetProperty("shedRequests").GetInt64(), Is.Zero);
    }

    [Test]
    public async Task A_hot_shopper_is_shown_and_the_others_see_and_get_the_same_as_without()
    {
        var alone = await BrowseAsync("alone");
        for (var i = 0; i < 50; i++)
        {
            await _shop.TrackAsync("/v1/batch", Views($"hot-{i}", 100, shopper: "hot"));
        }

        var beside = await BrowseAsync("beside");
        await _shop.SettleAsync();
        var pressure = await GetAsync("/v1/pressure");
        var hottest = pressure.GetProperty("hotProfiles")[0];

        Assert.That(beside, Is.EqualTo(alone));
        Assert.That(hottest.GetProperty("events").GetInt64(), Is.EqualTo(5_000));
        Assert.That(hottest.GetProperty("isHot").GetBoolean());
        Assert.That(pressure.GetProperty("partitions").EnumerateArray().Sum(part => part.GetProperty("events").GetInt64()), Is.EqualTo(5_000 + 40));
    }

    [Test]
    public async Task The_view_of_the_pressure_needs_a_server_key()
    {
        Assert.That((await _shop.Client.GetAsync("/v1/pressure")).StatusCode, Is.EqualTo(HttpStatusCode.Unauthorized));

        var pressure = await GetAsync("/v1/pressure");

        Assert.That(pressure.GetProperty("level").GetString(), Is.EqualTo("Normal"));
        Assert.That(
            pressure.GetProperty("signals").EnumerateArray().Select(signal => signal.GetProperty("name").GetString()),
            Is.EqualTo(new[] { "criticalDelay", "bulkDelay", "threadDelay", "pipelineLag" }));
    }

    /// <summary>Five shoppers look at four items each; what is known of them and what they are shown, without the shoppers' names.</summary>
    private async Task<string> BrowseAsync(string prefix)
    {
        var seen = new List<string>();
        for (var shopper = 0; shopper < 5; shopper++)
        {
            var id = $"{prefix}-{shopper}";
            for (var i = 0; i < 4; i++)
            {
                await _shop.TrackAsync("/v1/track", ShopEvents.View(id, $"item-{shopper + i}"));
            }

            await _shop.SettleAsync();
            var profile = await GetAsync($"/v1/profiles/lookup?anonymousId={id}");
            var shown = await _shop.RecommendAsync($"recently-viewed?anonymousId={id}");
            seen.Add($"{profile.GetProperty("counters").GetProperty("events").GetInt64()}: {string.Join(',', shown.Ids())}");
        }

        return string.Join("; ", seen);
    }

    private SqliteConnection StallTheDisk()
    {
        var connection = _shop.Services.GetRequiredService<LogStore>().OpenReader();
        using var command = connection.CreateCommand();
        command.CommandText = "BEGIN IMMEDIATE;";
        command.ExecuteNonQuery();
        return connection;
    }

    private static object Views(string prefix, int count, string? shopper = null) =>
        ShopEvents.Batch(Enumerable.Range(0, count).Select(i => ShopEvents.View(shopper ?? prefix, "item-1", $"{prefix}-{i}")));

    private static object Orders(string prefix, int count) =>
        ShopEvents.Batch(Enumerable.Range(0, count).Select(i => ShopEvents.Order(prefix, $"{prefix}-{i}", "item-1")));

    private static async Task<HttpResponseMessage> SendAsync(HttpClient client, object body, string? origin = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/batch") { Content = ShopServer.Json(body) };
        if (origin is not null)
        {
            request.Headers.Add("Origin", origin);
        }

        return await client.SendAsync(request);
    }

    /// <summary>The first that is refused; those before it wait for the disk.</summary>
    private static async Task<HttpResponseMessage> UntilShedAsync(Func<Task<HttpResponseMessage>> send)
    {
        var sent = new List<Task<HttpResponseMessage>>();
        for (var i = 0; i < 200; i++)
        {
            sent.Add(send());
            var first = await Task.WhenAny([.. sent, Task.Delay(100)]);
            if (first is Task<HttpResponseMessage> answered)
            {
                return await answered;
            }
        }

        throw new InvalidOperationException("Nothing was refused.");
    }

    private Task WaitForLevelAsync(params string[] levels) =>
        WaitAsync(async () =>
        {
            var level = (await GetAsync("/v1/pressure")).GetProperty("level").GetString();
            return levels.Contains(level);
        });

    private static async Task WaitAsync(Func<Task<bool>> isSo)
    {
        using var patience = new CancellationTokenSource(Patience);
        while (!await isSo())
        {
            await Task.Delay(20, patience.Token);
        }
    }

    private async Task<JsonElement> SourceAsync(string name) =>
        (await GetAsync("/v1/pressure")).GetProperty("sources").EnumerateArray().Single(source => source.GetProperty("name").GetString() == name);

    private async Task<JsonElement> GetAsync(string path) => Json(await _shop.Server.GetStringAsync(path));

    private static JsonElement Json(string text) => JsonElement.Parse(text);
}
