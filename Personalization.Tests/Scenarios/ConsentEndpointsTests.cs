using System.Diagnostics;
using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using NUnit.Framework;
using Personalization.Tests.Support;

namespace Personalization.Tests.Scenarios;

/// <summary>What shops, shoppers and administrators say and hear about consent.</summary>
[Parallelizable]
internal sealed class ConsentEndpointsTests : ShopTests
{
    [Test]
    public async Task A_statement_counts_when_it_is_answered_and_stands_in_the_history()
    {
        await Shop.TrackAsync("/v1/track", ShopEvents.View("ann", "tent"));

        var state = await PostAsync(Shop.Server, "/v1/consent", """
            {"anonymousId":"ann","purposes":{"profile":false,"measure":true},"basis":"consent","vendorIds":[755],"source":"preference centre",
             "policyVersion":"7","expiresAt":"2090-01-01T00:00:00Z","evidence":{"form":"v2"}}
            """);

        Assert.That(Purpose(state, "profile"), Is.EqualTo((false, "denied", "denied")));
        Assert.That(Purpose(state, "measure"), Is.EqualTo((true, "granted", "granted")));
        Assert.That(Purpose(state, "train"), Is.EqualTo((true, "jurisdiction_default", "unknown")));
        Assert.That(state.GetProperty("purposes").GetProperty("measure").GetProperty("expiresAt").GetDateTimeOffset().Year, Is.EqualTo(2090));
        var answer = await Shop.RecommendAsync("for-you?anonymousId=ann");
        Assert.That(answer.GetProperty("notPersonalizedReason").GetString(), Is.EqualTo("consent_denied"));
        Assert.That(answer.GetProperty("consent").GetProperty("profile").GetProperty("reason").GetString(), Is.EqualTo("denied"));

        var read = await GetAsync("/v1/consent?anonymousId=ann");
        var entry = read.GetProperty("history").EnumerateArray().Single();
        Assert.That(entry.GetProperty("purposes").GetRawText(), Is.EqualTo("""{"profile":"denied","measure":"granted"}"""));
        Assert.That(entry.GetProperty("evidenceSha256").GetString(), Has.Length.EqualTo(64));
        Assert.That(entry.GetProperty("vendorIds").GetRawText(), Is.EqualTo("[755]"));
    }

    [Test]
    public async Task History_is_paged_and_survives_a_restart_and_a_replay()
    {
        for (var change = 0; change < 7; change++)
        {
            await PostAsync(Shop.Server, "/v1/consent", $$$"""{"userId":"kim","purposes":{"profile":{{{(change % 2 == 0 ? "true" : "false")}}}}}""");
        }

        await RestartAsync();
        var kept = (await GetAsync("/v1/consent?userId=kim")).GetRawText();
        await RestartAsync(forget: file => !file.StartsWith("log", StringComparison.Ordinal));
        var replayed = await GetAsync("/v1/consent?userId=kim");

        Assert.That(replayed.GetRawText(), Is.EqualTo(kept));
        Assert.That(replayed.GetProperty("history").GetArrayLength(), Is.EqualTo(7));
        var profile = replayed.GetProperty("profileId").GetInt32();
        var page = await GetAsync($"/v1/profiles/{profile}/consent?limit=5");
        var rest = await GetAsync($"/v1/profiles/{profile}/consent?limit=5&before={page.GetProperty("nextBefore").GetInt64()}");
        Assert.That(page.GetProperty("history").GetArrayLength(), Is.EqualTo(5));
        Assert.That(rest.GetProperty("history").GetArrayLength(), Is.EqualTo(2));
        Assert.That(rest.TryGetProperty("nextBefore", out _), Is.False);
    }

    [Test]
    public async Task A_merged_persons_history_is_that_of_both()
    {
        await PostAsync(Shop.Client, "/v1/consent", """{"anonymousId":"device","purposes":{"train":false}}""");
        await Shop.TrackAsync("/v1/identify", ShopEvents.Identify("kim", "device"));
        await PostAsync(Shop.Client, "/v1/consent", """{"userId":"kim","purposes":{"measure":false}}""");

        var read = await GetAsync("/v1/consent?userId=kim");

        Assert.That(read.GetProperty("history").GetArrayLength(), Is.EqualTo(2));
        Assert.That(Purpose(read, "train").Reason, Is.EqualTo("denied"));
    }

    [Test]
    public async Task A_browser_may_state_its_shoppers_consent_but_learns_nothing()
    {
        var answer = await PostAsync(Shop.Client, "/v1/consent", """{"anonymousId":"ann","purposes":{"profile":false}}""");

        Assert.That(answer.GetRawText(), Is.EqualTo("""{"isRecorded":true}"""));
        using var read = await Shop.Client.GetAsync("/v1/consent?anonymousId=ann");
        Assert.That(read.StatusCode, Is.EqualTo(HttpStatusCode.Unauthorized));
        using var nobody = new HttpClient { BaseAddress = Shop.Client.BaseAddress };
        using var refused = await nobody.PostAsync("/v1/consent", ShopServer.Json("""{"anonymousId":"ann","purposes":{"profile":true}}"""));
        Assert.That(refused.StatusCode, Is.EqualTo(HttpStatusCode.Unauthorized));
    }

    [Test]
    public async Task The_option_not_to_be_profiled_is_sticky_and_wins_over_grants()
    {
        await Shop.TrackAsync("/v1/track", ShopEvents.View("ann", "tent"));
        await PostAsync(Shop.Client, "/v1/non-profiling", """{"anonymousId":"ann","isNonProfiling":true}""");
        await PostAsync(Shop.Client, "/v1/consent", """{"anonymousId":"ann","purposes":{"profile":true,"personalise":true}}""");
        await RestartAsync();

        var answer = await Shop.RecommendAsync("for-you?anonymousId=ann");
        Assert.That(answer.GetProperty("notPersonalizedReason").GetString(), Is.EqualTo("non_profiling"));

        var profile = (await GetAsync("/v1/consent?anonymousId=ann")).GetProperty("profileId").GetInt32();
        using var taken = await Shop.Server.PutAsync($"/v1/profiles/{profile}/non-profiling", ShopServer.Json("""{"isNonProfiling":false}"""));
        Assert.That(taken.StatusCode, Is.EqualTo(HttpStatusCode.OK));
        Assert.That((await taken.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("isNonProfiling").GetBoolean(), Is.False);
        Assert.That((await Shop.RecommendAsync("for-you?anonymousId=ann")).GetProperty("isPersonalized").GetBoolean());
    }

    [TestCase("""{"purposes":{"profile":true}}""", "userId")]
    [TestCase("""{"userId":"u","purposes":{}}""", "purposes")]
    [TestCase("""{"userId":"u"}""", "purposes")]
    [TestCase("""{"userId":"u","purposes":{"profiel":true}}""", "purposes.profiel")]
    [TestCase("""{"userId":"u","purposes":{"profile":"yes"}}""", "purposes.profile")]
    [TestCase("""{"userId":"u","purposes":{"profile":true},"basis":"because"}""", "basis")]
    [TestCase("""{"userId":"u","purposes":{"profile":true},"vendorIds":[0]}""", "vendorIds")]
    [TestCase("""{"userId":"u","purposes":{"profile":true},"expiresAt":"2001-01-01T00:00:00Z"}""", "expiresAt")]
    [TestCase("""{"userId":"u","purposes":{"profile":true},"jurisdiction":"atlantis"}""", "jurisdiction")]
    [TestCase("""{"userId":"u","purpose":{"profile":true}}""", "purpose")]
    [TestCase("""[1]""", "body")]
    [TestCase("""{"userId":"u","purposes":""", "body")]
    [TestCase("", "body")]
    public async Task A_statement_that_is_wrong_is_refused_by_field(string body, string field)
    {
        using var refused = await Shop.Server.PostAsync("/v1/consent", ShopServer.Json(body));
        var problem = await refused.Content.ReadFromJsonAsync<JsonElement>();

        Assert.That(refused.StatusCode, Is.EqualTo(HttpStatusCode.BadRequest));
        Assert.That(problem.GetProperty("type").GetString(), Is.EqualTo("urn:personalization:problem:consent/invalid-statement"));
        Assert.That(problem.GetProperty("errors").TryGetProperty(field, out _), problem.GetRawText());
    }

    [Test]
    public async Task A_body_beyond_the_bound_is_refused()
    {
        using var refused = await Shop.Server.PostAsync("/v1/consent", ShopServer.Json($$"""{"userId":"{{new string('x', 70_000)}}"}"""));

        Assert.That(refused.StatusCode, Is.EqualTo(HttpStatusCode.RequestEntityTooLarge));
    }

    [Test]
    public async Task Global_privacy_control_is_answered_kept_and_blocks_activation()
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/identify") { Content = ShopServer.Json(ShopEvents.Identify("kim", "device")) };
        request.Headers.Add("Sec-GPC", "1");
        using var answered = await Shop.Client.SendAsync(request);
        Assert.That(await answered.Content.ReadAsStringAsync(), Is.EqualTo("""{"success":true,"consent":{"gpc":"honoured"}}"""));
        await Shop.SettleAsync();
        await RestartAsync(forget: file => !file.StartsWith("log", StringComparison.Ordinal));

        var state = await GetAsync("/v1/consent?userId=kim");
        Assert.That(Purpose(state, "activate").Reason, Is.EqualTo("gpc"), "from the log alone");
        Assert.That(Purpose(state, "personalise").IsAllowed, "first-party use is not what it speaks of");
        Assert.That(state.GetProperty("gpc").GetString(), Is.EqualTo("honoured"));

        using var ask = new HttpRequestMessage(HttpMethod.Get, "/v1/recommendations/for-you?userId=kim");
        ask.Headers.Add("Sec-GPC", "1");
        using var recommended = await Shop.Client.SendAsync(ask);
        var consent = (await recommended.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("consent");
        Assert.That(consent.GetProperty("gpc").GetString(), Is.EqualTo("honoured"));
    }

    [TestCase("0")]
    [TestCase("true")]
    [TestCase("1,0")]
    public async Task Any_other_value_of_the_header_is_none(string value)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/identify") { Content = ShopServer.Json(ShopEvents.Identify("kim", "device")) };
        request.Headers.TryAddWithoutValidation("Sec-GPC", value);
        using var answered = await Shop.Client.SendAsync(request);

        Assert.That(await answered.Content.ReadAsStringAsync(), Is.EqualTo("""{"success":true}"""));
    }

    [Test]
    public async Task The_support_resource_says_that_the_signal_is_honoured()
    {
        using var nobody = new HttpClient { BaseAddress = Shop.Client.BaseAddress };

        using var answer = await nobody.GetAsync("/.well-known/gpc.json");

        Assert.That(answer.Content.Headers.ContentType!.MediaType, Is.EqualTo("application/json"));
        Assert.That(await answer.Content.ReadAsStringAsync(), Is.EqualTo("""{"gpc":true}"""));
    }

    [Test]
    public async Task Nothing_more_is_kept_of_a_shopper_who_refuses_to_be_recorded_but_their_change_of_mind()
    {
        await Shop.TrackAsync("/v1/track", ShopEvents.View("ann", "before"));
        await PostAsync(Shop.Client, "/v1/consent", """{"anonymousId":"ann","purposes":{"collect":false}}""");

        await Shop.TrackAsync("/v1/batch", ShopEvents.Batch([ShopEvents.View("ann", "withheld-1"), ShopEvents.View("bob", "kept")]));
        await Shop.TrackAsync("/v1/track", new { @event = "Product Viewed", anonymousId = "ann", context = new { consent = new { purposes = new { collect = false } } }, properties = new { product_id = "withheld-2" } });
        await PostAsync(Shop.Client, "/v1/consent", """{"anonymousId":"ann","purposes":{"collect":true}}""");
        await Shop.TrackAsync("/v1/track", ShopEvents.View("ann", "after"));
        await Shop.SettleAsync();

        var profile = (await GetAsync("/v1/consent?anonymousId=ann")).GetProperty("profileId").GetInt32();
        var events = (await GetAsync($"/v1/profiles/{profile}/events")).GetRawText();
        Assert.That(events, Does.Contain("before").And.Contain("after").And.Not.Contain("withheld"));
        Assert.That((await GetAsync("/v1/consent?anonymousId=bob")).GetProperty("profileId").GetInt32(), Is.Not.EqualTo(profile));
    }

    [Test]
    public async Task What_is_refused_of_a_shopper_who_refuses_to_be_recorded_is_no_letter_either()
    {
        await Shop.TrackAsync("/v1/track", ShopEvents.View("ann", "before"));
        await PostAsync(Shop.Client, "/v1/consent", """{"anonymousId":"ann","purposes":{"collect":false}}""");

        // None of them has a name, and the last is no JSON.
        await Shop.TrackAsync("/v1/batch", """{"batch":[{"type":"track","anonymousId":"ann"},{"type":"track","anonymousId":"bob","context":{"consent":{"categoryPreferences":{"collect":false}}}},{"type":"track","anonymousId":"cid"}]}""");
        await Shop.TrackAsync("/v1/batch", """{"context":{"consent":{"purposes":{"collection":false}}},"batch":[{"type":"track","anonymousId":"dan"}]}""");
        using var unreadable = await Shop.Client.PostAsync("/v1/batch", ShopServer.Json("""{"batch":[{"type":"track","anonymousId":"ann"},]}"""));

        var letters = (await GetAsync("/v1/dead-letters")).GetProperty("letters").EnumerateArray().Select(letter => letter.GetProperty("id").GetInt64()).ToList();
        Assert.That((unreadable.StatusCode, letters.Count), Is.EqualTo((HttpStatusCode.BadRequest, 1)));
        Assert.That((await GetAsync($"/v1/dead-letters/{letters[0]}")).GetProperty("body").GetProperty("anonymousId").GetString(), Is.EqualTo("cid"));
    }

    [Test]
    public async Task Without_permission_to_profile_the_trace_shows_that_no_profile_was_read()
    {
        await Shop.TrackAsync("/v1/track", ShopEvents.View("ann", "tent"));
        await Shop.TrackAsync("/v1/track", ShopEvents.View("bob", "tent"));
        await PostAsync(Shop.Client, "/v1/consent", """{"anonymousId":"ann","purposes":{"profile":false,"personalise":true}}""");
        await Shop.SettleAsync();
        var reads = 0;
        using var listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name == "Personalization.Decisioning",
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllData,
            ActivityStarted = activity => Interlocked.Add(ref reads, activity.OperationName == "profile.read" ? 1 : 0),
        };
        ActivitySource.AddActivityListener(listener);

        var without = await Shop.RecommendAsync("for-you?anonymousId=ann");
        var readsWithout = Volatile.Read(ref reads);
        var with = await Shop.RecommendAsync("for-you?anonymousId=bob");

        Assert.That((readsWithout, Volatile.Read(ref reads)), Is.EqualTo((0, 1)));
        Assert.That(without.GetProperty("isPersonalized").GetBoolean(), Is.False);
        Assert.That(with.GetProperty("isPersonalized").GetBoolean());
    }

    [Test]
    public async Task A_gated_event_is_shown_with_its_reason()
    {
        await PostAsync(Shop.Client, "/v1/consent", """{"anonymousId":"ann","purposes":{"profile":false}}""");
        await Shop.TrackAsync("/v1/track", ShopEvents.View("ann", "tent", "gated-1"));
        await Shop.SettleAsync();

        var shown = (await GetAsync("/v1/live?verdict=gated")).GetProperty("events").EnumerateArray().ToList();

        Assert.That(shown, Is.Not.Empty);
        Assert.That(shown.Select(each => each.GetProperty("consent").GetString()), Is.All.EqualTo("denied"));
    }

    private static (bool IsAllowed, string Reason, string State) Purpose(JsonElement state, string name)
    {
        var purpose = state.GetProperty("purposes").GetProperty(name);
        return (purpose.GetProperty("isAllowed").GetBoolean(), purpose.GetProperty("reason").GetString()!, purpose.GetProperty("state").GetString()!);
    }

    private async Task<JsonElement> GetAsync(string path)
    {
        using var answer = await Shop.Server.GetAsync(path);
        var text = await answer.Content.ReadAsStringAsync();
        Assert.That(answer.IsSuccessStatusCode, text);
        return JsonElement.Parse(text);
    }

    private static async Task<JsonElement> PostAsync(HttpClient client, string path, string body)
    {
        using var answer = await client.PostAsync(path, ShopServer.Json(body));
        var text = await answer.Content.ReadAsStringAsync();
        Assert.That(answer.IsSuccessStatusCode, text);
        return JsonElement.Parse(text);
    }
}
