using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using NUnit.Framework;
using Personalization.Tests.Support;

namespace Personalization.Tests.Identity;

/// <summary>The graph over its public interface.</summary>
[Parallelizable]
internal sealed class GraphEndpointsTests : ShopTests
{
    private const string Canary = "canary-7f3a@post.example";

    [Test]
    public async Task A_person_is_found_by_any_identifier_and_the_graph_says_why()
    {
        var profileId = await TeachAsync();

        foreach (var (kind, value) in new[] { ("user_id", "ann"), ("anonymous_id", "a-1"), ("email", Canary.ToUpperInvariant()), ("phone", "+49 151/2345"), ("device_id", "hw-1") })
        {
            Assert.That((await FindAsync(kind, value)).GetProperty("profileId").GetInt32(), Is.EqualTo(profileId), kind);
        }

        var graph = await GraphAsync(profileId);
        Assert.That(graph.GetProperty("identifiers").EnumerateArray().Select(one => one.GetProperty("kind").GetString()),
            Is.EquivalentTo(new[] { "user_id", "anonymous_id", "anonymous_id", "email", "phone", "device_id" }));
        Assert.That(graph.GetProperty("merges").EnumerateArray().Single().GetProperty("rule").GetString(), Is.EqualTo("shared_event"));
        Assert.That(graph.GetProperty("links").EnumerateArray().Select(link => link.GetProperty("rule").GetString()), Is.All.EqualTo("named_together"));
    }

    [Test]
    public async Task Values_are_masked_unless_they_are_asked_for()
    {
        var profileId = await TeachAsync();

        var masked = await Shop.Server.GetStringAsync($"/v1/profiles/{profileId}/graph");
        var revealed = await Shop.Server.GetStringAsync($"/v1/profiles/{profileId}/graph?reveal=true");

        Assert.That(masked, Does.Not.Contain("canary").And.Contain("c***@p***.example"));
        Assert.That(revealed, Does.Contain(Canary));
    }

    [Test]
    public async Task A_value_is_found_without_standing_in_an_address()
    {
        var profileId = await TeachAsync();

        using var answer = await Shop.Server.PostAsJsonAsync("/v1/identity/profiles", new { kind = "email", value = Canary });

        Assert.That((await answer.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("profileId").GetInt32(), Is.EqualTo(profileId));
    }

    [TestCase("/v1/identity/profiles?kind=shoe_size&value=42", HttpStatusCode.BadRequest, "identity/unknown-kind")]
    [TestCase("/v1/identity/profiles?kind=email&value=nobody@x.example", HttpStatusCode.NotFound, "identity/unknown-identifier")]
    [TestCase("/v1/identity/profiles", HttpStatusCode.BadRequest, "identity/unknown-kind")]
    [TestCase("/v1/profiles/4711/graph", HttpStatusCode.NotFound, "identity/unknown-profile")]
    public async Task What_is_not_there_has_its_problem(string path, HttpStatusCode status, string problem)
    {
        using var answer = await Shop.Server.GetAsync(path);

        Assert.That(answer.StatusCode, Is.EqualTo(status));
        Assert.That((await answer.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("type").GetString(), Is.EqualTo("urn:personalization:problem:" + problem));
    }

    [TestCase("/v1/identity/profiles?kind=email&value=a@b.example")]
    [TestCase("/v1/identity/refusals")]
    [TestCase("/v1/profiles/0/graph")]
    public async Task Nobody_looks_without_a_server_key(string path)
    {
        using var answer = await Shop.Client.GetAsync(path);

        Assert.That(answer.StatusCode, Is.EqualTo(HttpStatusCode.Unauthorized));
    }

    [Test]
    public async Task Refused_links_are_listed_with_rule_and_count()
    {
        await TeachAsync();
        await Shop.TrackAsync("/v1/identify", new { userId = "bob", anonymousId = "b-1", traits = new { email = Canary } });
        await Shop.TrackAsync("/v1/identify", new { userId = "null", anonymousId = "b-2" });
        await Shop.SettleAsync();

        var answer = JsonElement.Parse(await Shop.Server.GetStringAsync("/v1/identity/refusals"));

        Assert.That(answer.GetProperty("totals").GetProperty("claimed_by_another").GetInt64(), Is.EqualTo(1));
        Assert.That(answer.GetProperty("refusals").EnumerateArray().Select(one => one.GetProperty("rule").GetString()),
            Is.EqualTo(new[] { "blocked", "claimed_by_another" }));
        Assert.That(answer.GetRawText(), Does.Not.Contain("canary"));
    }

    [Test]
    public async Task The_graph_is_the_same_after_a_restart_and_after_a_replay()
    {
        var profileId = await TeachAsync();
        var before = await Shop.Server.GetStringAsync($"/v1/profiles/{profileId}/graph?reveal=true");

        await RestartAsync();
        var restarted = await Shop.Server.GetStringAsync($"/v1/profiles/{profileId}/graph?reveal=true");
        await RestartAsync(forget: file => !file.StartsWith("log.", StringComparison.Ordinal));
        var replayed = await Shop.Server.GetStringAsync($"/v1/profiles/{profileId}/graph?reveal=true");

        Assert.That((restarted, replayed), Is.EqualTo((before, before)));
    }

    [Test]
    public async Task No_value_stands_in_the_identity_file_and_an_erased_one_is_found_no_more()
    {
        var profileId = await TeachAsync();
        await RestartAsync();

        using var erased = await Shop.Server.DeleteAsync($"/v1/profiles/{profileId}");
        erased.EnsureSuccessStatusCode();

        using var found = await Shop.Server.GetAsync("/v1/identity/profiles?kind=email&value=" + Canary);
        Assert.That(found.StatusCode, Is.EqualTo(HttpStatusCode.NotFound));
        var graph = await GraphAsync(profileId);
        Assert.That(graph.GetProperty("identifiers").GetArrayLength() + graph.GetProperty("links").GetArrayLength(), Is.Zero);
    }

    private async Task<int> TeachAsync()
    {
        await Shop.TrackAsync("/v1/batch", ShopEvents.Batch(
        [
            ShopEvents.View("a-1", "tent"),
            new { type = "identify", userId = "ann", anonymousId = "a-2", messageId = "m-1", traits = new { email = Canary, phone = "+491512345" }, context = new { device = new { id = "hw-1" } } },
            new { type = "track", @event = "Product Viewed", userId = "ann", anonymousId = "a-1", messageId = "m-2" },
        ]));
        await Shop.SettleAsync();
        return (await FindAsync("user_id", "ann")).GetProperty("profileId").GetInt32();
    }

    private async Task<JsonElement> FindAsync(string kind, string value) =>
        JsonElement.Parse(await Shop.Server.GetStringAsync($"/v1/identity/profiles?kind={kind}&value={Uri.EscapeDataString(value)}"));

    private async Task<JsonElement> GraphAsync(int profileId) =>
        JsonElement.Parse(await Shop.Server.GetStringAsync($"/v1/profiles/{profileId}/graph"));
}
