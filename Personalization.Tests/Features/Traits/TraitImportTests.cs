using System.Net;
using System.Text.Json;
using NUnit.Framework;
using Personalization.Tests.Support;

namespace Personalization.Tests.Features.Traits;

/// <summary>Traits and events of a whole shop, over HTTP.</summary>
[Parallelizable]
internal sealed class TraitImportTests : ShopTests
{
    private const string Terms = "/v1/traits/import?source=Acme&licence=contract%207&ttlDays=30";

    [Test]
    public async Task What_others_say_is_shown_with_source_licence_and_expiry_and_is_no_visit()
    {
        await Shop.TrackAsync("/v1/identify", new { userId = "u1", traits = new { plan = "gold", email = "a@b.example" } });
        using var answer = await Shop.Server.PostAsync(Terms, Lines("""{"userId":"u1","traits":{"income":"high"}}""", "", """{"userId":"u2","traits":{"income":"low"}}"""));
        await Shop.SettleAsync();
        await RestartAsync();

        var person = await LookUpAsync("userId=u1");
        var traits = person.GetProperty("traits").EnumerateArray().ToDictionary(trait => trait.GetProperty("name").GetString()!);
        var events = await ReadAsync($"/v1/profiles/{person.GetProperty("profileId")}/history");

        Assert.That(answer.StatusCode, Is.EqualTo(HttpStatusCode.OK), await answer.Content.ReadAsStringAsync());
        Assert.That(traits.Keys, Is.EquivalentTo(new[] { "income", "plan" }));
        Assert.That(traits["income"].GetProperty("source").GetString(), Is.EqualTo("Acme"));
        Assert.That(traits["income"].GetProperty("licence").GetString(), Is.EqualTo("contract 7"));
        Assert.That(traits["income"].GetProperty("isExpired").GetBoolean(), Is.False);
        Assert.That(traits["plan"].GetProperty("source").ValueKind, Is.EqualTo(JsonValueKind.Null));
        Assert.That(person.GetProperty("counters").GetProperty("events").GetInt32(), Is.EqualTo(1));
        Assert.That(events.GetProperty("events").EnumerateArray().Select(each => each.GetProperty("event").GetString()), Is.EqualTo(new[] { "$identify" }));
    }

    [Test]
    public async Task All_faults_of_an_import_are_told_and_nothing_is_taken()
    {
        using var answer = await Shop.Server.PostAsync(
            "/v1/traits/import?source=&ttlDays=0",
            Lines("""{"userId":"u9","traits":{"a":1}}""", "{", """{"traits":{}}""", """{"userId":"u9","traits":[]}""", """{"userId":"u9","traits":{"email":"x"}}""", "7"));
        await Shop.SettleAsync();

        var detail = JsonElement.Parse(await answer.Content.ReadAsStringAsync()).GetProperty("detail").GetString();
        Assert.That(answer.StatusCode, Is.EqualTo(HttpStatusCode.BadRequest));
        foreach (var fault in new[] { "'source'", "'licence'", "'ttlDays'", "Line 2:", "Line 3:", "Line 4:", "Line 5:", "Line 6:" })
        {
            Assert.That(detail, Does.Contain(fault));
        }

        using var unknown = await Shop.Server.GetAsync("/v1/profiles/lookup?userId=u9");
        Assert.That(unknown.StatusCode, Is.EqualTo(HttpStatusCode.NotFound));
    }

    [TestCase("limit=0", HttpStatusCode.BadRequest)]
    [TestCase("limit=x", HttpStatusCode.BadRequest)]
    [TestCase("limit=1", HttpStatusCode.OK)]
    public async Task The_history_of_a_profile_is_read_with_its_products_and_properties(string query, HttpStatusCode status)
    {
        await Shop.TrackAsync("/v1/track", ShopEvents.View("h1", "tent", "h1-0"));
        await Shop.TrackAsync("/v1/track", new
        {
            @event = "Product Viewed",
            anonymousId = "h1",
            messageId = "h1-1",
            properties = new { product_id = "stove", price = 9.5, variant = "red" },
            context = new { device = new { type = "mobile" }, campaign = new { source = "news" } },
        });
        await Shop.SettleAsync();
        var person = await LookUpAsync("anonymousId=h1");

        using var answer = await Shop.Server.GetAsync($"/v1/profiles/{person.GetProperty("profileId")}/history?{query}");
        using var without = await Shop.Client.GetAsync($"/v1/profiles/{person.GetProperty("profileId")}/history");
        using var unknown = await Shop.Server.GetAsync("/v1/profiles/999999/history");

        Assert.That((answer.StatusCode, without.StatusCode, unknown.StatusCode), Is.EqualTo((status, HttpStatusCode.Unauthorized, HttpStatusCode.NotFound)));
        if (status == HttpStatusCode.OK)
        {
            var only = JsonElement.Parse(await answer.Content.ReadAsStringAsync()).GetProperty("events").EnumerateArray().Single();
            Assert.That(only.GetProperty("products")[0].GetProperty("id").GetString(), Is.EqualTo("stove"));
            Assert.That(only.GetProperty("properties").GetRawText(), Does.Contain("\"variant\":\"red\"").And.Contain("\"context.device.type\":\"mobile\""));
        }
    }

    private static StringContent Lines(params string[] lines) => new(string.Join('\n', lines), System.Text.Encoding.UTF8, "application/x-ndjson");

    private async Task<JsonElement> LookUpAsync(string query) => await ReadAsync("/v1/profiles/lookup?" + query);

    private async Task<JsonElement> ReadAsync(string path)
    {
        using var response = await Shop.Server.GetAsync(path);
        response.EnsureSuccessStatusCode();
        return JsonElement.Parse(await response.Content.ReadAsStringAsync());
    }
}
