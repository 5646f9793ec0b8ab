using System.Net;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using NUnit.Framework;
using Personalization.Decisioning.Domain.Bandits;
using Personalization.Tests.Support;

namespace Personalization.Tests.Decisioning.Bandits;

/// <summary>The requests that Azure's own clients sent, against the whole application.</summary>
[Parallelizable]
internal sealed class PersonalizerEndpointsTests : ShopTests
{
    private const string Question = """
        {
          "contextFeatures": [{ "timeOfDay": "Morning" }, { "device": { "mobile": true, "width": 390 } }],
          "actions": [
            { "id": "NewsArticle", "features": [{ "type": "News" }] },
            { "id": "SportsArticle", "features": [{ "type": "Sports" }] },
            { "id": "EntertainmentArticle", "features": [{ "type": "Entertainment" }] }
          ],
          "excludedActions": ["SportsArticle"],
          "eventId": "75269AD0-BFEE-4598-8196-C57383D38E10",
          "deferActivation": false
        }
        """;

    private HttpClient _client;

    [SetUp]
    public void Connect()
    {
        _client = new HttpClient { BaseAddress = Shop.Client.BaseAddress };
        _client.DefaultRequestHeaders.Add("Ocp-Apim-Subscription-Key", ShopServer.ServerKey);
    }

    [TearDown]
    public void Disconnect() => _client.Dispose();

    [Test]
    public async Task Rank_answers_as_Personalizer_did()
    {
        var (status, answer) = await PostAsync("rank", Question);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(status, Is.EqualTo(HttpStatusCode.Created));
            Assert.That(answer.GetProperty("eventId").GetString(), Is.EqualTo("75269AD0-BFEE-4598-8196-C57383D38E10"));
            var ranking = answer.GetProperty("ranking").EnumerateArray().ToDictionary(one => one.GetProperty("id").GetString()!, one => one.GetProperty("probability").GetDouble());
            Assert.That(ranking["SportsArticle"], Is.Zero);
            Assert.That(ranking["NewsArticle"], Is.EqualTo(0.9).Within(1e-12)); // The caller's first is the baseline.
            Assert.That(ranking["EntertainmentArticle"], Is.EqualTo(0.1).Within(1e-12));
            Assert.That(answer.GetProperty("rewardActionId").GetString(), Is.AnyOf("NewsArticle", "EntertainmentArticle"));
        }
    }

    [Test]
    public async Task Wait_time_default_reward_and_exploration_share_can_be_read_as_of_Personalizer()
    {
        var configuration = JsonElement.Parse(await _client.GetStringAsync("/personalizer/v1.0/configurations/service"));

        Assert.That(configuration.ToString(), Is.EqualTo("""{"rewardWaitTime":"PT10M","defaultReward":0,"rewardAggregation":"earliest","explorationPercentage":0.2}"""));
    }

    [Test]
    public async Task Without_an_id_it_makes_one_and_the_same_id_does_not_wait_twice()
    {
        var (_, first) = await PostAsync("rank", """{"actions":[{"id":"a"},{"id":"b"}]}""");
        var id = first.GetProperty("eventId").GetString()!;
        await Shop.SettleAsync();

        Assert.That(Guid.TryParse(id, out _));
        Assert.That((await PostAsync("rank", $$"""{"actions":[{"id":"a"}],"eventId":"{{id}}"}""")).Status, Is.EqualTo(HttpStatusCode.Conflict));
        Assert.That((await PostAsync($"events/{id}/reward", """{"value":1}""")).Status, Is.EqualTo(HttpStatusCode.NoContent));
        await Shop.SettleAsync();
        Assert.That((await PostAsync("rank", $$"""{"actions":[{"id":"a"}],"eventId":"{{id}}"}""")).Status, Is.EqualTo(HttpStatusCode.Created));
    }

    [Test]
    public async Task What_was_learnt_outlives_a_restart_with_and_without_checkpoint()
    {
        for (var i = 0; i < 20; i++)
        {
            await PostAsync("rank", $$"""{"actions":[{"id":"a"},{"id":"b"}],"eventId":"e{{i}}","deferActivation":true}""");
            await PostAsync($"events/e{i}/reward", """{"value":0.5}""");
            if (i % 2 == 0)
            {
                await PostAsync($"events/e{i}/activate", "");
            }
        }

        await Shop.SettleAsync();
        var learnt = State();
        Assert.That(learnt.Waiting, Is.EqualTo(10));
        Assert.That(learnt.Expected, Is.GreaterThan(0.1f));

        await RestartAsync();
        Assert.That(State(), Is.EqualTo(learnt));
        await RestartAsync(file => !file.StartsWith("log.db", StringComparison.Ordinal));
        Assert.That(State(), Is.EqualTo(learnt));
    }

    [TestCase("rank", "[]", "must be a JSON object")]
    [TestCase("rank", "{", "no JSON")]
    [TestCase("rank", """{"actions":[]}""", "1 to 50")]
    [TestCase("rank", """{"actions":[{"id":"a"},{"id":"a"}]}""", "twice")]
    [TestCase("rank", """{"actions":[{}]}""", "'id'")]
    [TestCase("rank", """{"actions":[{"id":"a"}],"excludedActions":["b"]}""", "'b'")]
    [TestCase("rank", """{"actions":[{"id":"a"}],"eventId":5}""", "eventId")]
    [TestCase("rank", """{"actions":[{"id":"a"}],"contextFeatures":{"a":1}}""", "contextFeatures")]
    [TestCase("rank", """{"actions":[{"id":"a"}],"contextFeatures":[{"a":[[[[[[[[[1]]]]]]]]]}]}""", "contextFeatures")]
    [TestCase("rank", """{"actions":[{"id":"a"}],"deferActivation":"yes"}""", "deferActivation")]
    [TestCase("events/e/reward", """{"value":"1"}""", "value")]
    [TestCase("events/e/reward", """{"value":1e999}""", "value")]
    public async Task What_cannot_be_is_refused_in_the_form_that_its_clients_read(string path, string body, string message)
    {
        var (status, answer) = await PostAsync(path, body);

        Assert.That(status, Is.EqualTo(HttpStatusCode.BadRequest));
        Assert.That(answer.GetProperty("error").GetProperty("message").GetString(), Does.Contain(message));
    }

    [Test]
    public async Task Nobody_ranks_without_a_key()
    {
        foreach (var path in new[] { "rank", "events/e/reward", "events/e/activate" })
        {
            using var response = await Shop.Client.PostAsync("/personalizer/v1.0/" + path, ShopServer.Json("{}"));

            Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.Unauthorized), path);
        }
    }

    private (int Waiting, float Expected) State() => (
        Shop.Services.GetRequiredService<WaitingEvents>().Count,
        Shop.Services.GetRequiredService<RewardModel>().Expect(new Example(default, new[] { new HashedFeature(FeatureHashes.Hash(0x8422_2325, "a"), 1) })));

    private async Task<(HttpStatusCode Status, JsonElement Answer)> PostAsync(string path, string body)
    {
        using var response = await _client.PostAsync("/personalizer/v1.0/" + path, ShopServer.Json(body));
        var text = await response.Content.ReadAsStringAsync();
        return (response.StatusCode, text.Length == 0 ? default : JsonElement.Parse(text));
    }
}
