using System.Net;
using System.Text.Json;
using NUnit.Framework;
using Personalization.Tests.Support;

namespace Personalization.Tests.Scenarios;

/// <summary>Who was erased stays out: late events, refused events, and events of an old log.</summary>
[Parallelizable]
internal sealed class SuppressionTests : ShopTests
{
    private const string Canary = "quetzal-canary-1138";

    [Test]
    public async Task Late_events_of_an_erased_person_are_answered_as_usual_and_kept_nowhere()
    {
        var request = await EraseAsync(ShopEvents.View(Canary, "tent"));

        await Shop.TrackAsync("/v1/batch", ShopEvents.Batch([ShopEvents.View(Canary, "late-canary", "m-late"), ShopEvents.View("ann", "stove")]));
        await Shop.TrackAsync("/v1/track", ShopEvents.View(Canary, "late-canary", "m-later"));
        await Shop.SettleAsync();

        Assert.That((await TombstoneAsync(request)).GetProperty("withheld").GetInt64(), Is.EqualTo(2));
        Assert.That((await Shop.RecommendAsync("recently-viewed?anonymousId=ann")).Ids(), Is.EqualTo(new[] { "stove" }));
        Assert.That((await Shop.RecommendAsync($"recently-viewed?anonymousId={Canary}")).Ids(), Is.Empty);
        await StopAsync();
        Assert.That(DiskSearch.Find(Folder, DiskSearch.Texts(Canary, "late-canary")), Is.Empty);
    }

    [Test]
    public async Task The_count_of_withheld_events_outlives_a_restart()
    {
        var request = await EraseAsync(ShopEvents.View(Canary, "tent"));
        await Shop.TrackAsync("/v1/track", ShopEvents.View(Canary, "lamp", "m-late"));

        await RestartAsync();
        await Shop.TrackAsync("/v1/track", ShopEvents.View(Canary, "lamp", "m-later"));

        Assert.That((await TombstoneAsync(request)).GetProperty("withheld").GetInt64(), Is.EqualTo(2));
    }

    [Test]
    public async Task A_refused_event_of_an_erased_person_is_no_dead_letter()
    {
        await EraseAsync(ShopEvents.View(Canary, "tent"));

        using var refused = await Shop.Client.PostAsync("/v1/batch", ShopServer.Json(ShopEvents.Batch([new { anonymousId = Canary, note = "late-canary" }])));

        var letters = JsonElement.Parse(await Shop.Server.GetStringAsync("/v1/dead-letters"));
        Assert.That(letters.GetRawText(), Does.Not.Contain(Canary));
        await StopAsync();
        Assert.That(DiskSearch.Find(Folder, DiskSearch.Texts(Canary, "late-canary")), Is.Empty);
    }

    [Test]
    public async Task A_new_user_on_an_erased_persons_device_is_somebody_else_but_their_late_events_are_not_taken_in()
    {
        await EraseAsync(ShopEvents.View(Canary, "tent"));

        await Shop.TrackAsync("/v1/track", new
        {
            @event = "Product Viewed", anonymousId = Canary, userId = "somebody-else", messageId = "m1", properties = new { product_id = "stove" },
        });
        await Shop.TrackAsync("/v1/track", new
        {
            @event = "Product Viewed",
            anonymousId = Canary,
            userId = "late-canary",
            messageId = "m2",
            timestamp = DateTimeOffset.UnixEpoch.AddYears(50),
            properties = new { product_id = "lamp" },
        });
        await Shop.SettleAsync();

        Assert.That((await Shop.RecommendAsync("recently-viewed?userId=somebody-else")).Ids(), Is.EqualTo(new[] { "stove" }));
        Assert.That((await Shop.RecommendAsync("recently-viewed?userId=late-canary")).Ids(), Is.Empty);
    }

    [Test]
    public async Task A_device_that_changed_hands_before_the_erasure_goes_on_with_its_next_owner()
    {
        await Shop.TrackAsync("/v1/batch", ShopEvents.Batch(
        [
            ShopEvents.Identify(Canary, "tablet"), ShopEvents.View("tablet", "tent"), ShopEvents.Identify("bob", "tablet"), ShopEvents.View("tablet", "stove"),
        ]));
        await Shop.SettleAsync();

        await EraseUserAsync(Canary);
        await Shop.TrackAsync("/v1/track", ShopEvents.View("tablet", "lamp", "m3"));
        await Shop.SettleAsync();

        Assert.That((await Shop.RecommendAsync("recently-viewed?userId=bob")).Ids(), Is.EquivalentTo(new[] { "stove", "lamp" }));
    }

    [Test]
    public async Task A_lifted_suppression_lets_the_person_in_again_and_needs_a_reason()
    {
        var request = await EraseAsync(ShopEvents.View(Canary, "tent"));

        using var without = await Shop.Server.DeleteAsync($"/v1/privacy/suppressions/{request}");
        using var unknown = await Shop.Server.DeleteAsync("/v1/privacy/suppressions/nobody?reason=asked");
        using var lifted = await Shop.Server.DeleteAsync($"/v1/privacy/suppressions/{request}?reason=opened+a+new+account");
        await Shop.TrackAsync("/v1/track", ShopEvents.View(Canary, "lamp", "m-new"));
        await Shop.SettleAsync();

        Assert.That(without.StatusCode, Is.EqualTo(HttpStatusCode.BadRequest));
        Assert.That(unknown.StatusCode, Is.EqualTo(HttpStatusCode.NotFound));
        Assert.That(lifted.StatusCode, Is.EqualTo(HttpStatusCode.OK));
        Assert.That((await Shop.RecommendAsync($"recently-viewed?anonymousId={Canary}")).Ids(), Is.EqualTo(new[] { "lamp" }));

        await RestartAsync();
        Assert.That((await Shop.RecommendAsync($"recently-viewed?anonymousId={Canary}")).Ids(), Is.EqualTo(new[] { "lamp" }));
    }

    [Test]
    public async Task Duplicates_of_a_persons_events_leave_the_log_with_them()
    {
        await Shop.TrackAsync("/v1/track", ShopEvents.View(Canary, "tent", "m1"));
        await Shop.TrackAsync("/v1/track", ShopEvents.View(Canary, "tent", "m1"));
        await RestartAsync();

        await EraseAsync(ShopEvents.View(Canary, "tent", "m1"));

        await StopAsync();
        Assert.That(DiskSearch.Find(Folder, DiskSearch.Texts(Canary)), Is.Empty);
    }

    [Test]
    public async Task Receipts_name_every_store_and_file_and_hold_together()
    {
        var request = await EraseAsync(ShopEvents.View(Canary, "tent"));

        var proof = JsonElement.Parse(await Shop.Server.GetStringAsync($"/v1/privacy/erasures/{request}"));

        var stores = proof.GetProperty("receipts").EnumerateArray().Select(receipt => receipt.GetProperty("store").GetString()).ToList();
        Assert.That(stores, Is.SupersetOf(new[] { "log/events", "identity/identifiers", "features/profiles", "tracking/dead-letters", "file/log.db", "file/checkpoints.db" }));
        Assert.That(proof.GetProperty("chainIsWhole").GetBoolean());
        Assert.That(proof.GetProperty("erasure").GetProperty("events").GetInt32(), Is.EqualTo(1));
        using var unknown = await Shop.Server.GetAsync("/v1/privacy/erasures/nobody");
        Assert.That(unknown.StatusCode, Is.EqualTo(HttpStatusCode.NotFound));
    }

    private async Task<string> EraseAsync(object planted)
    {
        await Shop.TrackAsync("/v1/batch", ShopEvents.Batch([planted]));
        await Shop.SettleAsync();
        return await EraseAsync($"anonymousId={Canary}");
    }

    private Task<string> EraseUserAsync(string userId) => EraseAsync($"userId={userId}");

    private async Task<string> EraseAsync(string query)
    {
        var lookup = JsonElement.Parse(await Shop.Server.GetStringAsync($"/v1/profiles/lookup?{query}"));
        using var erased = await Shop.Server.DeleteAsync($"/v1/profiles/{lookup.GetProperty("profileId").GetInt32()}");
        Assert.That(erased.StatusCode, Is.EqualTo(HttpStatusCode.OK), await erased.Content.ReadAsStringAsync());
        return JsonElement.Parse(await erased.Content.ReadAsStringAsync()).GetProperty("requestId").GetString()!;
    }

    private async Task<JsonElement> TombstoneAsync(string request) =>
        JsonElement.Parse(await Shop.Server.GetStringAsync($"/v1/privacy/suppressions/{request}"));
}
