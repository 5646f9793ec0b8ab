using System.Text.Json;
using NUnit.Framework;
using Personalization.Tests.Support;

namespace Personalization.Tests.Decisioning.Models;

internal sealed class ModelTrainingTests : ShopTests
{
    [Test]
    public async Task Orders_become_a_model_that_forgets_whoever_is_erased()
    {
        for (var customer = 0; customer < 12; customer++)
        {
            await Shop.TrackAsync("/v1/batch", ShopEvents.Batch([ShopEvents.Order($"buyer-{customer}", $"o{customer}", "tent", "stove", customer % 2 == 0 ? "lamp" : "rope")]));
        }

        await Shop.TrackAsync("/v1/batch", ShopEvents.Batch([ShopEvents.Order("newcomer", "o-new", "tent")]));
        var first = await TrainAsync();
        Assert.That((await PostAsync("nothing/rollback"), await PostAsync("next-purchases/rollback"), await PostAsync("next-purchases/promote")), Is.EqualTo((404, 409, 409)));
        var slate = await Shop.RecommendAsync("for-you?anonymousId=newcomer");
        var erased = JsonElement.Parse(await Shop.Server.GetStringAsync("/v1/profiles/lookup?anonymousId=buyer-3")).GetProperty("profileId").GetInt32();
        (await Shop.Server.DeleteAsync($"/v1/profiles/{erased}")).EnsureSuccessStatusCode();
        var second = await TrainAsync();

        Assert.Multiple(() =>
        {
            Assert.That(slate.GetProperty("items")[0].GetProperty("reason").GetString(), Is.EqualTo("next_purchase"));
            Assert.That(slate.Ids()[0], Is.EqualTo("stove"));
            Assert.That(slate.Ids(), Does.Not.Contain("tent"));
            Assert.That(Number(first, "profiles"), Is.EqualTo(13));
            Assert.That(Number(second, "profiles"), Is.EqualTo(12));
            Assert.That(Number(first, "examples") - Number(second, "examples"), Is.EqualTo(3));
        });

        await RestartAsync();
        var kept = await LearnedAsync();
        Assert.That(kept.GetProperty("live").GetProperty("lineage").GetProperty("fingerprint").GetString(), Is.EqualTo(second.GetProperty("fingerprint").GetString()));
        Assert.That(kept.GetProperty("live").GetProperty("people").GetInt32(), Is.EqualTo(12));

        await RestartAsync(forget: file => !file.StartsWith("log.", StringComparison.Ordinal));
        var replayed = await TrainAsync();
        Assert.That(replayed.GetProperty("fingerprint").GetString(), Is.EqualTo(second.GetProperty("fingerprint").GetString()));
    }

    /// <summary>What was kept is read a moment after the start, behind the first answers.</summary>
    private async Task<JsonElement> LearnedAsync()
    {
        for (var i = 0; i < 200; i++)
        {
            using var answer = await Shop.Server.GetAsync("/v1/learned-models/next-purchases");
            if (answer.IsSuccessStatusCode)
            {
                return JsonElement.Parse(await answer.Content.ReadAsStringAsync());
            }

            await Task.Delay(20);
        }

        throw new AssertionException("No model was read from disk.");
    }

    private async Task<JsonElement> TrainAsync()
    {
        using var answer = await Shop.Server.PostAsync("/v1/learned-models/train", content: null);
        answer.EnsureSuccessStatusCode();
        var listed = JsonElement.Parse(await Shop.Server.GetStringAsync("/v1/learned-models"));
        Assert.That(listed.ToString(), Is.EqualTo(await answer.Content.ReadAsStringAsync()));
        return listed[0].GetProperty("lineage");
    }

    private async Task<int> PostAsync(string path)
    {
        using var answer = await Shop.Server.PostAsync("/v1/learned-models/" + path, ShopServer.Json("{}"));
        return (int)answer.StatusCode;
    }

    private static int Number(JsonElement lineage, string name) => lineage.GetProperty(name).GetInt32();
}
