using System.Net;
using System.Text.Json;
using NUnit.Framework;
using Personalization.Tests.Support;

namespace Personalization.Tests.Decisioning.Journal;

/// <summary>Decisions, rankers and caches over HTTP, in one application.</summary>
[Parallelizable]
internal sealed class DecisionEndpointsTests
{
    private readonly TemporaryFolder _folder = new();
    private ShopServer _shop = null!;

    [OneTimeSetUp]
    public async Task StartAsync()
    {
        _shop = await ShopServer.StartAsync(
            _folder.Path,
            "--Personalization:Decisioning:Placements:for-you:Ranker=Online",
            "--Personalization:Decisioning:Placements:for-you:Diversity=0.2",
            "--Personalization:Decisioning:Placements:shown:Kind=ForYou",
            "--Personalization:Decisioning:Placements:shown:Ranker=Online",
            "--Personalization:Decisioning:Placements:shown:BudgetMs=10000", // The first decision of a process takes its time.
            "--Personalization:Decisioning:Placements:trial:Kind=ForYou",
            "--Personalization:Decisioning:Placements:trial:Ranker=Online",
            "--Personalization:Decisioning:Placements:trial:BudgetMs=10000");
        await _shop.TrackAsync("/v1/batch", ShopEvents.Batch(Enumerable.Range(0, 60).Select(i => ShopEvents.View($"a{i / 4}", $"item-{i % 25}", $"m{i}", $"cat-{i % 5}"))));
        await _shop.SettleAsync();
    }

    [OneTimeTearDown]
    public async Task StopAsync()
    {
        await _shop.DisposeAsync();
        _folder.Dispose();
    }

    [Test]
    public async Task A_decision_can_be_asked_about_made_once_more_learnt_from_and_erased()
    {
        var answer = await _shop.RecommendAsync("for-you?anonymousId=a1&limit=5&explain=true");
        var id = answer.GetProperty("decisionId").GetString()!;
        var items = answer.Ids();
        Assert.That(answer.GetProperty("items")[0].GetProperty("explanation").GetString(), Is.Not.Empty);
        Assert.That(answer.GetProperty("parts").GetArrayLength(), Is.GreaterThan(0));

        var decision = await GetAsync($"/v1/decisions/{id}");
        Assert.Multiple(() =>
        {
            Assert.That(decision.Ids(), Is.EqualTo(items));
            Assert.That(decision.GetProperty("session").GetArrayLength(), Is.GreaterThan(0));
            Assert.That(decision.GetProperty("consent").GetProperty("profile").GetProperty("isAllowed").GetBoolean(), Is.True);
            Assert.That(decision.GetProperty("items")[0].GetProperty("propensity").GetDouble(), Is.GreaterThan(0));
            Assert.That(decision.GetProperty("slates").EnumerateArray().Select(slate => slate.GetProperty("after").GetString()).Take(2), Is.EqualTo((string[])["proposed", "online_ranker"]));
        });

        // What is learnt from stands in the log by now, for the decision was fetched.
        var before = (await GetAsync("/v1/rankers/for-you")).GetProperty("version").GetInt64();
        for (var i = 0; i < 8; i++)
        {
            var another = await _shop.RecommendAsync("for-you?anonymousId=a1&limit=5");
            var other = another.GetProperty("decisionId").GetString()!;
            await GetAsync($"/v1/decisions/{other}");
            await TrackAsync("Recommendation Viewed", other, another.Ids());
        }

        await TrackAsync("Recommendation Viewed", id, items);
        await TrackAsync("Recommendation Clicked", id, [items[1]]);
        await _shop.SettleAsync();
        var ranker = await GetAsync("/v1/rankers/for-you");
        Assert.That(ranker.GetProperty("version").GetInt64(), Is.GreaterThan(before));
        Assert.That((await GetAsync($"/v1/decisions/{id}")).GetProperty("items")[1].GetProperty("outcomes").EnumerateArray().Select(one => one.GetString()), Is.EquivalentTo((string[])["seen", "clicked"]));

        using var replay = await _shop.Server.PostAsync($"/v1/decisions/{id}/replay", null);
        var repeated = JsonElement.Parse(await replay.Content.ReadAsStringAsync());
        Assert.That((repeated.GetProperty("isSame").GetBoolean(), string.Join(' ', repeated.Ids())), Is.EqualTo((true, string.Join(' ', items))));

        using var evaluation = await _shop.Server.PostAsync("/v1/rankers/evaluate", ShopServer.Json("""{"placement":"for-you","ranker":"current"}"""));
        var estimates = await evaluation.Content.ReadAsStringAsync();
        Assert.That(evaluation.StatusCode, Is.AnyOf(HttpStatusCode.OK, HttpStatusCode.UnprocessableEntity), estimates);
        var calibration = await GetAsync("/v1/rankers/for-you/calibration");
        Assert.That((calibration.GetProperty("items").GetInt64(), calibration.GetProperty("isOff").GetBoolean()), Is.EqualTo((0L, false)), "what may come of answers has two hours");

        var profile = (await GetAsync("/v1/profiles/lookup?anonymousId=a1")).GetProperty("profileId").GetInt32();
        using var erasure = await _shop.Server.DeleteAsync($"/v1/profiles/{profile}");
        Assert.That(erasure.IsSuccessStatusCode, Is.True, await erasure.Content.ReadAsStringAsync());
        using var gone = await _shop.Server.GetAsync($"/v1/decisions/{id}");
        Assert.That(gone.StatusCode, Is.EqualTo(HttpStatusCode.NotFound));
    }

    [Test]
    public async Task Whatever_a_client_calls_it_what_was_shown_teaches_once_and_only_what_was_shown()
    {
        const int Answers = 3;
        var (foreign, shown) = (new List<JsonElement>(), new List<JsonElement>());
        for (var i = 0; i < 2 * Answers; i++)
        {
            var answer = await _shop.RecommendAsync("shown?anonymousId=a2&limit=12");
            await GetAsync($"/v1/decisions/{answer.GetProperty("decisionId").GetString()}"); // It is in the log now.
            (i < Answers ? foreign : shown).Add(answer);
        }

        foreach (var answer in foreign)
        {
            await TrackAsync("recommendation_shown", answer.GetProperty("decisionId").GetString()!, ["of-another-shop", "of-nobody"], "a2");
        }

        foreach (var answer in shown)
        {
            var id = answer.GetProperty("decisionId").GetString()!;
            await TrackAsync("recommendation_shown", id, [.. answer.Ids(), "of-another-shop"], "a2");
            await TrackAsync("Recommendation Shown", id, answer.Ids(), "a2");
            await TrackAsync("Recommendation Viewed", id, answer.Ids(), "a2");
        }

        await _shop.SettleAsync();
        var (seen, unseen) = (shown[0].GetProperty("decisionId").GetString(), foreign[0].GetProperty("decisionId").GetString());

        Assert.Multiple(async () =>
        {
            Assert.That((await GetAsync("/v1/rankers/shown")).GetProperty("version").GetInt64(), Is.EqualTo(Answers * 12));
            Assert.That((await GetAsync($"/v1/decisions/{seen}")).GetProperty("items").EnumerateArray().Select(item => item.GetProperty("outcomes").ToString()), Is.All.EqualTo("""["seen"]"""));
            Assert.That((await GetAsync($"/v1/decisions/{unseen}")).GetProperty("items").EnumerateArray().Select(item => item.GetProperty("outcomes").ToString()), Is.All.EqualTo("[]"));
        });
    }

    [Test]
    public async Task An_evaluation_tells_what_answers_were_worth_and_would_have_been()
    {
        const int Answers = 6;
        for (var i = 0; i < Answers; i++)
        {
            var answer = await _shop.RecommendAsync("trial?anonymousId=a3&limit=4");
            var id = answer.GetProperty("decisionId").GetString()!;
            await GetAsync($"/v1/decisions/{id}"); // It is on disk now.
            await TrackAsync("Recommendation Viewed", id, answer.Ids(), "a3");
            if (i < 2)
            {
                await TrackAsync("Recommendation Clicked", id, [answer.Ids()[0]], "a3");
            }
        }

        var unseen = await _shop.RecommendAsync("trial?anonymousId=a3&limit=4");
        await GetAsync($"/v1/decisions/{unseen.GetProperty("decisionId").GetString()}");
        await _shop.SettleAsync();
        using var evaluation = await _shop.Server.PostAsync("/v1/rankers/evaluate", ShopServer.Json("""{"placement":"trial","ranker":"plan","draws":20}"""));
        var text = await evaluation.Content.ReadAsStringAsync();
        Assert.That(evaluation.StatusCode, Is.EqualTo(HttpStatusCode.OK), text);
        var report = JsonElement.Parse(text);
        var estimates = report.GetProperty("rewardPerAnswer");

        Assert.Multiple(() =>
        {
            Assert.That((report.GetProperty("ranker").GetString(), report.GetProperty("answers").GetInt32(), report.GetProperty("unseen").GetInt32(), report.GetProperty("unusable").GetInt32()), Is.EqualTo(("plan", Answers, 1, 0)));
            Assert.That(estimates.GetProperty("logged").GetProperty("value").GetDouble(), Is.EqualTo(2 * 0.2 / Answers).Within(1e-9), "a click is worth 0.2");
            foreach (var name in (string[])["ips", "snips", "doublyRobust"])
            {
                var estimate = estimates.GetProperty(name);
                Assert.That(estimate.GetProperty("lower").GetDouble(), Is.LessThanOrEqualTo(estimate.GetProperty("value").GetDouble()), name);
                Assert.That(estimate.GetProperty("upper").GetDouble(), Is.GreaterThanOrEqualTo(estimate.GetProperty("value").GetDouble()), name);
                Assert.That(estimate.GetProperty("value").GetDouble(), Is.InRange(-1.0, 10.0), name);
            }
        });
    }

    [Test]
    public async Task An_answer_for_nobody_in_particular_may_be_kept_and_is_not_sent_twice()
    {
        using var first = await _shop.Client.GetAsync("/v1/recommendations/popular?limit=3");
        using var request = new HttpRequestMessage(HttpMethod.Get, "/v1/recommendations/popular?limit=3");
        request.Headers.TryAddWithoutValidation("If-None-Match", first.Headers.ETag!.ToString());
        using var again = await _shop.Client.SendAsync(request);
        using var personal = await _shop.Client.GetAsync("/v1/recommendations/popular?limit=3&anonymousId=a2");

        Assert.Multiple(() =>
        {
            Assert.That(first.Headers.CacheControl!.ToString(), Is.EqualTo("public, max-age=30"));
            Assert.That(first.Headers.Vary, Does.Contain("Sec-GPC"));
            Assert.That(again.StatusCode, Is.EqualTo(HttpStatusCode.NotModified));
            Assert.That(again.Headers.ETag, Is.EqualTo(first.Headers.ETag));
            Assert.That((personal.Headers.CacheControl!.ToString(), personal.Headers.ETag), Is.EqualTo(("no-store", (System.Net.Http.Headers.EntityTagHeaderValue?)null)));
        });
    }

    [TestCase("/v1/decisions/nonsense", HttpStatusCode.BadRequest)]
    [TestCase("/v1/decisions/00000000-0000-7000-8000-000000000000", HttpStatusCode.NotFound)]
    [TestCase("/v1/rankers/popular", HttpStatusCode.NotFound)]
    public async Task What_is_not_there_is_refused(string path, HttpStatusCode expected)
    {
        using var response = await _shop.Server.GetAsync(path);
        Assert.That(response.StatusCode, Is.EqualTo(expected));
        using var shopper = await _shop.Client.GetAsync(path);
        Assert.That(shopper.StatusCode, Is.EqualTo(HttpStatusCode.Unauthorized).Or.EqualTo(HttpStatusCode.Forbidden));
    }

    [Test]
    public async Task A_bad_evaluation_is_refused_with_every_fault()
    {
        const string Body = """{"ranker":{"weights":{"nonsense":1,"popularity":"much"}},"from":"yesterday","draws":0,"maxWeight":"x"}""";
        using var response = await _shop.Server.PostAsync("/v1/rankers/evaluate", ShopServer.Json(Body));
        var detail = JsonElement.Parse(await response.Content.ReadAsStringAsync()).GetProperty("detail").GetString();

        Assert.Multiple(() =>
        {
            Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.BadRequest));
            foreach (var field in (string[])["placement", "ranker.weights.nonsense", "ranker.weights.popularity", "from", "draws", "maxWeight"])
            {
                Assert.That(detail, Does.Contain(field));
            }
        });
    }

    private async Task<JsonElement> GetAsync(string path) => JsonElement.Parse(await _shop.Server.GetStringAsync(path));

    private Task TrackAsync(string name, string decision, IReadOnlyList<string> items, string anonymousId = "a1") => _shop.TrackAsync("/v1/track", new
    {
        @event = name,
        anonymousId,
        messageId = $"{decision}-{name}",
        properties = new { decision_id = decision, placement = "for-you", products = items.Select(item => new { product_id = item }) },
    });
}
