using System.Text.Json;
using NUnit.Framework;
using Personalization.Tests.Support;

namespace Personalization.Tests.Consent.Rights;

/// <summary>People who are to be kept out, and those who come back.</summary>
[Parallelizable]
internal sealed class SuppressionRequestTests : RightsTests
{
    [Test]
    public async Task A_suppressed_person_keeps_what_is_known_and_nothing_is_added()
    {
        await PlantAsync();
        await CompleteAsync("suppress");

        await SeeAsync("stool");

        Assert.That((await Shop.RecommendAsync($"recently-viewed?userId={Canary}")).Ids(), Is.EqualTo(new[] { "tent" }));
        var events = JsonElement.Parse(await Shop.Server.GetStringAsync($"/v1/profiles/{await ProfileAsync()}/events"));
        Assert.That(events.GetArrayLength(), Is.EqualTo(2));
    }

    [Test]
    public async Task A_person_who_was_erased_is_kept_out_until_the_suppression_is_lifted()
    {
        await PlantAsync();
        var erasure = await CompleteAsync("erasure");
        await SeeAsync("stool");
        Assert.That((await Shop.RecommendAsync($"recently-viewed?userId={Canary}")).Ids(), Is.Empty);
        Assert.That((await RequestAsync(erasure.GetProperty("id").GetString()!)).GetProperty("withheld").GetInt64(), Is.EqualTo(1));

        var lifted = await CompleteAsync("unsuppress");
        await SeeAsync("table");

        Assert.That(lifted.GetProperty("receipts")[0].GetProperty("removed").GetInt64(), Is.EqualTo(1));
        Assert.That((await Shop.RecommendAsync($"recently-viewed?userId={Canary}")).Ids(), Is.EqualTo(new[] { "table" }));
    }

    [Test]
    public async Task Lifting_what_nobody_suppressed_lifts_nothing()
    {
        await PlantAsync();

        var done = await CompleteAsync("unsuppress");

        Assert.That(done.GetProperty("receipts")[0].GetProperty("removed").GetInt64(), Is.Zero);
    }

    private async Task<JsonElement> CompleteAsync(string type)
    {
        var request = await CreateAsync(new { type, identities = new[] { new { kind = "user_id", value = Canary } } });
        return await UntilAsync(request.GetProperty("id").GetString()!, "completed");
    }

    private async Task<int> ProfileAsync() =>
        JsonElement.Parse(await Shop.Server.GetStringAsync($"/v1/profiles/lookup?userId={Canary}")).GetProperty("profileId").GetInt32();

    private async Task SeeAsync(string item)
    {
        using var response = await Shop.Client.PostAsync(
            "/v1/track", ShopServer.Json(new { type = "track", userId = Canary, @event = "Product Viewed", messageId = "seen-" + item, properties = new { product_id = item } }));
        response.EnsureSuccessStatusCode();
        await Shop.SettleAsync();
    }
}
