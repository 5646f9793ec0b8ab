using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using NUnit.Framework;
using Personalization.Tests.Support;

namespace Personalization.Tests.Decisioning.Experiments;

/// <summary>Kept assignments of flags as an OpenFeature client meets them.</summary>
[Parallelizable]
internal sealed class FlagStickyTests : ShopTests
{
    [Test]
    public async Task An_assignment_outlives_weights_and_restarts_and_goes_with_the_person()
    {
        await PutAsync("[1, 0]");
        var first = await AskAsync(new { targetingKey = "dev-1" });
        await AskAsync(new { targetingKey = "dev-2" });
        await PutAsync("[0, 1]");
        var second = await AskAsync(new { targetingKey = "dev-1", userId = "u-1" });
        await RestartAsync();
        var third = await AskAsync(new { targetingKey = "laptop", userId = "u-1" });
        var stranger = await AskAsync(new { targetingKey = "dev-3" });
        using var all = await Shop.Client.PostAsJsonAsync("/ofrep/v1/evaluate/flags", new { context = new { targetingKey = "dev-2" } });
        var ahead = JsonElement.Parse(await all.Content.ReadAsStringAsync()).GetProperty("flags")[0];

        using (Assert.EnterMultipleScope())
        {
            Assert.That((Variant(first), Variant(second), Variant(third), Variant(stranger), Variant(ahead)), Is.EqualTo(("control", "control", "control", "bold", "control")));
            Assert.That(first.GetProperty("metadata").TryGetProperty("isSticky", out _), Is.False);
            Assert.That((second.GetProperty("metadata").GetProperty("isSticky").GetBoolean(), second.GetProperty("reason").GetString()), Is.EqualTo((true, "SPLIT")));
        }

        await Shop.SettleAsync();
        var profile = JsonElement.Parse(await Shop.Server.GetStringAsync("/v1/profiles/lookup?anonymousId=dev-1")).GetProperty("profileId").GetInt32();
        using var erased = await Shop.Server.DeleteAsync($"/v1/profiles/{profile}");
        Assert.That(erased.StatusCode, Is.EqualTo(HttpStatusCode.OK), await erased.Content.ReadAsStringAsync());
        await RestartAsync();

        Assert.That((Variant(await AskAsync(new { targetingKey = "dev-1" })), Variant(await AskAsync(new { targetingKey = "dev-2" }))), Is.EqualTo(("bold", "control")), "theirs went, others' did not");
    }

    private static string Variant(JsonElement answer) => answer.GetProperty("variant").GetString()!;

    private async Task PutAsync(string weights)
    {
        var flags = $$"""
            { "features": { "hero": { "defaultValue": "plain", "rules": [
              { "key": "hero-test", "hashVersion": 2, "bucketVersion": 1, "variations": ["plain", "bold"], "weights": {{weights}}, "meta": [{ "key": "control" }, { "key": "bold" }] } ] } } }
            """;
        using var content = new StringContent(flags, Encoding.UTF8, "application/json");
        using var put = await Shop.Server.PutAsync("/v1/flags", content);
        Assert.That(put.StatusCode, Is.EqualTo(HttpStatusCode.OK), await put.Content.ReadAsStringAsync());
    }

    private async Task<JsonElement> AskAsync(object context)
    {
        using var answer = await Shop.Client.PostAsJsonAsync("/ofrep/v1/evaluate/flags/hero", new { context });
        Assert.That(answer.StatusCode, Is.EqualTo(HttpStatusCode.OK));
        return JsonElement.Parse(await answer.Content.ReadAsStringAsync());
    }
}
