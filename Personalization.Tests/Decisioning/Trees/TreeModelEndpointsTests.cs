using System.Net.Http.Json;
using System.Text.Json;
using NUnit.Framework;
using Personalization.Tests.Support;

namespace Personalization.Tests.Decisioning.Trees;

[Parallelizable]
internal sealed class TreeModelEndpointsTests : ShopTests
{
    private static byte[] Vector(string name) =>
        File.ReadAllBytes(Path.Combine(TestContext.CurrentContext.TestDirectory, "Decisioning", "Trees", "Vectors", name));

    [Test]
    public async Task A_model_is_put_asked_replaced_kept_over_a_restart_and_withdrawn()
    {
        Assert.That((await PutAsync("clicks", Vector("xgboost-logistic.json"))).Answer.GetProperty("version").GetInt32(), Is.EqualTo(1));
        var first = await PredictAsync("clicks", """{"rows":[{"views_7d":3,"price":null},{}]}""");
        await PutAsync("clicks", Vector("xgboost-softprob.json"));
        var second = await PredictAsync("clicks", """{"rows":[{"views_7d":3}]}""");

        await RestartAsync();

        using (Assert.EnterMultipleScope())
        {
            Assert.That(first.GetProperty("predictions").GetArrayLength(), Is.EqualTo(2));
            Assert.That(first.GetProperty("predictions")[0][0].GetDouble(), Is.InRange(0.0, 1.0));
            Assert.That(second.GetProperty("version").GetInt32(), Is.EqualTo(2));
            Assert.That(second.GetProperty("predictions")[0].EnumerateArray().Sum(one => one.GetDouble()), Is.EqualTo(1).Within(1e-9));
            Assert.That((await PredictAsync("clicks", """{"rows":[{"views_7d":3}]}""")).ToString(), Is.EqualTo(second.ToString()));
        }

        using var withdrawn = await Shop.Server.DeleteAsync("/v1/models/clicks");
        Assert.That((int)withdrawn.StatusCode, Is.EqualTo(204));
        await RestartAsync();
        Assert.That((await Shop.Server.GetFromJsonAsync<JsonElement>("/v1/models")).GetArrayLength(), Is.Zero);
        Assert.That((await PutAsync("clicks", Vector("xgboost-ndcg.json"))).Answer.GetProperty("version").GetInt32(), Is.EqualTo(4), "a withdrawal takes a version");
    }

    [Test]
    public async Task A_file_that_cannot_be_taken_leaves_the_model_that_was_served()
    {
        await PutAsync("clicks", Vector("xgboost-logistic.json"));

        var (status, answer) = await PutAsync("clicks", Vector("xgboost-logistic.json")[..5_000]);

        Assert.That((status, answer.GetProperty("type").GetString()), Is.EqualTo((422, "urn:personalization:problem:decisioning/invalid-model")));
        Assert.That((await PredictAsync("clicks", """{"rows":[{}]}""")).GetProperty("version").GetInt32(), Is.EqualTo(1));
    }

    [TestCase("""{"rows":[]}""", 400)]
    [TestCase("""{"rows":[5]}""", 400)]
    [TestCase("""{"rows":[{"unknown":1}]}""", 400)]
    [TestCase("""{"rows":[{"price":"1"}]}""", 400)]
    [TestCase("""{"rows":""", 400)]
    public async Task Rows_that_cannot_be_read_are_refused(string body, int status)
    {
        await PutAsync("clicks", Vector("xgboost-logistic.json"));

        using var response = await Shop.Server.PostAsync("/v1/models/clicks/predict", ShopServer.Json(body));

        Assert.That((int)response.StatusCode, Is.EqualTo(status));
    }

    [Test]
    public async Task Names_are_checked_and_unknown_models_are_not_found()
    {
        Assert.That((await PutAsync("Clicks", Vector("xgboost-logistic.json"))).Status, Is.EqualTo(400));
        using var response = await Shop.Server.PostAsync("/v1/models/none/predict", ShopServer.Json("""{"rows":[{}]}"""));
        Assert.That((int)response.StatusCode, Is.EqualTo(404));
    }

    private async Task<(int Status, JsonElement Answer)> PutAsync(string id, byte[] file)
    {
        using var content = new ByteArrayContent(file);
        using var response = await Shop.Server.PutAsync($"/v1/models/{id}", content);
        return ((int)response.StatusCode, await response.Content.ReadFromJsonAsync<JsonElement>());
    }

    private async Task<JsonElement> PredictAsync(string id, string body)
    {
        using var response = await Shop.Server.PostAsync($"/v1/models/{id}/predict", ShopServer.Json(body));
        response.EnsureSuccessStatusCode();
        return await response.Content.ReadFromJsonAsync<JsonElement>();
    }
}
