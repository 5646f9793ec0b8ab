using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using NUnit.Framework;
using Personalization.Decisioning.Domain;
using Personalization.Decisioning.Domain.Candidates;
using Personalization.Decisioning.Domain.Governance;
using Personalization.Kernel.Privacy;
using Personalization.Tests.Decisioning.Governance;
using Personalization.Tests.Support;

namespace Personalization.Tests.Scenarios;

/// <summary>Policies, second persons, kill switches and main parameters, over HTTP.</summary>
[Parallelizable]
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
internal sealed class GovernanceTests : IDisposable
{
    private static readonly string[] Keys =
    [
        "--Personalization:ServerKeys:1:Name=anna", "--Personalization:ServerKeys:1:Key=anna", "--Personalization:ServerKeys:1:Roles:0=governor",
        "--Personalization:ServerKeys:1:Roles:1=operator",
        "--Personalization:ServerKeys:2:Name=bert", "--Personalization:ServerKeys:2:Key=bert", "--Personalization:ServerKeys:2:Roles:0=governor",
    ];

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Test]
    public async Task A_kill_switch_is_in_effect_for_every_answer_after_its_own_and_survives_a_restart()
    {
        await using (var shop = await StartAsync())
        {
            await FillAsync(shop);
            var before = await shop.RecommendAsync("for-you?anonymousId=ann");
            var personalizedAfter = 0;

            // Questions are being answered all the time; those that begin after the switch's answer are counted.
            using var stop = new CancellationTokenSource();
            var asking = Task.Run(async () =>
            {
                while (!stop.IsCancellationRequested)
                {
                    await shop.RecommendAsync("for-you?anonymousId=ann");
                }
            });
            using var switched = await SendAsync(shop, "anna", HttpMethod.Put, "/v1/placements/for-you/kill-switch", """{"isOn":true,"reason":"It shows nonsense."}""");
            for (var i = 0; i < 200; i++)
            {
                var answer = await shop.RecommendAsync("for-you?anonymousId=ann");
                personalizedAfter += answer.TryGetProperty("killSwitch", out var isOn) && isOn.GetBoolean() && !answer.GetProperty("isPersonalized").GetBoolean() ? 0 : 1;
            }

            await stop.CancelAsync();
            await asking;
            Assert.Multiple(() =>
            {
                Assert.That(before.GetProperty("isPersonalized").GetBoolean(), Is.True);
                Assert.That(before.TryGetProperty("killSwitch", out _), Is.False);
                Assert.That(switched.StatusCode, Is.EqualTo(HttpStatusCode.OK));
                Assert.That(personalizedAfter, Is.Zero);
            });
        }

        await using var again = await StartAsync();
        var later = await again.RecommendAsync("for-you?anonymousId=ann");
        Assert.Multiple(async () =>
        {
            Assert.That(later.GetProperty("fallbackReason").GetString(), Is.EqualTo("kill_switch"));
            Assert.That(later.GetProperty("modelVersion").GetString(), Does.StartWith("popularity@"));
            Assert.That(later.GetProperty("items").GetArrayLength(), Is.Positive);
            Assert.That((await again.RecommendAsync("similar?anonymousId=ann&items=tent")).TryGetProperty("killSwitch", out _), Is.False, "only one placement was switched");
        });
    }

    [Test]
    public async Task A_harmless_placement_is_released_by_one_person()
    {
        await using var shop = await StartAsync();
        await FillAsync(shop);
        using var on = await SendAsync(shop, "anna", HttpMethod.Put, "/v1/placements/for-you/kill-switch", """{"isOn":true,"reason":"Test."}""");

        using var off = await SendAsync(shop, "anna", HttpMethod.Put, "/v1/placements/for-you/kill-switch", """{"isOn":false,"reason":"Done."}""");

        Assert.That(off.StatusCode, Is.EqualTo(HttpStatusCode.OK));
        Assert.That((await shop.RecommendAsync("for-you?anonymousId=ann")).GetProperty("isPersonalized").GetBoolean(), Is.True);
    }

    [Test]
    public async Task A_placement_of_high_risk_is_released_by_two()
    {
        await using var shop = await StartAsync();
        await FillAsync(shop);
        using var registered = await SendAsync(
            shop, "anna", HttpMethod.Put, "/v1/governance/policies/placement:for-you", Json(SomePolicy.Complete(RiskClasses.High, "gdpr-22")));
        using var on = await SendAsync(shop, "anna", HttpMethod.Put, "/v1/placements/for-you/kill-switch", """{"isOn":true,"reason":"Test."}""");

        using var off = await SendAsync(shop, "anna", HttpMethod.Put, "/v1/placements/for-you/kill-switch", """{"isOn":false,"reason":"Done."}""");
        var stillOn = (await shop.RecommendAsync("for-you?anonymousId=ann")).TryGetProperty("killSwitch", out _);
        using var own = await SendAsync(shop, "anna", HttpMethod.Post, off.Headers.Location + "/approve");
        using var second = await SendAsync(shop, "bert", HttpMethod.Post, off.Headers.Location + "/approve", """{"reason":"Checked."}""");
        using var third = await SendAsync(shop, "bert", HttpMethod.Post, off.Headers.Location + "/approve");

        Assert.Multiple(async () =>
        {
            Assert.That(off.StatusCode, Is.EqualTo(HttpStatusCode.Accepted));
            Assert.That(stillOn, Is.True);
            Assert.That(own.StatusCode, Is.EqualTo(HttpStatusCode.Forbidden));
            Assert.That(await own.Content.ReadAsStringAsync(), Does.Contain("urn:personalization:problem:governance/second-person-required"));
            Assert.That(second.StatusCode, Is.EqualTo(HttpStatusCode.OK));
            Assert.That(third.StatusCode, Is.EqualTo(HttpStatusCode.Conflict));
            Assert.That((await shop.RecommendAsync("for-you?anonymousId=ann")).TryGetProperty("killSwitch", out _), Is.False);
            Assert.That(await shop.Server.GetStringAsync("/v1/placements/for-you/kill-switch"), Does.Contain("\"approvedBy\":\"bert\""));
        });
    }

    [Test]
    public async Task A_sign_off_of_an_earlier_incident_does_not_release_a_switch_that_was_set_again()
    {
        await using var shop = await StartAsync("--Personalization:Governance:HighImpact:0=kill-switch-release");
        const string path = "/v1/placements/popular/kill-switch";
        using var first = await SendAsync(shop, "anna", HttpMethod.Put, path, """{"isOn":true,"reason":"First incident."}""");
        using var release = await SendAsync(shop, "anna", HttpMethod.Put, path, """{"isOn":false,"reason":"It is over."}""");
        await Task.Delay(5);
        using var second = await SendAsync(shop, "anna", HttpMethod.Put, path, """{"isOn":true,"reason":"Second incident."}""");

        using var approved = await SendAsync(shop, "bert", HttpMethod.Post, release.Headers.Location + "/approve");

        Assert.Multiple(async () =>
        {
            Assert.That(approved.StatusCode, Is.EqualTo(HttpStatusCode.UnprocessableEntity));
            Assert.That(await approved.Content.ReadAsStringAsync(), Does.Contain("set again"));
            Assert.That((await shop.RecommendAsync("popular")).GetProperty("killSwitch").GetBoolean(), Is.True);
            Assert.That(await shop.Server.GetStringAsync("/v1/audit?action=kill-switch.on&subject=placement:popular"), Does.Contain("\"actor\":\"anna\""));
        });
    }

    [Test]
    public async Task A_sign_off_that_was_meant_for_another_state_of_the_policy_fails()
    {
        await using var shop = await StartAsync("--Personalization:Governance:HighImpact:0=profiling");
        const string path = "/v1/governance/policies/rules:ranking";
        using var one = await SendAsync(shop, "anna", HttpMethod.Put, path, Json(SomePolicy.Complete()));
        using var two = await SendAsync(shop, "anna", HttpMethod.Put, path, Json(SomePolicy.Complete() with { Purpose = "Other." }));
        using var askedOne = await SendAsync(shop, "anna", HttpMethod.Post, path + "/activate", """{"version":1,"reason":"Start."}""");
        using var askedTwo = await SendAsync(shop, "anna", HttpMethod.Post, path + "/activate", """{"version":2,"reason":"Start."}""");

        using var approved = await SendAsync(shop, "bert", HttpMethod.Post, askedTwo.Headers.Location + "/approve");
        using var late = await SendAsync(shop, "bert", HttpMethod.Post, askedOne.Headers.Location + "/approve");

        Assert.That(new[] { approved.StatusCode, late.StatusCode }, Is.EqualTo(new[] { HttpStatusCode.OK, HttpStatusCode.UnprocessableEntity }));
        Assert.That(await late.Content.ReadAsStringAsync(), Does.Contain("Another version"));
    }

    [Test]
    public async Task A_change_that_waits_survives_a_restart()
    {
        string location;
        await using (var shop = await StartAsync("--Personalization:Governance:HighImpact:0=kill-switch-release"))
        {
            using var on = await SendAsync(shop, "anna", HttpMethod.Put, "/v1/placements/popular/kill-switch", """{"isOn":true,"reason":"Test."}""");
            using var off = await SendAsync(shop, "anna", HttpMethod.Put, "/v1/placements/popular/kill-switch", """{"isOn":false,"reason":"Done."}""");
            location = off.Headers.Location!.ToString();
        }

        await using var again = await StartAsync("--Personalization:Governance:HighImpact:0=kill-switch-release");
        var waiting = JsonElement.Parse(await again.Server.GetStringAsync("/v1/governance/changes?status=pending"));
        using var approved = await SendAsync(again, "bert", HttpMethod.Post, location + "/approve");

        Assert.Multiple(async () =>
        {
            Assert.That(waiting.GetProperty("changes").GetArrayLength(), Is.EqualTo(1));
            Assert.That(approved.StatusCode, Is.EqualTo(HttpStatusCode.OK));
            Assert.That((await again.RecommendAsync("popular")).TryGetProperty("killSwitch", out _), Is.False);
        });
    }

    [Test]
    public async Task Versions_of_a_policy_are_kept_and_one_of_them_applies()
    {
        await using var shop = await StartAsync();
        var first = SomePolicy.Complete();
        var second = first with { Purpose = "Sells what is on stock." };

        using var added = await SendAsync(shop, "anna", HttpMethod.Put, "/v1/governance/policies/placement:for-you", Json(first));
        using var repeated = await SendAsync(shop, "anna", HttpMethod.Put, "/v1/governance/policies/placement:for-you", Json(first));
        using var changed = await SendAsync(shop, "bert", HttpMethod.Put, "/v1/governance/policies/placement:for-you", Json(second));
        using var activated = await SendAsync(shop, "anna", HttpMethod.Post, "/v1/governance/policies/placement:for-you/activate", """{"version":1,"reason":"Agreed."}""");
        using var twice = await SendAsync(shop, "anna", HttpMethod.Post, "/v1/governance/policies/placement:for-you/activate", """{"version":1,"reason":"Agreed."}""");
        await shop.DisposeAsync();
        await using var again = await StartAsync();

        var list = JsonElement.Parse(await again.Server.GetStringAsync("/v1/governance/policies"));
        var old = JsonElement.Parse(await again.Server.GetStringAsync("/v1/governance/policies/placement:for-you?version=1"));
        Assert.Multiple(() =>
        {
            Assert.That(
                new[] { added.StatusCode, repeated.StatusCode, changed.StatusCode, activated.StatusCode, twice.StatusCode },
                Is.EqualTo(new[] { HttpStatusCode.Created, HttpStatusCode.OK, HttpStatusCode.Created, HttpStatusCode.OK, HttpStatusCode.UnprocessableEntity }));
            Assert.That(list.GetProperty("policies")[0].GetProperty("version").GetInt32(), Is.EqualTo(2));
            Assert.That(list.GetProperty("policies")[0].GetProperty("activeVersion").GetInt32(), Is.EqualTo(1));
            Assert.That(old.GetProperty("policy").GetProperty("purpose").GetString(), Is.EqualTo(first.Purpose));
            Assert.That(old.GetProperty("isActive").GetBoolean(), Is.True);
            Assert.That(old.GetProperty("registeredBy").GetString(), Is.EqualTo("anna"));
            Assert.That(list.GetProperty("unregistered").EnumerateArray().Select(id => id.GetString()), Does.Contain("placement:similar").And.Contain("model:session-knn")
                .And.Not.Contain("placement:for-you"));
        });
    }

    [Test]
    public async Task Profiling_can_be_listed_as_of_high_impact_and_a_lax_version_does_not_replace_a_strict_one_alone()
    {
        await using var shop = await StartAsync("--Personalization:Governance:HighImpact:0=profiling");
        const string path = "/v1/governance/policies/rules:ranking";
        using var strict = await SendAsync(shop, "anna", HttpMethod.Put, path, Json(SomePolicy.Complete()));
        using var lax = await SendAsync(shop, "anna", HttpMethod.Put, path, Json(SomePolicy.Complete() with { UsesProfile = false }));

        using var asked = await SendAsync(shop, "anna", HttpMethod.Post, path + "/activate", """{"version":1,"reason":"Start."}""");
        using var approved = await SendAsync(shop, "bert", HttpMethod.Post, asked.Headers.Location + "/approve");
        using var replacing = await SendAsync(shop, "anna", HttpMethod.Post, path + "/activate", """{"version":2,"reason":"Simpler."}""");
        using var rejected = await SendAsync(shop, "bert", HttpMethod.Post, replacing.Headers.Location + "/reject", """{"reason":"Not yet."}""");

        Assert.That(
            new[] { asked.StatusCode, approved.StatusCode, replacing.StatusCode, rejected.StatusCode },
            Is.EqualTo(new[] { HttpStatusCode.Accepted, HttpStatusCode.OK, HttpStatusCode.Accepted, HttpStatusCode.OK }));
        Assert.That(await shop.Server.GetStringAsync(path), Does.Contain("\"isActive\":false"));
    }

    [Test]
    public async Task Without_an_active_policy_the_baseline_answers_where_that_is_demanded()
    {
        await using var shop = await StartAsync("--Personalization:Governance:RequireActivePolicy=true");
        await FillAsync(shop);
        var before = await shop.RecommendAsync("for-you?anonymousId=ann");
        using var registered = await SendAsync(shop, "anna", HttpMethod.Put, "/v1/governance/policies/placement:for-you", Json(SomePolicy.Complete()));

        using var activated = await SendAsync(shop, "anna", HttpMethod.Post, "/v1/governance/policies/placement:for-you/activate", """{"version":1,"reason":"Agreed."}""");

        Assert.Multiple(async () =>
        {
            Assert.That(before.GetProperty("fallbackReason").GetString(), Is.EqualTo("no_active_policy"));
            Assert.That((await shop.RecommendAsync("for-you?anonymousId=ann")).GetProperty("isPersonalized").GetBoolean(), Is.True);
            Assert.That((await shop.RecommendAsync("similar?items=tent")).GetProperty("fallbackReason").GetString(), Is.EqualTo("no_active_policy"));
        });
    }

    [TestCase("PUT", "/v1/governance/policies/for-you", "{}", 400)]
    [TestCase("PUT", "/v1/governance/policies/rules:x", "{}", 422)]
    [TestCase("PUT", "/v1/governance/policies/rules:x", "{\"ownr\":\"me\"}", 400)]
    [TestCase("PUT", "/v1/governance/policies/rules:x", "{\"owner\":null}", 400)]
    [TestCase("PUT", "/v1/governance/policies/rules:x", "nonsense", 400)]
    [TestCase("POST", "/v1/governance/policies/rules:none/activate", "{\"version\":1,\"reason\":\"x\"}", 404)]
    [TestCase("POST", "/v1/governance/changes", "{\"kind\":\"world.end\",\"subject\":\"all\",\"reason\":\"x\"}", 400)]
    [TestCase("POST", "/v1/governance/changes", "{\"kind\":\"policy.activate\",\"subject\":\"rules:none\",\"reason\":\"x\",\"body\":{\"version\":1}}", 422)]
    [TestCase("POST", "/v1/governance/changes", "{\"kind\":\"policy.activate\"}", 400)]
    [TestCase("POST", "/v1/governance/changes/00000000-0000-0000-0000-000000000000/approve", "", 404)]
    [TestCase("PUT", "/v1/placements/none/kill-switch", "{\"isOn\":true,\"reason\":\"x\"}", 404)]
    [TestCase("PUT", "/v1/placements/for-you/kill-switch", "{\"isOn\":true}", 400)]
    [TestCase("PUT", "/v1/placements/for-you/kill-switch", "{\"isOn\":true,\"reason\":\"\"}", 400)]
    [TestCase("GET", "/v1/placements/none/main-parameters", "", 404)]
    [TestCase("GET", "/v1/governance/changes?status=7", "", 400)]
    public async Task What_cannot_be_understood_is_refused(string method, string path, string body, int status)
    {
        await using var shop = await StartAsync();

        using var answer = await SendAsync(shop, ShopServer.ServerKey, new HttpMethod(method), path, body.Length == 0 ? null : body);

        Assert.That((int)answer.StatusCode, Is.EqualTo(status), await answer.Content.ReadAsStringAsync());
        Assert.That(answer.Content.Headers.ContentType!.MediaType, Is.EqualTo("application/problem+json"));
    }

    [Test]
    public async Task A_body_beyond_its_bound_is_refused()
    {
        await using var shop = await StartAsync();

        using var answer = await SendAsync(shop, "anna", HttpMethod.Put, "/v1/governance/policies/rules:x", $$"""{"owner":"{{new string('x', 100_000)}}"}""");

        Assert.That(answer.StatusCode, Is.EqualTo(HttpStatusCode.RequestEntityTooLarge));
    }

    [Test]
    public async Task What_is_published_is_what_the_running_personalizer_works_with()
    {
        await using (var shop = await StartAsync())
        {
            await AssertPublishedAsync(shop);
        }

        string[] other = ["--Personalization:Decisioning:Neighbours=111", "--Personalization:Decisioning:Placements:for-you:Limit=6"];
        await using var changed = await StartAsync(other);
        await AssertPublishedAsync(changed);
        var published = await PublishedAsync(changed, "for-you");
        var neighbours = published.GetProperty("parameters").EnumerateArray().First(part => part.GetProperty("code").GetString() == "similar_sessions");
        Assert.That(neighbours.GetProperty("weights").GetProperty("neighbours").GetInt32(), Is.EqualTo(111));
        Assert.That(published.GetProperty("text").GetString(), Does.Contain("The 6 items"));
    }

    [Test]
    public async Task The_record_of_processing_names_every_store_retention_recipients_and_what_is_missing()
    {
        await using var shop = await StartAsync(
            "--Personalization:Governance:Record:Controller=Shop Ltd, 1 Street",
            "--Personalization:Tracking:DeadLetters:MaxAgeDays=3",
            "--Personalization:Residency:Rules:warehouse:0=eu");
        var policy = SomePolicy.Complete() with { Recipients = ["mail service"] };
        using var registered = await SendAsync(shop, "anna", HttpMethod.Put, "/v1/governance/policies/placement:for-you", Json(policy));
        var draft = await RecordAsync(shop);
        using var activated = await SendAsync(shop, "anna", HttpMethod.Post, "/v1/governance/policies/placement:for-you/activate", """{"version":1,"reason":"Agreed."}""");

        var record = await RecordAsync(shop);

        Assert.Multiple(() =>
        {
            Assert.That(draft.GetProperty("activities").GetArrayLength(), Is.Zero, "a draft does nothing");
            Assert.That(record.GetProperty("controller").GetString(), Is.EqualTo("Shop Ltd, 1 Street"));
            Assert.That(record.GetProperty("activities")[0].GetProperty("purpose").GetString(), Is.EqualTo(policy.Purpose));
            Assert.That(
                record.GetProperty("stores").EnumerateArray().Select(store => store.GetString()),
                Is.EquivalentTo(shop.Services.GetServices<IPersonalDataStore>().Select(store => store.Name)));
            Assert.That(
                record.GetProperty("retention").EnumerateArray().Single(rule => rule.GetProperty("store").GetString() == "dead_letters.db").GetProperty("days").GetInt32(),
                Is.EqualTo(3));
            Assert.That(record.GetProperty("recipients").EnumerateArray().Select(recipient => recipient.GetString()), Is.EqualTo(new[] { "mail service" }));
            Assert.That(record.GetProperty("transfers")[0].GetProperty("destination").GetString(), Is.EqualTo("warehouse"));
            Assert.That(record.GetProperty("missing").GetRawText(), Does.Contain("placement:similar").And.Not.Contain("placement:for-you").And.Not.Contain("Controller"));
        });
    }

    private static async Task<JsonElement> RecordAsync(ShopServer shop) =>
        JsonElement.Parse(await shop.Server.GetStringAsync("/v1/governance/processing-record"));

    private static async Task AssertPublishedAsync(ShopServer shop)
    {
        var personalizer = shop.Services.GetRequiredService<Personalizer>();
        var plan = shop.Services.GetRequiredService<CandidatePlan>();
        foreach (var placement in personalizer.Placements)
        {
            var published = await PublishedAsync(shop, placement);
            var running = plan[personalizer.Find(placement)!.Kind].Select(part => part.Describe()).ToList();

            Assert.That(
                published.GetProperty("parameters").EnumerateArray().Select(parameter => parameter.GetProperty("code").GetString()),
                Is.EqualTo(running.Select(part => part.Code)));
            Assert.That(
                published.GetProperty("parameters").EnumerateArray().Select(parameter => parameter.GetProperty("weights").Deserialize<Dictionary<string, double>>()),
                Is.EqualTo(running.Select(part => part.Weights)));
        }
    }

    private static async Task<JsonElement> PublishedAsync(ShopServer shop, string placement)
    {
        // Without any key: shoppers read it.
        using var client = new HttpClient { BaseAddress = shop.Server.BaseAddress };
        return JsonElement.Parse(await client.GetStringAsync($"/v1/placements/{placement}/main-parameters"));
    }

    private static string Json(Policy policy) => JsonSerializer.Serialize(policy, Policy.Json);

    private static async Task FillAsync(ShopServer shop)
    {
        await shop.TrackAsync("/v1/batch", ShopEvents.Batch([ShopEvents.View("ann", "tent"), ShopEvents.View("ann", "stove"), ShopEvents.View("bob", "lamp")]));
        await shop.SettleAsync();
    }

    private static async Task<HttpResponseMessage> SendAsync(ShopServer shop, string key, HttpMethod method, string path, string? json = null)
    {
        using var client = new HttpClient { BaseAddress = shop.Server.BaseAddress };
        using var request = new HttpRequestMessage(method, path);
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", key);
        request.Content = json is null ? null : ShopServer.Json(json);
        return await client.SendAsync(request);
    }

    private Task<ShopServer> StartAsync(params string[] arguments) => ShopServer.StartAsync(_folder.Path, [.. Keys, .. arguments]);
}
