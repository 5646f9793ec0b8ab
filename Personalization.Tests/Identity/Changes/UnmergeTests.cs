using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using NUnit.Framework;
using Personalization.Identity.Contracts;
using Personalization.Identity.Domain;
using Personalization.Tests.Support;

namespace Personalization.Tests.Identity.Changes;

[Parallelizable]
internal sealed class UnmergeTests : ShopTests
{
    private static readonly Func<string, bool> AllButTheLog = file => !file.StartsWith("log.", StringComparison.Ordinal);

    [Test]
    public async Task An_unmerge_gives_each_side_what_its_own_events_say()
    {
        await SendAsync(ShopEvents.View("ann-laptop", "tent"), ShopEvents.Identify("ann", "ann-laptop"), ShopEvents.View("bob-phone", "stove"));
        var (ann, bob) = (Shop.Profile("ann"), Shop.Profile(device: "bob-phone"));
        var (annBefore, bobBefore) = (Shop.Digest(ann), Shop.Digest(bob));
        await SendAsync(ShopEvents.Identify("ann", "bob-phone"));
        Assert.That(Shop.Profile(device: "bob-phone"), Is.EqualTo(ann), "the test merges");

        var answer = await Shop.ChangedAsync(ann, "unmerge", new { profileId = bob, reason = "a borrowed phone" });

        Assert.That(Shop.Profile(device: "bob-phone"), Is.EqualTo(bob));
        Assert.That(Shop.Digest(bob), Is.EqualTo(bobBefore));
        Assert.That(Shop.Digest(ann), Is.Not.EqualTo(annBefore), "the identify was hers");
        Assert.That(answer.GetProperty("profiles")[0].GetProperty("members").GetRawText(), Is.EqualTo($"[{ann}]"));
        Assert.That(answer.GetProperty("profiles")[1].GetProperty("profileId").GetInt32(), Is.EqualTo(bob));
        Assert.That(answer.GetProperty("profiles")[1].GetProperty("severedFrom").GetRawText(), Is.EqualTo($"[{ann}]"));
        Assert.That((await Shop.RecommendAsync("recently-viewed?anonymousId=bob-phone")).Ids(), Is.EqualTo(new[] { "stove" }));
        Assert.That((await Shop.RecommendAsync("recently-viewed?userId=ann")).Ids(), Is.EqualTo(new[] { "tent" }));
    }

    [Test]
    public async Task A_merge_by_hand_and_its_unmerge_leave_nothing_behind()
    {
        await SendAsync(ShopEvents.View("a", "tent"), ShopEvents.View("b", "stove"), ShopEvents.Order("b", "o1", "boots"), ShopEvents.View("a", "map"));
        var (a, b) = (Shop.Profile(device: "a"), Shop.Profile(device: "b"));
        var before = Shop.Everything();

        await Shop.ChangedAsync(a, "merge", new { into = b, reason = "one person" });
        Assert.That(Shop.Profile(device: "a"), Is.EqualTo(b));
        Assert.That(Shop.Everything(), Is.Not.EqualTo(before));
        await Shop.ChangedAsync(b, "unmerge", new { profileId = a, reason = "no, two" });

        Assert.That(Shop.Everything(), Is.EqualTo(before));
    }

    [Test]
    public async Task Who_was_parted_is_not_merged_again_by_the_same_events_but_by_hand()
    {
        await SendAsync(ShopEvents.View("phone", "tent"), ShopEvents.View("laptop", "stove"), ShopEvents.Identify("ann", "laptop"), ShopEvents.Identify("ann", "phone"));
        var (phone, ann) = (0, Shop.Profile("ann"));
        await Shop.ChangedAsync(ann, "unmerge", new { profileId = phone, reason = "shared" });

        await SendAsync(new { type = "identify", userId = "ann", anonymousId = "phone", messageId = "again" });
        await SendAsync(new { type = "alias", userId = "ann", previousId = "phone", messageId = "alias" });

        Assert.That(Shop.Profile(device: "phone"), Is.EqualTo(phone));
        var answer = await Shop.ChangedAsync(phone, "merge", new { into = ann, reason = "hers after all" });
        Assert.That(Shop.Profile(device: "phone"), Is.EqualTo(ann));
        Assert.That(answer.GetProperty("profiles")[0].GetProperty("severedFrom").GetArrayLength(), Is.Zero);
    }

    [Test]
    public async Task An_unmerge_of_a_middle_profile_takes_along_what_was_merged_into_it()
    {
        await SendAsync(ShopEvents.View("a", "tent"), ShopEvents.View("b", "stove"), ShopEvents.View("c", "boots"));
        await Shop.ChangedAsync(0, "merge", new { into = 1, reason = "one" });
        await Shop.ChangedAsync(1, "merge", new { into = 2, reason = "one" });
        var (_, merged) = (await Shop.ChangeAsync(2, "merge", new { from = 0, reason = "again" }), Shop.Profile(device: "a"));
        Assert.That(merged, Is.EqualTo(2));

        await Shop.ChangedAsync(2, "unmerge", new { profileId = 1, reason = "two" });

        Assert.That(new[] { "a", "b", "c" }.Select(device => Shop.Profile(device: device)), Is.EqualTo(new[] { 1, 1, 2 }));
        Assert.That((await Shop.RecommendAsync("recently-viewed?anonymousId=b")).Ids(), Is.EquivalentTo(new[] { "tent", "stove" }));
        Assert.That((await Shop.RecommendAsync("recently-viewed?anonymousId=c")).Ids(), Is.EqualTo(new[] { "boots" }));
    }

    [Test]
    public async Task A_split_moves_identifiers_with_their_events_to_a_profile_of_their_own()
    {
        await SendAsync(
            ShopEvents.View("tablet", "tent"),
            ShopEvents.Identify("ann", "tablet"),
            new { type = "track", @event = "Product Viewed", userId = "ann", messageId = "m1", properties = new { product_id = "stove" } },
            ShopEvents.View("tablet", "boots"));

        var answer = await Shop.ChangedAsync(0, "split", new { identifiers = new[] { new { kind = "anonymous_id", value = "tablet" } }, reason = "the family's" });

        var tablet = Shop.Profile(device: "tablet");
        Assert.That(tablet, Is.EqualTo(answer.GetProperty("profiles")[1].GetProperty("profileId").GetInt32()).And.Not.EqualTo(Shop.Profile("ann")));
        Assert.That((await Shop.RecommendAsync("recently-viewed?userId=ann")).Ids(), Is.EqualTo(new[] { "stove" }));
        Assert.That((await Shop.RecommendAsync("recently-viewed?anonymousId=tablet")).Ids(), Is.EquivalentTo(new[] { "tent", "boots" }));
        var timeline = JsonElement.Parse(await Shop.Server.GetStringAsync($"/v1/profiles/{tablet}/events"));
        Assert.That(timeline.GetArrayLength(), Is.EqualTo(2), "later reads find the events with their new owner");
        var before = Shop.Everything();
        await RestartAsync();
        Assert.That(Shop.Everything(), Is.EqualTo(before));
        await RestartAsync(AllButTheLog);
        Assert.That(Shop.Everything(), Is.EqualTo(before));
    }

    [Test]
    public async Task What_the_log_says_of_people_holds_when_numbers_are_given_anew_after_an_erasure()
    {
        await SendAsync(ShopEvents.View("gone", "map"), ShopEvents.View("a", "tent"), ShopEvents.View("b", "stove"), ShopEvents.View("c", "boots"));
        await Shop.ChangedAsync(Shop.Profile(device: "a"), "merge", new { into = Shop.Profile(device: "b"), reason = "one" });
        using (var erased = await Shop.Server.DeleteAsync($"/v1/profiles/{Shop.Profile(device: "gone")}"))
        {
            erased.EnsureSuccessStatusCode();
        }

        await RestartAsync(AllButTheLog);

        Assert.That(Shop.Profile(device: "a"), Is.EqualTo(Shop.Profile(device: "b")));
        Assert.That(Shop.Profile(device: "c"), Is.Not.EqualTo(Shop.Profile(device: "b")));
    }

    [Test]
    public async Task A_forced_merge_of_two_known_users_can_be_taken_back()
    {
        await SendAsync(ShopEvents.View("a", "tent"), ShopEvents.Identify("ann", "a"), ShopEvents.View("b", "stove"), ShopEvents.Identify("bob", "b"));
        var before = Shop.Everything();

        var (refused, _) = await Shop.ChangeAsync(0, "merge", new { into = 1, reason = "one" });
        await Shop.ChangedAsync(0, "merge", new { into = 1, reason = "one", force = true });
        await Shop.ChangedAsync(1, "unmerge", new { profileId = 0, reason = "two" });

        Assert.That(refused, Is.EqualTo(409));
        Assert.That(Shop.Everything(), Is.EqualTo(before));
    }

    [Test]
    public async Task A_known_user_who_was_merged_by_hand_into_an_anonymous_profile_leaves_it_anonymous()
    {
        await SendAsync(ShopEvents.View("a", "tent"), ShopEvents.View("b", "stove"), ShopEvents.Identify("bob", "b"));
        await Shop.ChangedAsync(1, "merge", new { into = 0, reason = "one" });
        Assert.That(Shop.Services.GetRequiredService<IdentityMap>().IsKnownUser(0));

        await Shop.ChangedAsync(0, "unmerge", new { profileId = 1, reason = "two" });

        Assert.That(Shop.Services.GetRequiredService<IdentityMap>().IsKnownUser(0), Is.False);
        await RestartAsync();
        Assert.That(Shop.Services.GetRequiredService<IdentityMap>().IsKnownUser(0), Is.False);
    }

    [Test]
    public async Task An_erasure_after_an_unmerge_takes_one_side_and_leaves_the_other()
    {
        await SendAsync(ShopEvents.View("phone", "tent"), ShopEvents.View("laptop", "stove"), ShopEvents.Identify("ann", "laptop"), ShopEvents.Identify("ann", "phone"));
        await Shop.ChangedAsync(1, "unmerge", new { profileId = 0, reason = "shared" });
        var laptop = Shop.Digest(1);

        using (var erased = await Shop.Server.DeleteAsync("/v1/profiles/0"))
        {
            erased.EnsureSuccessStatusCode();
        }

        Assert.That((await Shop.RecommendAsync("recently-viewed?anonymousId=phone")).Ids(), Is.Empty);
        Assert.That(Shop.Digest(1), Is.EqualTo(laptop));
        await RestartAsync(AllButTheLog);
        Assert.That((await Shop.RecommendAsync("recently-viewed?anonymousId=laptop")).Ids(), Is.EqualTo(new[] { "stove" }));
    }

    [Test]
    public async Task An_event_means_what_the_catalogue_said_when_it_came()
    {
        await PutAsync("tent", "camping");
        await SendAsync(ShopEvents.View("a", "tent"), ShopEvents.View("b", "stove", category: "kitchen"));
        await PutAsync("tent", "outdoor");
        await PutAsync("stove", "outdoor");
        await SendAsync(ShopEvents.View("a", "tent", "later"), ShopEvents.View("b", "stove", "later too"));
        var before = Shop.Everything();

        await Shop.ChangedAsync(Shop.Profile(device: "a"), "merge", new { into = Shop.Profile(device: "b"), reason = "one" });
        await PutAsync("tent", "sale");
        await Shop.ChangedAsync(Shop.Profile(device: "b"), "unmerge", new { profileId = 0, reason = "two" });

        Assert.That(Shop.Everything(), Is.EqualTo(before));

        async Task PutAsync(string id, string category)
        {
            using var put = await Shop.Server.PutAsync("/v1/catalog/items", ShopServer.Json(new[] { new { id, name = id, category, price = 1 } }));
            Assert.That(put.IsSuccessStatusCode, await put.Content.ReadAsStringAsync());
        }
    }

    [Test]
    public async Task A_change_is_audited_with_its_reason()
    {
        await SendAsync(ShopEvents.View("a", "tent"), ShopEvents.View("b", "stove"));

        await Shop.ChangedAsync(0, "merge", new { into = 1, reason = "ticket 4711" });

        var audit = JsonElement.Parse(await Shop.Server.GetStringAsync("/v1/audit?limit=10")).GetProperty("entries").EnumerateArray().ToList();
        var merge = audit.Single(entry => entry.GetProperty("action").GetString() == "identity.merge");
        Assert.That(merge.GetProperty("actor").GetString(), Is.EqualTo("key-1"));
        Assert.That(merge.GetProperty("subject").GetString(), Is.EqualTo("profile:0"));
        Assert.That(merge.GetProperty("detail").GetString(), Does.Contain("ticket 4711"));
    }

    [Test]
    public async Task A_copy_that_fell_out_as_a_duplicate_is_erased_with_its_person()
    {
        await SendAsync(ShopEvents.View("somebody", "tent", "same-id"));
        await SendAsync(ShopEvents.View("zanzibar", "stove", "same-id"), ShopEvents.View("zanzibar", "boots", "other-id"));
        var zanzibar = Shop.Profile(device: "zanzibar");

        var subject = Shop.Services.GetRequiredService<IPersonDirectory>().SubjectOf(zanzibar);

        Assert.That(subject.Offsets, Is.EqualTo(new long[] { 1, 2 }));
    }

    [TestCase("merge", """{"reason":"x"}""", 400, "identity/invalid-change")]
    [TestCase("merge", """{"into":1,"from":1,"reason":"x"}""", 400, "identity/invalid-change")]
    [TestCase("merge", """{"into":1}""", 400, "identity/invalid-change")]
    [TestCase("merge", """{"into":1,"reason":"  "}""", 400, "identity/invalid-change")]
    [TestCase("merge", """{"into":"one","reason":"x"}""", 400, "identity/invalid-change")]
    [TestCase("merge", """{"into":1,"reason":"x","unheard":1}""", 400, "identity/invalid-change")]
    [TestCase("merge", """null""", 400, "identity/invalid-change")]
    [TestCase("merge", """{"into":1,""", 400, "identity/invalid-change")]
    [TestCase("merge", """{"into":99,"reason":"x"}""", 404, "identity/unknown-profile")]
    [TestCase("merge", """{"into":-1,"reason":"x"}""", 404, "identity/unknown-profile")]
    [TestCase("merge", """{"into":0,"reason":"x"}""", 409, "identity/same-person")]
    [TestCase("unmerge", """{"reason":"x"}""", 400, "identity/invalid-change")]
    [TestCase("unmerge", """{"profileId":0,"reason":"x"}""", 409, "identity/not-merged")]
    [TestCase("unmerge", """{"profileId":1,"reason":"x"}""", 409, "identity/not-merged")]
    [TestCase("unmerge", """{"profileId":7,"reason":"x"}""", 404, "identity/unknown-profile")]
    [TestCase("split", """{"reason":"x"}""", 400, "identity/invalid-change")]
    [TestCase("split", """{"identifiers":[],"reason":"x"}""", 400, "identity/invalid-change")]
    [TestCase("split", """{"identifiers":[{"kind":"shoe_size","value":"44"}],"reason":"x"}""", 400, "identity/invalid-change")]
    [TestCase("split", """{"identifiers":[{"kind":"user_id","value":""}],"reason":"x"}""", 400, "identity/invalid-change")]
    [TestCase("split", """{"identifiers":[null],"reason":"x"}""", 400, "identity/invalid-change")]
    [TestCase("split", """{"identifiers":[{"kind":"anonymous_id","value":"b"}],"reason":"x"}""", 409, "identity/not-their-identifier")]
    [TestCase("split", """{"identifiers":[{"kind":"anonymous_id","value":"a"}],"reason":"x"}""", 409, "identity/nothing-left")]
    public async Task What_cannot_be_is_refused_with_its_reason(string verb, string body, int status, string problem)
    {
        await SendAsync(ShopEvents.View("a", "tent"), ShopEvents.View("b", "stove"));
        var before = Shop.Everything();

        using var response = await Shop.Server.PostAsync($"/v1/profiles/0/{verb}", ShopServer.Json(body));

        var answer = JsonElement.Parse(await response.Content.ReadAsStringAsync());
        Assert.That(((int)response.StatusCode, answer.GetProperty("type").GetString()), Is.EqualTo((status, $"urn:personalization:problem:{problem}")));
        Assert.That(Shop.Everything(), Is.EqualTo(before));
    }

    [Test]
    public async Task A_write_key_changes_nobody()
    {
        using var response = await Shop.Client.PostAsync("/v1/profiles/0/merge", ShopServer.Json("""{"into":1,"reason":"x"}"""));

        Assert.That((int)response.StatusCode, Is.EqualTo(401));
    }

    private async Task SendAsync(params object[] events)
    {
        await Shop.TrackAsync("/v1/batch", ShopEvents.Batch(events));
        await Shop.SettleAsync();
    }
}
