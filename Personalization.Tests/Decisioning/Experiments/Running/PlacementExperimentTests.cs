using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using NUnit.Framework;
using Personalization.Decisioning.Domain.Experiments.Running;
using Personalization.Decisioning.Pipeline.Experiments;
using Personalization.Tests.Support;

namespace Personalization.Tests.Decisioning.Experiments.Running;

/// <summary>An experiment with a placement over HTTP: from its definition to what came of it.</summary>
[Parallelizable]
internal sealed class PlacementExperimentTests : ShopTests
{
    private const string Definition = """
        { "placement": "for-you", "control": "usual", "arms": [ { "key": "usual" }, { "key": "random", "options": { "kind": "random" } } ],
          "metrics": [ { "id": "bought", "event": "Order Completed", "windowDays": 1, "guardrail": 0.05 } ] }
        """;

    [Test]
    public async Task Who_asks_is_exposed_and_an_arm_that_does_harm_is_stopped()
    {
        await PutAsync("/v1/experiments/kinds", Definition);
        await PostAsync("/v1/experiments/kinds/start");
        var arms = new Dictionary<string, string>();
        for (var i = 0; i < 400; i++)
        {
            arms[$"p{i}"] = (await Shop.RecommendAsync($"for-you?anonymousId=p{i}")).GetProperty("variant").GetString()!;
        }

        var harmed = arms.Where(person => person.Value == "usual").Where((_, i) => i % 5 < 3).Select(person => ShopEvents.Order(person.Key, "o-" + person.Key, "tent"));
        await WaitForPeopleAsync(400);
        await Shop.TrackAsync("/v1/batch", ShopEvents.Batch(harmed));
        await Shop.SettleAsync();
        var report = await ResultsAsync();
        await Shop.Services.GetRequiredService<ExperimentWatch>().LookAsync(CancellationToken.None);
        var after = await GetAsync("/v1/experiments/kinds");
        var person = arms.First(candidate => candidate.Value == "random").Key;
        var answer = await Shop.RecommendAsync("for-you?anonymousId=" + person);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(report.GetProperty("people").EnumerateObject().ToDictionary(arm => arm.Name, arm => (int)arm.Value.GetInt64()), Is.EqualTo(arms.GroupBy(person => person.Value).ToDictionary(arm => arm.Key, arm => arm.Count())));
            Assert.That(report.GetProperty("sampleRatio").GetProperty("isMismatch").GetBoolean(), Is.False);
            Assert.That(after.GetProperty("arms").ToString(), Is.EqualTo("""[{"key":"usual","weight":1,"stoppedBecause":null},{"key":"random","weight":0,"stoppedBecause":"breaks bought"}]"""));
            Assert.That(after.GetProperty("definition").GetProperty("control").GetString(), Is.EqualTo("usual"));
            Assert.That(answer.TryGetProperty("variant", out _), Is.False);
            Assert.That((await GetAsync("/v1/experiments/kinds/changes"))[0].GetProperty("actor").GetString(), Is.EqualTo("system"));
            Assert.That((await GetAsync("/v1/audit?action=experiment.arm-stopped")).ToString(), Does.Contain("experiment:kinds"));
        }
    }

    [Test]
    public async Task Assignments_outlive_a_restart_and_go_with_their_person_and_with_their_experiment()
    {
        await PutAsync("/v1/experiments/kinds", Definition);
        await PostAsync("/v1/experiments/kinds/start");
        await Shop.TrackAsync("/v1/batch", ShopEvents.Batch([ShopEvents.View("p1", "tent"), ShopEvents.View("p2", "tent")]));
        await Shop.SettleAsync();
        var first = (await Shop.RecommendAsync("for-you?anonymousId=p1")).GetProperty("variant").GetString();
        await Shop.RecommendAsync("for-you?anonymousId=p2");
        await RestartAsync();
        var other = first == "usual" ? "random" : "usual";
        await PutAsync("/v1/experiments/kinds", Definition.Replace($"\"key\": \"{first}\"", $"\"key\": \"{first}\", \"weight\": 0", StringComparison.Ordinal));
        var restarted = (await Shop.RecommendAsync("for-you?anonymousId=p1")).GetProperty("variant").GetString();
        var kept = Shop.Services.GetRequiredService<KeptAssignments>();
        var before = kept.Count;
        var profile = (await GetAsync("/v1/profiles/lookup?anonymousId=p1")).GetProperty("profileId").GetInt32();
        using var erased = await Shop.Server.DeleteAsync($"/v1/profiles/{profile}");
        var afterErasure = kept.Count;
        using var deleted = await Shop.Server.DeleteAsync("/v1/experiments/kinds");

        using (Assert.EnterMultipleScope())
        {
            Assert.That(restarted, Is.EqualTo(first), $"the new shares say {other}");
            Assert.That(erased.IsSuccessStatusCode, await erased.Content.ReadAsStringAsync());
            Assert.That((before, afterErasure, kept.Count), Is.EqualTo((4, 2, 0)), "by device and by profile each");
            Assert.That(deleted.StatusCode, Is.EqualTo(HttpStatusCode.NoContent));
            Assert.That((await Shop.RecommendAsync("for-you?anonymousId=p2")).TryGetProperty("experiment", out _), Is.False);
        }
    }

    [Test]
    public async Task What_is_wrong_is_refused_with_its_reason()
    {
        using var invalid = await Shop.Server.PutAsync("/v1/experiments/kinds", ShopServer.Json("""{ "placement": "nowhere" }"""));
        using var badKey = await Shop.Server.PutAsync("/v1/experiments/a%20b", ShopServer.Json(Definition));
        using var unknown = await Shop.Server.PostAsync("/v1/experiments/nobody/start", null);
        using var foreign = await Shop.Client.PutAsync("/v1/experiments/kinds", ShopServer.Json(Definition));
        await PutAsync("/v1/experiments/kinds", Definition);
        using var early = await Shop.Server.GetAsync("/v1/experiments/kinds/results");
        using var control = await Shop.Server.PostAsync("/v1/experiments/kinds/arms/usual/stop", ShopServer.Json("""{"reason":"x"}"""));

        Assert.That(
            new[] { invalid, badKey, unknown, foreign, early, control }.Select(response => (int)response.StatusCode),
            Is.EqualTo([422, 400, 404, 401, 409, 422]));
    }

    private async Task WaitForPeopleAsync(int people)
    {
        // Exposures are written behind the answers.
        for (var attempt = 0; attempt < 200; attempt++)
        {
            await Shop.SettleAsync();
            if ((await ResultsAsync()).GetProperty("people").EnumerateObject().Sum(arm => arm.Value.GetInt64()) == people)
            {
                return;
            }

            await Task.Delay(25);
        }

        Assert.Fail("Exposures are missing.");
    }

    private Task<JsonElement> ResultsAsync() => GetAsync("/v1/experiments/kinds/results");

    private async Task<JsonElement> GetAsync(string path)
    {
        using var response = await Shop.Server.GetAsync(path);
        Assert.That((int)response.StatusCode, Is.EqualTo(200), await response.Content.ReadAsStringAsync());
        return await response.Content.ReadFromJsonAsync<JsonElement>();
    }

    private async Task PutAsync(string path, string body)
    {
        using var response = await Shop.Server.PutAsync(path, ShopServer.Json(body));
        Assert.That((int)response.StatusCode, Is.EqualTo(200), await response.Content.ReadAsStringAsync());
    }

    private async Task PostAsync(string path)
    {
        using var response = await Shop.Server.PostAsync(path, null);
        Assert.That((int)response.StatusCode, Is.EqualTo(200), await response.Content.ReadAsStringAsync());
    }
}
