using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using NUnit.Framework;
using Personalization.Tests.Support;
using Personalization.Tracking.Contracts;

namespace Personalization.Tests.Scenarios;

/// <summary>An answer that is to be fresh knows every event that was acknowledged before its question, or says that it does not.</summary>
[Parallelizable]
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
internal sealed class FreshAnswerTests : IDisposable
{
    private const string Question = "recently-viewed?anonymousId=a1&allowCurrentItem=true&fresh=true";
    private readonly TemporaryFolder _folder = new();
    private readonly ManualResetEventSlim _hold = new();

    public void Dispose()
    {
        _hold.Dispose();
        _folder.Dispose();
    }

    [Test]
    public async Task A_fresh_answer_waits_for_what_was_acknowledged()
    {
        await using var shop = await StartAsync();
        await TrackBehindHeldAsync(shop);

        var asked = shop.RecommendAsync(Question);
        var plain = await shop.RecommendAsync(Question.Replace("&fresh=true", "", StringComparison.Ordinal));
        Assert.That(asked.IsCompleted, Is.False, "the event is acknowledged, and does not count yet");
        _hold.Set();

        Assert.That(ItemsOf(plain), Is.Empty);
        Assert.That(ItemsOf(await asked), Is.EqualTo(["p1"]));
        Assert.That((await asked).TryGetProperty("isStale", out _), Is.False);
    }

    [Test]
    public async Task An_answer_that_could_not_wait_long_enough_says_so()
    {
        await using var shop = await StartAsync("--Personalization:Tracking:FreshWaitMs=20");
        await TrackBehindHeldAsync(shop);

        var answer = await shop.RecommendAsync(Question);
        using var posted = await shop.Client.PostAsync("/v1/recommendations/recently-viewed", ShopServer.Json(new { anonymousId = "a1", fresh = true }));
        var body = JsonSerializer.Deserialize<JsonElement>(await posted.Content.ReadAsStringAsync());
        using var kept = await shop.Client.GetAsync(new Uri("/v1/recommendations/trending?fresh=true", UriKind.Relative));
        _hold.Set();

        Assert.That(answer.GetProperty("isStale").GetBoolean());
        Assert.That(ItemsOf(answer), Is.Empty);
        Assert.That(body.GetProperty("isStale").GetBoolean());
        Assert.That(kept.Headers.CacheControl!.NoStore, "nobody keeps what is stale already");
    }

    private async Task<ShopServer> StartAsync(params string[] settings)
    {
        var shop = await ShopServer.StartWithAsync(
            _folder.Path, services => services.AddSingleton<IEventStage>(new HeldStage(_hold)), ["--Personalization:Tracking:Partitions=1", .. settings]);
        using var put = await shop.Server.PutAsync(
            "/v1/catalog/items", ShopServer.Json(new[] { new { id = "p1", name = "Tent", price = 10, stock = 5, category = "Camping" } }));
        Assert.That(put.IsSuccessStatusCode);
        await shop.SettleAsync();
        return shop;
    }

    private static async Task TrackBehindHeldAsync(ShopServer shop)
    {
        await shop.TrackAsync("/v1/track", new { @event = "Held", anonymousId = "a0" });
        await shop.TrackAsync("/v1/track", ShopEvents.View("a1", "p1"));
    }

    private static string?[] ItemsOf(JsonElement answer) => [.. answer.GetProperty("items").EnumerateArray().Select(item => item.GetProperty("id").GetString())];
}
