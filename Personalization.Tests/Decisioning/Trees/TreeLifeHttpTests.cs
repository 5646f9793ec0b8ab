using System.Text.Json;
using NUnit.Framework;
using Personalization.Tests.Support;

namespace Personalization.Tests.Decisioning.Trees;

/// <summary>The life of imported and of trained models over HTTP, with what people really clicked.</summary>
[Parallelizable]
internal sealed class TreeLifeHttpTests
{
    [Test]
    public async Task A_file_is_measured_by_what_was_clicked_of_ranked_answers_and_taken_back_with_one_call()
    {
        using var folder = new TemporaryFolder();
        await using var shop = await ShopServer.StartAsync(
            folder.Path,
            "--Personalization:Decisioning:Placements:for-you:Ranker=Online",
            "--Personalization:Decisioning:Placements:for-you:TreeModel=clicks");
        await shop.TrackAsync("/v1/batch", ShopEvents.Batch(Enumerable.Range(0, 60).Select(i => ShopEvents.View($"a{i / 4}", $"item-{i % 25}", $"m{i}", $"cat-{i % 5}"))));
        await shop.SettleAsync();

        var first = await SendAsync(shop, HttpMethod.Put, "/v1/models/clicks", TreeLifeTests.Stump("newness"));
        var id = "";
        for (var i = 0; i < 3; i++)
        {
            var answer = await shop.RecommendAsync("for-you?anonymousId=a1&limit=6");
            id = answer.GetProperty("decisionId").GetString()!;
            await shop.Server.GetStringAsync($"/v1/decisions/{id}"); // It is on disk now.
            await TrackAsync(shop, "Recommendation Viewed", id, answer.Ids());
            await TrackAsync(shop, "Recommendation Clicked", id, [answer.Ids()[^1]]);
        }

        await shop.SettleAsync();
        await shop.Server.GetStringAsync($"/v1/decisions/{id}"); // So is what came of it.
        var second = await SendAsync(shop, HttpMethod.Put, "/v1/models/clicks?promote=false", TreeLifeTests.Stump("popularity"));
        var wrong = await SendAsync(shop, HttpMethod.Put, "/v1/models/clicks?promote=maybe", TreeLifeTests.Stump("popularity"));
        var promoted = await SendAsync(shop, HttpMethod.Post, "/v1/model-versions/tree-clicks/2/promote", """{"despite": "to see it fail"}"""u8.ToArray());
        var live = JsonElement.Parse(await shop.Server.GetStringAsync("/v1/models/clicks"));
        var back = await SendAsync(shop, HttpMethod.Post, "/v1/model-versions/tree-clicks/rollback", "{}"u8.ToArray());
        var card = JsonElement.Parse(await shop.Server.GetStringAsync("/v1/model-versions/tree-clicks/2/card"));

        using (Assert.EnterMultipleScope())
        {
            Assert.That((first.Status, first.Answer.GetProperty("isLive").GetBoolean()), Is.EqualTo((200, true)));
            Assert.That((second.Status, second.Answer.GetProperty("isLive").GetBoolean(), second.Answer.GetProperty("check").GetProperty("againstVersion").GetInt32()), Is.EqualTo((200, false, 1)));
            Assert.That(second.Answer.GetProperty("check").GetProperty("measured").GetProperty("questions").GetInt32(), Is.EqualTo(3), second.Answer.ToString());
            Assert.That(second.Answer.GetProperty("check").GetProperty("live").GetProperty("mrr").GetDouble(), Is.GreaterThan(0));
            Assert.That((wrong.Status, wrong.Answer.GetProperty("type").GetString()), Is.EqualTo((400, "urn:personalization:problem:decisioning/bad-promote")));
            Assert.That((promoted.Status, live.GetProperty("version").GetInt32(), back.Status, back.Answer.GetProperty("version").GetInt32()), Is.EqualTo((200, 2, 200, 1)));
            Assert.That(card.GetProperty("limits").GetArrayLength(), Is.EqualTo(3));
        }

        using (Assert.EnterMultipleScope())
        {
            Assert.That((await SendAsync(shop, HttpMethod.Post, "/v1/learned-models/next-purchases/canary", "{}"u8.ToArray())).Status, Is.EqualTo(404), "nothing was learnt");
            Assert.That((await SendAsync(shop, HttpMethod.Post, "/v1/learned-models/unknown/canary", "{}"u8.ToArray())).Status, Is.EqualTo(404));
            Assert.That((await SendAsync(shop, HttpMethod.Post, "/v1/learned-models/content/canary", """{"share": "all"}"""u8.ToArray())).Status, Is.EqualTo(400));
            Assert.That((await SendAsync(shop, HttpMethod.Put, "/v1/learned-models/unknown/shadow", [])).Status, Is.EqualTo(404));
            Assert.That((await SendAsync(shop, HttpMethod.Delete, "/v1/learned-models/content/shadow", [])).Status, Is.AnyOf(204, 404));
            Assert.That((await SendAsync(shop, HttpMethod.Delete, "/v1/learned-models/content/canary", [])).Status, Is.EqualTo(404));
        }
    }

    private static async Task<(int Status, JsonElement Answer)> SendAsync(ShopServer shop, HttpMethod method, string path, byte[] body)
    {
        using var request = new HttpRequestMessage(method, path) { Content = new ByteArrayContent(body) };
        using var response = await shop.Server.SendAsync(request);
        var text = await response.Content.ReadAsStringAsync();
        return ((int)response.StatusCode, text.Length == 0 ? default : JsonElement.Parse(text));
    }

    private static Task TrackAsync(ShopServer shop, string name, string decision, IReadOnlyList<string> items) => shop.TrackAsync("/v1/track", new
    {
        @event = name,
        anonymousId = "a1",
        messageId = $"{decision}-{name}",
        properties = new { decision_id = decision, placement = "for-you", products = items.Select(item => new { product_id = item }) },
    });
}
