using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using NUnit.Framework;
using Personalization.Identity.Contracts;
using Personalization.Tests.Support;

namespace Personalization.Tests.Decisioning.Experiments;

/// <summary>Flags put over REST and asked for as an OpenFeature client does.</summary>
internal sealed class FlagEndpointsTests
{
    private const string Flags = """
        {
          "features": {
            "free-shipping": { "defaultValue": false, "rules": [
              { "condition": { "country": "DE" }, "force": true } ] },
            "hero": { "defaultValue": "plain", "rules": [
              { "key": "hero-test", "hashVersion": 2, "variations": ["plain", "bold"], "weights": [0.5, 0.5],
                "meta": [{ "key": "control" }, { "key": "bold" }] } ] },
            "a": { "defaultValue": 1, "rules": [ { "parentConditions": [{ "id": "b", "condition": { "value": 1 } }] } ] },
            "b": { "defaultValue": 1, "rules": [ { "parentConditions": [{ "id": "a", "condition": { "value": 1 } }] } ] }
          }
        }
        """;

    private TemporaryFolder _folder = null!;
    private ShopServer _shop = null!;

    [SetUp]
    public async Task Start()
    {
        _folder = new TemporaryFolder();
        _shop = await ShopServer.StartAsync(_folder.Path);
    }

    [TearDown]
    public async Task Stop()
    {
        await _shop.DisposeAsync();
        _folder.Dispose();
    }

    [Test]
    public async Task A_flag_is_answered_with_its_reason_and_a_restart_forgets_nothing()
    {
        var put = await PutAsync(Flags);
        await RestartAsync();

        var german = await AskAsync("free-shipping", new { targetingKey = "s1", country = "DE" });
        var french = await AskAsync("free-shipping", new { targetingKey = "s1", country = "FR" });

        Assert.That(put.Headers.ETag?.Tag, Is.EqualTo("\"1\""));
        Assert.That(german.GetProperty("value").GetBoolean(), Is.True);
        Assert.That(german.GetProperty("reason").GetString(), Is.EqualTo("TARGETING_MATCH"));
        Assert.That(french.GetProperty("value").GetBoolean(), Is.False);
        Assert.That(french.GetProperty("reason").GetString(), Is.EqualTo("DEFAULT"));
    }

    [Test]
    public async Task Using_an_experiment_is_an_event_of_the_shopper_and_fetching_all_is_not()
    {
        await PutAsync(Flags);

        await AskAllAsync(new { targetingKey = "nobody-yet" });
        var answer = await AskAsync("hero", new { targetingKey = "dev-1", userId = "u-1" });
        var seen = await ExposuresAsync("u-1", expected: 1);

        Assert.That(answer.GetProperty("reason").GetString(), Is.EqualTo("SPLIT"));
        Assert.That(seen, Has.Count.EqualTo(1));
        Assert.That(seen[0].GetProperty("experiment_id").GetString(), Is.EqualTo("hero-test"));
        Assert.That(seen[0].GetProperty("variation_id").GetString(), Is.EqualTo(answer.GetProperty("variant").GetString()));
    }

    [Test]
    public async Task Everybody_gets_the_same_again_and_about_half_get_each()
    {
        await PutAsync(Flags);
        var first = new List<string>();
        var again = new List<string>();
        for (var i = 0; i < 100; i++)
        {
            first.Add((await AskAsync("hero", new { targetingKey = $"s{i}" })).GetProperty("variant").GetString()!);
            again.Add((await AskAsync("hero", new { targetingKey = $"s{i}" })).GetProperty("variant").GetString()!);
        }

        Assert.That(again, Is.EqualTo(first));
        Assert.That(first.Count(variant => variant == "bold"), Is.InRange(30, 70));
    }

    [Test]
    public async Task All_flags_come_at_once_and_not_again_when_nothing_changed()
    {
        await PutAsync(Flags);
        var all = await AskAllAsync(new { targetingKey = "s1" });
        var unchanged = await AskAllAsync(new { targetingKey = "s1" }, all.Headers.ETag!);
        var answers = Json(await all.Content.ReadAsStringAsync()).GetProperty("flags");

        Assert.That(answers.EnumerateArray().Select(flag => flag.GetProperty("key").GetString()), Is.EqualTo(new[] { "a", "b", "free-shipping", "hero" }));
        Assert.That(answers[0].GetProperty("errorCode").GetString(), Is.EqualTo("GENERAL"), "it hangs on itself");
        Assert.That(unchanged.StatusCode, Is.EqualTo(HttpStatusCode.NotModified));
    }

    [Test]
    public async Task Wrong_flags_are_refused_whole_with_all_that_is_wrong()
    {
        await PutAsync(Flags);
        var refused = await PutAsync("""
            { "features": {
                "x/y": { "rules": [ { "condition": { "name": { "$regex": "(" } }, "coverage": "half" } ] },
                "z": { "rules": 5 } } }
            """);
        var problem = Json(await refused.Content.ReadAsStringAsync());

        Assert.That(refused.StatusCode, Is.EqualTo(HttpStatusCode.UnprocessableEntity));
        Assert.That(
            problem.GetProperty("faults").EnumerateArray().Select(fault => fault.GetProperty("pointer").GetString()),
            Is.EquivalentTo(new[] { "/features/x~1y/rules/0/condition", "/features/x~1y/rules/0/coverage", "/features/z/rules" }));
        Assert.That((await AskAsync("free-shipping", new { targetingKey = "s1" })).GetProperty("value").GetBoolean(), Is.False, "the old ones stay");
    }

    [Test]
    public async Task Whoever_saw_an_older_version_does_not_overwrite_a_newer_one()
    {
        await PutAsync(Flags);
        var second = await PutAsync(Flags, ifMatch: "\"1\"");
        var third = await PutAsync(Flags, ifMatch: "\"1\"");

        Assert.That(second.StatusCode, Is.EqualTo(HttpStatusCode.OK));
        Assert.That(third.StatusCode, Is.EqualTo(HttpStatusCode.PreconditionFailed));
    }

    [TestCase("not json", "PARSE_ERROR")]
    [TestCase("""{"context": 5}""", "INVALID_CONTEXT")]
    [TestCase("""{"context": {"a": 1, "a": 2}}""", "PARSE_ERROR")]
    [TestCase("[]", "PARSE_ERROR")]
    public async Task A_context_that_is_none_is_refused_by_name(string body, string code)
    {
        await PutAsync(Flags);
        using var content = new StringContent(body, Encoding.UTF8, "application/json");
        var refused = await _shop.Client.PostAsync("/ofrep/v1/evaluate/flags/hero", content);

        Assert.That(refused.StatusCode, Is.EqualTo(HttpStatusCode.BadRequest));
        Assert.That(Json(await refused.Content.ReadAsStringAsync()).GetProperty("errorCode").GetString(), Is.EqualTo(code));
    }

    [Test]
    public async Task Unknown_flags_and_unknown_keys_are_refused()
    {
        using var stranger = new HttpClient { BaseAddress = _shop.Client.BaseAddress };
        var unknown = await _shop.Client.PostAsJsonAsync("/ofrep/v1/evaluate/flags/nope", new { context = new { targetingKey = "s" } });
        var foreign = await stranger.PostAsJsonAsync("/ofrep/v1/evaluate/flags/nope", new { context = new { targetingKey = "s" } });

        Assert.That(unknown.StatusCode, Is.EqualTo(HttpStatusCode.NotFound));
        Assert.That(Json(await unknown.Content.ReadAsStringAsync()).GetProperty("errorCode").GetString(), Is.EqualTo("FLAG_NOT_FOUND"));
        Assert.That(foreign.StatusCode, Is.EqualTo(HttpStatusCode.Unauthorized));
    }

    private static JsonElement Json(string text) => JsonElement.Parse(text);

    private async Task RestartAsync()
    {
        await _shop.DisposeAsync();
        _shop = await ShopServer.StartAsync(_folder.Path);
    }

    private async Task<HttpResponseMessage> PutAsync(string flags, string? ifMatch = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Put, "/v1/flags") { Content = new StringContent(flags, Encoding.UTF8, "application/json") };
        if (ifMatch is not null)
        {
            request.Headers.IfMatch.Add(new EntityTagHeaderValue(ifMatch));
        }

        return await _shop.Server.SendAsync(request);
    }

    private async Task<JsonElement> AskAsync(string flag, object context)
    {
        var answer = await _shop.Client.PostAsJsonAsync($"/ofrep/v1/evaluate/flags/{flag}", new { context });
        Assert.That(answer.StatusCode, Is.EqualTo(HttpStatusCode.OK));
        return Json(await answer.Content.ReadAsStringAsync());
    }

    private async Task<HttpResponseMessage> AskAllAsync(object context, EntityTagHeaderValue? known = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/ofrep/v1/evaluate/flags") { Content = JsonContent.Create(new { context }) };
        if (known is not null)
        {
            request.Headers.IfNoneMatch.Add(known);
        }

        return await _shop.Client.SendAsync(request);
    }

    private async Task<List<JsonElement>> ExposuresAsync(string userId, int expected)
    {
        for (var wait = 0; ; wait++)
        {
            await _shop.SettleAsync();
            var profile = _shop.Services.GetRequiredService<IProfileDirectory>().Find(userId, []);
            var events = profile < 0 ? [] : Json(await _shop.Server.GetStringAsync($"/v1/profiles/{profile}/events")).EnumerateArray()
                .Select(row => row.GetProperty("event"))
                .Where(row => row.GetProperty("event").GetString() == "Experiment Viewed")
                .Select(row => row.GetProperty("properties").Clone())
                .ToList();
            if (events.Count >= expected || wait == 100)
            {
                return events;
            }

            await Task.Delay(50);
        }
    }
}
