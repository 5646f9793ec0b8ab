using NUnit.Framework;
using Personalization.Tests.Support;

namespace Personalization.Tests.Decisioning.Restraint;

/// <summary>Caps of products through the whole application: what was shown is counted from the log alone.</summary>
[Parallelizable]
internal sealed class SeenProductHttpTests
{
    private const string Ann = "new?anonymousId=ann&limit=3";

    [Test]
    public async Task What_was_shown_is_counted_after_a_restart_and_when_the_log_is_all_that_is_left()
    {
        using var folder = new TemporaryFolder();
        string[] settings = ["--Personalization:Restraint:Products:Caps:0:Placement=new", "--Personalization:Restraint:Products:Caps:0:Count=1"];
        List<string> seen;
        await using (var shop = await ShopServer.StartAsync(folder.Path, settings))
        {
            var items = Enumerable.Range(1, 15).Select(i => new { id = $"p{i}", name = $"p{i}", category = "tents", price = 1 });
            using var put = await shop.Server.PutAsync("/v1/catalog/items", ShopServer.Json(items));
            put.EnsureSuccessStatusCode();
            await shop.TrackAsync("/v1/track", ShopEvents.View("ann", "p1"));
            await shop.SettleAsync();
            seen = [.. (await shop.RecommendAsync(Ann)).Ids(), .. (await shop.RecommendAsync(Ann)).Ids()];
        }

        await using (var shop = await ShopServer.StartAsync(folder.Path, settings))
        {
            seen.AddRange((await shop.RecommendAsync(Ann)).Ids());
        }

        foreach (var file in Directory.GetFiles(folder.Path).Where(file => !Path.GetFileName(file).StartsWith("log.", StringComparison.Ordinal)))
        {
            File.Delete(file);
        }

        await using (var shop = await ShopServer.StartAsync(folder.Path, settings))
        {
            await shop.SettleAsync();
            seen.AddRange((await shop.RecommendAsync(Ann)).Ids());
        }

        Assert.That(seen, Has.Count.EqualTo(12));
        Assert.That(seen, Is.Unique);
    }
}
