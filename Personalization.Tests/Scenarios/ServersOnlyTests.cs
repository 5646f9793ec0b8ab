using System.Net;
using System.Text.Json;
using NUnit.Framework;
using Personalization.Tests.Support;

namespace Personalization.Tests.Scenarios;

internal sealed class ServersOnlyTests
{
    private readonly TemporaryFolder _folder = new();

    [OneTimeTearDown]
    public void Remove() => _folder.Dispose();

    [Test]
    public async Task A_placement_for_servers_answers_no_write_key_whatever_an_arm_says()
    {
        await using var shop = await ShopServer.StartAsync(_folder.Path, "--Personalization:Decisioning:Placements:recently-viewed:ServersOnly=true");
        await shop.TrackAsync("/v1/track", ShopEvents.View("ann", "tent"));
        await shop.SettleAsync();
        using var put = await shop.Server.PutAsync("/v1/experiments/open", ShopServer.Json("""
            {"placement":"recently-viewed","control":"a","arms":[{"key":"a","weight":1,"options":{"serversOnly":false}},{"key":"b","weight":1,"options":{"serversOnly":false}}],
             "metrics":[{"id":"bought","event":"Order Completed","windowDays":7}]}
            """));
        using var started = await shop.Server.PostAsync("/v1/experiments/open/start", null);
        Assert.That((put.StatusCode, started.StatusCode), Is.EqualTo((HttpStatusCode.OK, HttpStatusCode.OK)));

        using var page = await shop.Client.GetAsync("/v1/recommendations/recently-viewed?anonymousId=ann");
        using var posted = await shop.Client.PostAsync("/v1/recommendations/recently-viewed", ShopServer.Json("""{"anonymousId":"ann"}"""));
        using var other = await shop.Client.GetAsync("/v1/recommendations/popular?anonymousId=ann");
        using var server = await shop.Server.GetAsync("/v1/recommendations/recently-viewed?anonymousId=ann");

        Assert.That(new[] { page, posted, other, server }.Select(each => each.StatusCode), Is.EqualTo(new[] { HttpStatusCode.Forbidden, HttpStatusCode.Forbidden, HttpStatusCode.OK, HttpStatusCode.OK }));
        Assert.That(
            JsonElement.Parse(await page.Content.ReadAsStringAsync()).GetProperty("type").GetString(), Is.EqualTo("urn:personalization:problem:decisioning/for-servers-only"));
        Assert.That(JsonElement.Parse(await server.Content.ReadAsStringAsync()).GetProperty("items")[0].GetProperty("id").GetString(), Is.EqualTo("tent"));
    }
}
