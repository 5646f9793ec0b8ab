using System.Net;
using NUnit.Framework;
using Personalization.Tests.Support;

namespace Personalization.Tests.Features;

/// <summary>The catalogue over HTTP, with the real log.</summary>
[Parallelizable]
internal sealed class CatalogRestartTests : ShopTests
{
    [Test]
    public async Task A_catalogue_outlives_the_process_with_its_checkpoints_and_without_them()
    {
        await PutAsync($"[{string.Join(',', Enumerable.Range(0, 1_200).Select(i => $$"""{"id":"item/{{i}}","category":"c{{i % 7}}","stock":{{i % 3}}}"""))}]");
        Assert.That((await Shop.Server.PatchAsync("/v1/catalog/items/item%2F1199", ShopServer.Json("""{"price":5}"""))).StatusCode,
            Is.EqualTo(HttpStatusCode.NoContent), "at once, whether applied or not");
        Assert.That((await Shop.Server.DeleteAsync("/v1/catalog/items/item/7")).StatusCode, Is.EqualTo(HttpStatusCode.NoContent));
        await Shop.SettleAsync();
        var before = await ListAsync();

        await RestartAsync();
        var reloaded = await ListAsync();

        await RestartAsync(forget: file => !file.StartsWith("log.", StringComparison.Ordinal));
        var replayed = await ListAsync();

        Assert.That(before, Does.Contain("item/8").And.Not.Contain("\"item/7\""));
        Assert.That((reloaded, replayed), Is.EqualTo((before, before)));
    }

    [Test]
    public async Task Nobody_reads_or_changes_the_catalogue_without_a_server_key()
    {
        foreach (var (method, path) in new[] { ("PUT", ""), ("GET", ""), ("GET", "/a"), ("PATCH", "/a"), ("DELETE", "/a") })
        {
            using var request = new HttpRequestMessage(new HttpMethod(method), "/v1/catalog/items" + path) { Content = ShopServer.Json("[]") };
            using var answer = await Shop.Client.SendAsync(request);
            Assert.That(answer.StatusCode, Is.EqualTo(HttpStatusCode.Unauthorized), method + path);
        }
    }

    private async Task PutAsync(string json)
    {
        using var answer = await Shop.Server.PutAsync("/v1/catalog/items", ShopServer.Json(json));
        Assert.That(answer.StatusCode, Is.EqualTo(HttpStatusCode.OK), await answer.Content.ReadAsStringAsync());
    }

    private Task<string> ListAsync() => Shop.Server.GetStringAsync("/v1/catalog/items?limit=1000&after=item%2F5");
}
