using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using NUnit.Framework;
using Personalization.Kernel.Pipelines;
using Personalization.Tests.Support;

namespace Personalization.Tests.Decisioning.Rules;

/// <summary>Rules, offers and restraint through the real host, with the real conditions and the real log.</summary>
[Parallelizable]
internal sealed class RuleEndpointsTests : ShopTests
{
    [Test]
    public async Task Rules_are_drafted_previewed_published_obeyed_and_kept()
    {
        await PutAsync("/v1/catalog/items", """[{"id":"tent","brand":"Acme","price":90},{"id":"stove","brand":"Bolt","price":40},{"id":"lamp","brand":"Bolt","price":15}]""");
        await SendAsync(ShopEvents.Identify("ann", "a1"), ShopEvents.View("a1", "tent"));
        await PutAsync("/v1/rules/hide", """{"action":"exclude","items":{"item":"brand","op":"eq","value":"Bolt"},"when":{"context":"device.type","op":"eq","value":"mobile"}}""");
        await PutAsync("/v1/rules/lamp", """{"action":"pin","item":"lamp","place":1,"when":{"event":"Product Viewed","within":"1d","count":{"op":"gte","value":1}}}""");
        var (_, preview) = await SendAsync(HttpMethod.Post, "/v1/rules/preview", """
            {"placement":"new","userId":"ann","allowCurrentItem":true,"rules":{"try":{"action":"pin","item":"tent","place":1},"lamp":{"action":"pin","item":"stove","place":1,"when":{"event":"Never Sent","within":"1d","count":{"op":"gte","value":1}}}}}
            """);
        Assert.That(await IdsAsync("new?userId=ann&allowCurrentItem=true"), Is.EqualTo(["lamp", "stove", "tent"]), "drafts change nothing");

        await PostAsync("/v1/rules/hide/activate");
        await PostAsync("/v1/rules/lamp/activate");
        await RestartAsync();

        Assert.That(preview.GetProperty("with").Ids(), Is.EqualTo(["tent", "lamp", "stove"]));
        Assert.That(preview.GetProperty("without").Ids(), Is.EqualTo(["lamp", "stove", "tent"]));
        Assert.That(
            preview.GetProperty("with").GetProperty("rules").EnumerateArray().Select(rule => (rule.GetProperty("id").GetString(), rule.GetProperty("outcome").GetString())),
            Is.EqualTo([("lamp", "not_meant"), ("try", "applied")]));
        Assert.That(await IdsAsync("new?userId=ann&allowCurrentItem=true"), Is.EqualTo(["lamp", "stove", "tent"]));
        Assert.That(await IdsAsync("new?userId=ann&allowCurrentItem=true&context.device.type=mobile"), Is.EqualTo(["tent"]));
        Assert.That(await IdsAsync("new?context.device.type=desktop"), Is.EqualTo(["lamp", "stove", "tent"]));
        Assert.That((await SendAsync(HttpMethod.Post, "/v1/recommendations/new", """{"context":{"device":{"type":"mobile"}}}""")).Answer.Ids(), Is.EqualTo(["tent"]));
        await PostAsync("/v1/rules/hide/deactivate");
        Assert.That(await IdsAsync("new?context.device.type=mobile"), Is.EqualTo(["lamp", "stove", "tent"]));
    }

    [Test]
    public async Task Faults_and_refusals_are_told()
    {
        var invalid = await SendAsync(HttpMethod.Put, "/v1/rules/r", """{"action":"exclude","when":{"segment":"nobody-defined"},"items":{"item":"size","op":"eq","value":1}}""");
        var notKept = await SendAsync(HttpMethod.Put, "/v1/rules/r", """{"action":"exclude","items":{"item":"id","op":"eq","value":"a"},"when":{"event":"Product Viewed","within":"1d","count":{"op":"gte","value":1},"where":{"property":"color","op":"eq","value":"red"}}}""");

        Assert.That(((int)invalid.Status, invalid.Answer.GetProperty("type").GetString()), Is.EqualTo((422, "urn:personalization:problem:decisioning/invalid-rule")));
        Assert.That(invalid.Answer.GetProperty("faults").EnumerateArray().Select(fault => fault.GetProperty("pointer").GetString()), Is.EquivalentTo(["/items/item", "/when"]));
        Assert.That(notKept.Answer.GetProperty("faults")[0].GetProperty("detail").GetString(), Does.Contain("'color'"));
        Assert.That((await SendAsync(HttpMethod.Put, "/v1/rules/Bad%20Id", "{}")).Status, Is.EqualTo(HttpStatusCode.BadRequest));
        Assert.That((await SendAsync(HttpMethod.Post, "/v1/rules/none/activate", "")).Status, Is.EqualTo(HttpStatusCode.NotFound));
        Assert.That((await SendAsync(HttpMethod.Post, "/v1/rules/preview", """{"rules":[]}""")).Status, Is.EqualTo(HttpStatusCode.UnprocessableEntity));
        Assert.That((await Shop.Client.GetAsync("/v1/rules")).StatusCode, Is.EqualTo(HttpStatusCode.Unauthorized).Or.EqualTo(HttpStatusCode.Forbidden));
        Assert.That((await Shop.Client.GetAsync("/v1/recommendations/new?context.a=1&context.a.b=2")).StatusCode, Is.EqualTo(HttpStatusCode.BadRequest));
    }

    [Test]
    public async Task Offers_are_counted_by_the_log_dismissed_and_remembered_over_a_restart()
    {
        await PutAsync("/v1/offers/ten", """{"kind":"offer","payload":{"text":"10 % off"},"budget":{"perShopper":2}}""");
        await PutAsync("/v1/offers/news", """{"kind":"content","payload":{"html":"<b>new</b>"},"priority":-1}""");
        await PostAsync("/v1/offers/ten/activate");
        await SendAsync(ShopEvents.Identify("ann", "a1"), ShopEvents.View("a1", "tent"));

        var first = await OffersAsync("userId=ann");
        var second = await OffersAsync("userId=ann");
        await RestartAsync();
        var third = await OffersAsync("userId=ann");
        await PostAsync("/v1/offers/news/activate");
        var news = await OffersAsync("userId=ann");
        var fourth = await OffersAsync("userId=ann");

        Assert.That((first, second, third), Is.EqualTo(("ten", "ten", "")));
        Assert.That((news, fourth), Is.EqualTo(("news", "")), "three offers a session, whatever became of the process");
        await SendAsync(ShopEvents.Identify("bob", "b1"), ShopEvents.View("b1", "tent"));
        await SendAsync(new { type = "track", @event = "Offer Dismissed", userId = "bob", properties = new { offer_id = "ten" } });
        Assert.That(await OffersAsync("userId=bob"), Is.EqualTo("news"));
    }

    private async Task<string> OffersAsync(string query)
    {
        var answer = await Shop.Client.GetFromJsonAsync<JsonElement>($"/v1/recommendations/next-best-action?{query}");
        return answer.TryGetProperty("offers", out var offers) ? string.Join(",", offers.EnumerateArray().Select(offer => offer.GetProperty("id").GetString())) : "";
    }

    private async Task<IReadOnlyList<string>> IdsAsync(string query) => (await Shop.Client.GetFromJsonAsync<JsonElement>($"/v1/recommendations/{query}")).Ids();

    private async Task SendAsync(params object[] events)
    {
        using var response = await Shop.Client.PostAsJsonAsync("/v1/batch", ShopEvents.Batch(events));
        Assert.That(response.IsSuccessStatusCode, await response.Content.ReadAsStringAsync());
        await AppliedAsync();
    }

    private Task AppliedAsync() => Shop.Services.GetRequiredService<IPipelineStatus>().WaitUntilAppliedAsync(default);

    private async Task PutAsync(string path, string json)
    {
        var (status, answer) = await SendAsync(HttpMethod.Put, path, json);
        Assert.That((int)status, Is.InRange(200, 299), answer.ToString());
        await AppliedAsync();
    }

    private async Task PostAsync(string path)
    {
        var (status, answer) = await SendAsync(HttpMethod.Post, path, "");
        Assert.That((int)status, Is.EqualTo(200), answer.ToString());
    }

    private async Task<(HttpStatusCode Status, JsonElement Answer)> SendAsync(HttpMethod method, string path, string json)
    {
        using var request = new HttpRequestMessage(method, path) { Content = ShopServer.Json(json) };
        using var response = await Shop.Server.SendAsync(request);
        var text = await response.Content.ReadAsStringAsync();
        return (response.StatusCode, text.Length == 0 ? default : JsonElement.Parse(text));
    }
}
