using System.Globalization;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using NUnit.Framework;
using Personalization.Tests.Support;

namespace Personalization.Tests.Scenarios;

/// <summary>
/// What a shop knows must not depend on whether its past was there from the beginning or was imported behind what happens now.
/// </summary>
[Parallelizable]
internal sealed class HistoryTests : ShopTests
{
    private const int Shoppers = 24;
    private static readonly DateTimeOffset Now = DateTimeOffset.FromUnixTimeSeconds(TimeProvider.System.GetUtcNow().ToUnixTimeSeconds());

    [Test]
    public async Task History_that_is_imported_later_leaves_the_same_features_and_sessions()
    {
        using var folder = new TemporaryFolder();
        await using var inOrder = await ShopServer.StartAsync(folder.Path);
        await TrackAsync(inOrder, [.. Past(), .. Present()]);
        await TrackAsync(Shop, Present());
        await ImportAsync(Shop, Past());

        foreach (var shopper in Enumerable.Range(0, Shoppers).Select(Name))
        {
            Assert.That(await FeaturesAsync(Shop, shopper), Is.EqualTo(await FeaturesAsync(inOrder, shopper)));
            Assert.That(await ItemsAsync(Shop, "recently-viewed", shopper), Is.EqualTo(await ItemsAsync(inOrder, "recently-viewed", shopper)));
        }
    }

    [Test]
    public async Task History_that_is_imported_later_teaches_the_same_recommendations()
    {
        using var folder = new TemporaryFolder();
        await using var inOrder = await ShopServer.StartAsync(folder.Path);
        await TrackAsync(inOrder, [.. Past(), .. Present()]);
        await TrackAsync(Shop, Present());
        await ImportAsync(Shop, Past());

        for (var item = 0; item < 8; item++)
        {
            var imported = (await Shop.RecommendAsync($"similar?items=group{item}-0&limit=3")).Ids();
            var lived = (await inOrder.RecommendAsync($"similar?items=group{item}-0&limit=3")).Ids();

            Assert.That(imported, Is.EquivalentTo(lived));
            Assert.That(imported, Is.All.StartsWith($"group{item}-"));
        }
    }

    [Test]
    public async Task The_past_never_becomes_the_present()
    {
        await TrackAsync(Shop, [View("ann", "tent", Now.AddMinutes(-20)), View("ann", "stove", Now.AddMinutes(-10))]);
        var before = await Shop.RecommendAsync("for-you?anonymousId=ann");

        await ImportAsync(Shop, [View("ann", "novel", Now.AddDays(-400)), View("ann", "atlas", Now.AddMinutes(-15))]);
        var lookup = JsonElement.Parse(await Shop.Server.GetStringAsync("/v1/profiles/lookup?anonymousId=ann"));
        var recent = await ItemsAsync(Shop, "recently-viewed", "ann");
        var after = await Shop.RecommendAsync("for-you?anonymousId=ann");

        Assert.Multiple(() =>
        {
            Assert.That(recent, Is.EqualTo(new[] { "stove", "atlas", "tent", "novel" }));
            Assert.That(after.Ids(), Does.Not.Contain("stove"), "the last item of the session is what the shopper looks at");
            Assert.That(before.Ids(), Does.Not.Contain("stove"));
            Assert.That(lookup.GetProperty("counters").GetProperty("sessions").GetInt32(), Is.EqualTo(2));
        });
    }

    private static string Name(int shopper) => $"shopper-{shopper}";

    /// <summary>Five sessions of each shopper over half a year, each about one group of items; sorted by time, as exports are.</summary>
    private static object[] Past() =>
    [
        .. from week in Enumerable.Range(0, 5)
           from shopper in Enumerable.Range(0, Shoppers)
           from step in Enumerable.Range(0, 4)
           select View(
               Name(shopper),
               $"group{(shopper + week) % 8}-{step}",
               Now.AddDays(-180 + (30 * week)).AddMinutes((shopper * 40) + step)),
    ];

    /// <summary>Two sessions of each shopper today.</summary>
    private static object[] Present() =>
    [
        .. from session in Enumerable.Range(0, 2)
           from shopper in Enumerable.Range(0, Shoppers)
           from step in Enumerable.Range(0, 2)
           select View(Name(shopper), $"group{(shopper + 5 + session) % 8}-{step}", Now.AddHours(-9 + (5 * session)).AddMinutes((shopper * 2) + step)),
    ];

    private static object View(string shopper, string item, DateTimeOffset time) => new
    {
        type = "track",
        @event = "Product Viewed",
        anonymousId = shopper,
        messageId = $"{shopper}-{item}-{time.ToUnixTimeSeconds()}",
        timestamp = time.ToString("yyyy-MM-ddTHH:mm:ss.fffZ", CultureInfo.InvariantCulture),
        properties = new { product_id = item, category = item.Split('-')[0] },
    };

    private static async Task TrackAsync(ShopServer shop, object[] events)
    {
        await shop.TrackAsync("/v1/batch", ShopEvents.Batch(events));
        await shop.SettleAsync();
    }

    private static async Task ImportAsync(ShopServer shop, object[] events)
    {
        using var content = new StringContent(string.Join('\n', events.Select(one => JsonSerializer.Serialize(one))), Encoding.UTF8);
        content.Headers.ContentType = new MediaTypeHeaderValue("application/x-ndjson");
        using var response = await shop.Server.PostAsync("/v1/import?source=shop", content);
        var report = JsonElement.Parse(await response.Content.ReadAsStringAsync());
        Assert.That(report.GetProperty("accepted").GetInt32(), Is.EqualTo(events.Length), report.ToString());
        await shop.SettleAsync();
    }

    /// <summary>What is known of a shopper, without the numbers that depend on who came first.</summary>
    private static async Task<string> FeaturesAsync(ShopServer shop, string shopper)
    {
        var known = JsonNode.Parse(await shop.Server.GetStringAsync($"/v1/profiles/lookup?anonymousId={shopper}"))!.AsObject();
        known.Remove("profileId");
        known["session"]?.AsObject().Remove("number");

        // Sums of the same parts in another order: equal but for the last digit.
        foreach (var fading in known["categories"]!.AsArray().Concat(known["brands"]!.AsArray()))
        {
            fading!["weight"] = Math.Round(fading["weight"]!.GetValue<double>(), 4);
        }

        return known.ToJsonString();
    }

    private static async Task<IReadOnlyList<string>> ItemsAsync(ShopServer shop, string placement, string shopper) =>
        (await shop.RecommendAsync($"{placement}?anonymousId={shopper}&limit=50")).Ids();
}
