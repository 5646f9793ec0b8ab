using System.Net;
using System.Text;
using System.Text.Json;
using NUnit.Framework;
using Personalization.Tests.Features.Segments;
using Personalization.Tests.Identity.Changes;

namespace Personalization.Tests.Features.Lists;

/// <summary>Lists over HTTP, and the segments that ask about them.</summary>
[Parallelizable]
internal sealed class ListHttpTests
{
    private static readonly object OnPress = new { list = "press" };

    [Test]
    public async Task A_list_decides_who_is_in_a_segment_through_merges_their_undoing_an_erasure_and_a_replay()
    {
        await using var shop = await SegmentShop.StartAsync();
        await PutListAsync(shop, "press", new { name = "Journalists" });
        await shop.PutAsync("press", OnPress);
        await shop.PutAsync("others", new { none = new[] { OnPress } });
        foreach (var shopper in new[] { "a", "b", "c" })
        {
            await shop.ViewAsync(shopper);
        }

        var added = await UploadAsync(shop, "press", "add", "{\"anonymousId\":\"a\"}\n{\"anonymousId\":\"b\"}\n{\"userId\":\"new\"}");
        Assert.That(added.ToString(), Is.EqualTo("""{"accepted":3,"refused":0,"count":3}"""));
        Assert.That(In(shop, "press"), Is.EqualTo("a b new"));
        Assert.That((shop.IsIn("others", "a"), shop.IsIn("others", "c")), Is.EqualTo((false, true)));

        await UploadAsync(shop, "press", "remove", """[{"anonymousId":"b"}]""");
        await UploadAsync(shop, "press", "replace", """[{"anonymousId":"b"},{"anonymousId":"c"}]""");
        Assert.That(In(shop, "press"), Is.EqualTo("b c"));

        // c goes into b, and is parted again.
        var (b, c) = (shop.ProfileOf("b"), shop.ProfileOf("c"));
        await UploadAsync(shop, "press", "remove", """[{"anonymousId":"b"}]""");
        await shop.Shop.ChangedAsync(c, "merge", new { into = b, reason = "one person" });
        await shop.PassAsync(TimeSpan.FromSeconds(1));
        Assert.That(shop.IsIn("press", "b"), Is.False, "that b was taken off is the latest that was said of the one they are now");
        await shop.Shop.ChangedAsync(b, "unmerge", new { profileId = c, reason = "two" });
        await shop.PassAsync(TimeSpan.FromSeconds(1));
        Assert.That(In(shop, "press"), Is.EqualTo("c"));

        using var erased = await shop.Shop.Server.DeleteAsync($"/v1/profiles/{shop.ProfileOf("a")}");
        var changes = await shop.ChangesAsync("segment=press");
        Assert.That(changes, Has.Some.EqualTo($"+press {b} @0 event").And.Some.EqualTo($"-press {b} @0 event").And.Some.EqualTo($"+press {b} @0 definition"));

        await shop.RestartAsync();
        Assert.That(In(shop, "press"), Is.EqualTo("c"));
        Assert.That((await shop.GetAsync("/v1/lists/press/members")).GetProperty("members").GetRawText(), Is.EqualTo($"[{c}]"));
    }

    [Test]
    public async Task A_replay_of_the_log_alone_comes_to_the_same_lists()
    {
        await using var shop = await SegmentShop.StartAsync();
        await PutListAsync(shop, "press", new { });
        await PutListAsync(shop, "gone", new { });
        await shop.PutAsync("press", OnPress);
        await UploadAsync(shop, "press", "add", """[{"userId":"a"},{"userId":"b"}]""");
        await UploadAsync(shop, "gone", "add", """[{"userId":"a"}]""");
        await UploadAsync(shop, "press", "replace", """[{"userId":"c"},{"userId":"b"},{"externalId":{"type":"email","id":"d@shop.example"}}]""");
        await UploadAsync(shop, "press", "add", """[{"userId":"e"}]""");
        await UploadAsync(shop, "press", "remove", """[{"userId":"b"}]""");
        await shop.SendAsync(HttpMethod.Delete, "/v1/lists/gone");
        var (members, explained) = (await Members(shop), await Explained(shop));

        await shop.RestartAsync(forget: true);

        Assert.That(JsonElement.Parse(members).GetProperty("count").GetInt32(), Is.EqualTo(3));
        Assert.That((await Members(shop), await Explained(shop)), Is.EqualTo((members, explained)));
        Assert.That(explained, Does.Contain("is on it"));
        using var preview = await shop.Shop.Server.PostAsync("/v1/segments/preview", Body("""{"condition":{"list":"press"}}"""));
        Assert.That(JsonElement.Parse(await preview.Content.ReadAsStringAsync()).GetProperty("count").GetInt32(), Is.EqualTo(3));

        static async Task<string> Members(SegmentShop shop) => (await shop.GetAsync("/v1/lists/press/members?limit=10")).ToString();

        static async Task<string> Explained(SegmentShop shop) => (await shop.GetAsync("/v1/segments/press/explain?userId=c")).GetProperty("because").ToString();
    }

    [Test]
    public async Task What_cannot_be_is_refused_and_changes_nothing()
    {
        await using var shop = await SegmentShop.StartAsync("--Personalization:Features:Lists:MaxUploadBytes=2048");
        var (unknownInSegment, fault) = await shop.SendAsync(HttpMethod.Put, "/v1/segments/press", new { condition = OnPress });
        await PutListAsync(shop, "press", new { name = "Journalists" });
        await shop.PutAsync("press", OnPress);
        await UploadAsync(shop, "press", "add", """[{"userId":"a"}]""");

        Assert.That(unknownInSegment, Is.EqualTo(HttpStatusCode.BadRequest));
        Assert.That(fault.ToString(), Does.Contain("There is no list"));
        Assert.That(await StatusAsync(shop, "press", "?mode=replace", "{\"userId\":\"b\"}\nx\n{}"), Is.EqualTo(HttpStatusCode.BadRequest));
        Assert.That(await StatusAsync(shop, "press", "?mode=swap", "[]"), Is.EqualTo(HttpStatusCode.BadRequest));
        Assert.That(await StatusAsync(shop, "staff", "", """[{"userId":"b"}]"""), Is.EqualTo(HttpStatusCode.NotFound));
        Assert.That(await StatusAsync(shop, "press", "", new string(' ', 3_000)), Is.EqualTo(HttpStatusCode.RequestEntityTooLarge));
        var (edited, _) = await shop.SendAsync(HttpMethod.Put, "/v1/lists/press", new { name = 7, edition = 9 });
        var (deleted, why) = await shop.SendAsync(HttpMethod.Delete, "/v1/lists/press");
        Assert.That((edited, deleted), Is.EqualTo((HttpStatusCode.BadRequest, HttpStatusCode.Conflict)));
        Assert.That(why.ToString(), Does.Contain("press"));
        using var withoutKey = await shop.Shop.Client.PostAsync("/v1/lists/press/members", Body("[]"));
        Assert.That(withoutKey.StatusCode, Is.EqualTo(HttpStatusCode.Unauthorized));
        Assert.That((await shop.GetAsync("/v1/lists/press/members")).GetProperty("count").GetInt32(), Is.EqualTo(1));

        // With the segment gone the list can go, and a new name of a list changes nothing of its members.
        await PutListAsync(shop, "press", new { name = "The press" });
        Assert.That((await shop.GetAsync("/v1/lists/press")).GetProperty("status").GetProperty("members").GetInt32(), Is.EqualTo(1));
        await shop.SendAsync(HttpMethod.Delete, "/v1/segments/press");
        Assert.That((await shop.SendAsync(HttpMethod.Delete, "/v1/lists/press")).Status, Is.EqualTo(HttpStatusCode.NoContent));
    }

    private static string In(SegmentShop shop, string segment) =>
        string.Join(' ', new[] { "a", "b", "c", "new" }.Where(shopper => shop.ProfileOf(shopper) >= 0 && shop.IsIn(segment, shopper)));

    private static async Task PutListAsync(SegmentShop shop, string id, object definition)
    {
        var (status, answer) = await shop.SendAsync(HttpMethod.Put, $"/v1/lists/{id}", definition);
        Assert.That(status, Is.EqualTo(HttpStatusCode.Created).Or.EqualTo(HttpStatusCode.OK), answer.ToString());
    }

    private static async Task<JsonElement> UploadAsync(SegmentShop shop, string list, string mode, string body)
    {
        using var response = await shop.Shop.Server.PostAsync($"/v1/lists/{list}/members?mode={mode}", Body(body));
        var text = await response.Content.ReadAsStringAsync();
        Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.OK), text);
        return JsonElement.Parse(text);
    }

    private static async Task<HttpStatusCode> StatusAsync(SegmentShop shop, string list, string query, string body)
    {
        using var response = await shop.Shop.Server.PostAsync($"/v1/lists/{list}/members{query}", Body(body));
        return response.StatusCode;
    }

    private static StringContent Body(string text) => new(text, Encoding.UTF8, "application/json");
}
