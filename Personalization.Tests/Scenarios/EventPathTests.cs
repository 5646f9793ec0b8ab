using System.Net;
using System.Text.Json;
using NUnit.Framework;
using Personalization.Tests.Support;

namespace Personalization.Tests.Scenarios;

/// <summary>HTTP in, HTTP out, through every stage.</summary>
[Parallelizable]
internal sealed class EventPathTests : ShopTests
{
    [Test]
    public async Task An_event_just_sent_changes_the_next_answer()
    {
        await Shop.TrackAsync("/v1/track", ShopEvents.View("ann", "tent"));
        await Shop.SettleAsync();
        var before = await Shop.RecommendAsync("recently-viewed?anonymousId=ann");

        await Shop.TrackAsync("/v1/track", ShopEvents.View("ann", "stove"));
        await Shop.SettleAsync();
        var after = await Shop.RecommendAsync("recently-viewed?anonymousId=ann");

        Assert.That(before.Ids(), Is.EqualTo(new[] { "tent" }));
        Assert.That(after.Ids(), Is.EqualTo(new[] { "stove", "tent" }));
    }

    [Test]
    public async Task Sessions_of_others_teach_what_comes_next_and_the_answer_says_why()
    {
        await TeachAsync();

        await Shop.TrackAsync("/v1/track", ShopEvents.View("newcomer", "tent"));
        await Shop.SettleAsync();
        var answer = await Shop.RecommendAsync("for-you?anonymousId=newcomer&limit=3");

        Assert.That(answer.Ids()[0], Is.EqualTo("stove"));
        Assert.That(answer.GetProperty("items")[0].GetProperty("reason").GetString(), Is.EqualTo("similar_sessions"));
        Assert.That(answer.GetProperty("isPersonalized").GetBoolean());
        Assert.That(answer.GetProperty("decisionId").GetGuid(), Is.Not.EqualTo(Guid.Empty));
        Assert.That(answer.GetProperty("modelVersion").GetString(), Is.Not.Empty);
    }

    [Test]
    public async Task Bought_together_similar_and_trending_answer_from_what_happened()
    {
        await TeachAsync();

        Assert.That((await Shop.RecommendAsync("bought-together?items=tent")).Ids(), Does.Contain("stove"));
        Assert.That((await Shop.RecommendAsync("similar?items=tent")).Ids(), Does.Contain("stove"));
        Assert.That((await RankedAsync()).Ids(), Is.Not.Empty);
    }

    [Test]
    public async Task What_is_sold_out_or_bought_already_is_not_recommended()
    {
        await TeachAsync();
        await PutItemsAsync("""[{"id":"stove","name":"Stove","category":"camping","brand":"Ember","price":49.5,"stock":3}]""");
        await Shop.TrackAsync("/v1/track", ShopEvents.View("newcomer", "tent"));
        await Shop.SettleAsync();
        Assert.That((await Shop.RecommendAsync("for-you?anonymousId=newcomer")).Ids(), Does.Contain("stove"));

        using var soldOut = await Shop.Server.PatchAsync("/v1/catalog/items/stove", ShopServer.Json("""{"stock":0}"""));
        await Shop.SettleAsync();
        Assert.That(soldOut.StatusCode, Is.EqualTo(HttpStatusCode.OK).Or.EqualTo(HttpStatusCode.NoContent));
        Assert.That((await Shop.RecommendAsync("for-you?anonymousId=newcomer")).Ids(), Does.Not.Contain("stove"));

        await Shop.TrackAsync("/v1/track", ShopEvents.Order("newcomer", "o-1", "lamp"));
        await Shop.SettleAsync();
        Assert.That((await Shop.RecommendAsync("for-you?anonymousId=newcomer")).Ids(), Does.Not.Contain("lamp"));
    }

    [Test]
    public async Task Identify_brings_the_anonymous_history_to_the_person()
    {
        await Shop.TrackAsync("/v1/track", new { @event = "Product Viewed", userId = "ann", messageId = "m0", properties = new { product_id = "map" } });
        await Shop.TrackAsync("/v1/track", ShopEvents.View("phone", "tent"));
        await Shop.TrackAsync("/v1/identify", ShopEvents.Identify("ann", "phone"));
        await Shop.SettleAsync();

        Assert.That((await Shop.RecommendAsync("recently-viewed?userId=ann")).Ids(), Is.EqualTo(new[] { "tent", "map" }));
        Assert.That((await Shop.RecommendAsync("recently-viewed?anonymousId=phone")).Ids(), Is.EqualTo(new[] { "tent", "map" }));
    }

    [Test]
    public async Task Alias_brings_the_anonymous_history_to_the_person_too()
    {
        await Shop.TrackAsync("/v1/track", ShopEvents.View("phone", "tent"));
        await Shop.TrackAsync("/v1/alias", new { userId = "ann", previousId = "phone", messageId = "alias-1" });
        await Shop.SettleAsync();

        Assert.That((await Shop.RecommendAsync("recently-viewed?userId=ann")).Ids(), Is.EqualTo(new[] { "tent" }));
    }

    [Test]
    public async Task A_message_id_counts_once_however_often_it_is_sent()
    {
        for (var i = 0; i < 3; i++)
        {
            await Shop.TrackAsync("/v1/track", ShopEvents.View("ann", "tent", messageId: "same"));
        }

        var summary = JsonElement.Parse(await Shop.Server.GetStringAsync("/v1/log/summary"));
        var profile = JsonElement.Parse(await Shop.Server.GetStringAsync("/v1/profiles/lookup?anonymousId=ann"));

        Assert.That(summary.GetProperty("duplicates").GetInt64(), Is.EqualTo(2));
        Assert.That(profile.GetProperty("counters").GetProperty("views").GetInt32(), Is.EqualTo(1));
    }

    [Test]
    public async Task Who_refuses_profiling_gets_a_contextual_answer_that_says_so()
    {
        await TeachAsync();
        await Shop.TrackAsync("/v1/track", new
        {
            @event = "Product Viewed",
            anonymousId = "private",
            messageId = "p1",
            properties = new { product_id = "tent" },
            context = new { consent = new { categoryPreferences = new { profile = false, personalise = false } } },
        });
        await Shop.SettleAsync();

        var answer = await Shop.RecommendAsync("for-you?anonymousId=private");

        Assert.That(answer.GetProperty("isPersonalized").GetBoolean(), Is.False);
        Assert.That(answer.GetProperty("notPersonalizedReason").GetString(), Is.EqualTo("consent_denied"));
        Assert.That((await Shop.RecommendAsync("recently-viewed?anonymousId=private")).Ids(), Is.Empty);
    }

    [Test]
    public async Task A_restart_answers_as_before()
    {
        await TeachAsync();
        await Shop.TrackAsync("/v1/track", ShopEvents.View("newcomer", "tent"));
        await Shop.SettleAsync();
        await RankedAsync();
        var before = await Shop.RecommendAsync("for-you?anonymousId=newcomer");

        await RestartAsync();
        await RankedAsync();
        var after = await Shop.RecommendAsync("for-you?anonymousId=newcomer");

        Assert.That(after.Ids(), Is.EqualTo(before.Ids()));
    }

    [Test]
    public async Task An_erased_person_is_gone_from_answers_files_and_timeline()
    {
        const string canary = "zanzibar-canary-4711";
        await Shop.TrackAsync("/v1/track", ShopEvents.View(canary, "tent"));
        await Shop.TrackAsync("/v1/track", ShopEvents.View("ann", "tent"));
        await Shop.SettleAsync();
        var profileId = await ProfileIdAsync(canary);
        var timeline = JsonElement.Parse(await Shop.Server.GetStringAsync($"/v1/profiles/{profileId}/events"));
        Assert.That(timeline.GetArrayLength(), Is.EqualTo(1));

        using var erased = await Shop.Server.DeleteAsync($"/v1/profiles/{profileId}");
        Assert.That(erased.StatusCode, Is.EqualTo(HttpStatusCode.OK), await erased.Content.ReadAsStringAsync());

        Assert.That((await Shop.RecommendAsync($"recently-viewed?anonymousId={canary}")).Ids(), Is.Empty);
        Assert.That((await Shop.RecommendAsync("recently-viewed?anonymousId=ann")).Ids(), Is.EqualTo(new[] { "tent" }));
        timeline = JsonElement.Parse(await Shop.Server.GetStringAsync($"/v1/profiles/{profileId}/events"));
        Assert.That(timeline.GetArrayLength(), Is.Zero);

        await RestartAsync();
        Assert.That((await Shop.RecommendAsync($"recently-viewed?anonymousId={canary}")).Ids(), Is.Empty);
    }

    private async Task<int> ProfileIdAsync(string anonymousId) =>
        JsonElement.Parse(await Shop.Server.GetStringAsync($"/v1/profiles/lookup?anonymousId={anonymousId}"))
            .GetProperty("profileId").GetInt32();

    /// <summary>Popularity is ranked in the background, twice a second: waits for the first ranking and returns what trends.</summary>
    private async Task<JsonElement> RankedAsync()
    {
        for (var attempt = 0; attempt < 100; attempt++)
        {
            var trending = await Shop.RecommendAsync("trending");
            if (trending.Ids().Count > 0)
            {
                return trending;
            }

            await Task.Delay(50);
        }

        throw new InvalidOperationException("Popularity was not ranked within five seconds.");
    }

    private async Task PutItemsAsync(string json)
    {
        using var response = await Shop.Server.PutAsync("/v1/catalog/items", ShopServer.Json(json));
        Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.OK), await response.Content.ReadAsStringAsync());
        await Shop.SettleAsync();
    }

    /// <summary>Thirty shoppers view a tent, then a stove, then a lamp, and buy the first two; ten look at books.</summary>
    private async Task TeachAsync()
    {
        var events = new List<object>();
        for (var i = 0; i < 30; i++)
        {
            var shopper = $"camper-{i}";
            events.AddRange([
                ShopEvents.View(shopper, "tent"),
                ShopEvents.View(shopper, "stove"),
                ShopEvents.View(shopper, "lamp"),
                ShopEvents.Order(shopper, $"order-{i}", "tent", "stove"),
            ]);
        }

        for (var i = 0; i < 10; i++)
        {
            events.AddRange([ShopEvents.View($"reader-{i}", "novel"), ShopEvents.View($"reader-{i}", "atlas")]);
        }

        await Shop.TrackAsync("/v1/batch", ShopEvents.Batch(events));
        await Shop.SettleAsync();
    }
}
