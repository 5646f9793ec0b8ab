using System.Net.Http.Json;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using NUnit.Framework;
using Personalization.Decisioning.Pipeline.Life;
using Personalization.Tests.Support;

namespace Personalization.Tests.Decisioning.Life;

/// <summary>The life of a version over HTTP.</summary>
[Parallelizable]
internal sealed class ModelVersionEndpointsTests : ShopTests
{
    private const string Path = "/v1/model-versions/session-neighbours";

    [Test]
    public async Task A_version_is_made_checked_served_tried_with_a_few_described_and_taken_back()
    {
        await Shop.TrackAsync("/v1/batch", ShopEvents.Batch(
            Enumerable.Range(0, 40).SelectMany(i => new[] { ShopEvents.View($"p{i}", "tent"), ShopEvents.View($"p{i}", "stove"), ShopEvents.View($"p{i}", i % 2 == 0 ? "lamp" : "mat") })));
        await Shop.SettleAsync();

        var made = await SendAsync(HttpMethod.Post, Path, """{ "parameters": { "queryItems": 3 }, "note": "fewer" }""", 200);
        await SendAsync(HttpMethod.Post, Path, """{ "parameters": { "queryItems": 30 } }""", 422);
        await SendAsync(HttpMethod.Post, Path + "/2/promote", "{}", 409);
        var checkedVersion = await SendAsync(HttpMethod.Post, Path + "/2/check", null, 200);
        await SendAsync(HttpMethod.Post, Path + "/2/promote", """{ "despite": "a test's machine may be slow" }""", 200);
        await Shop.Services.GetRequiredService<ModelWatch>().LookAsync(CancellationToken.None);
        var live = await SendAsync(HttpMethod.Get, Path, null, 200);
        var card = await SendAsync(HttpMethod.Get, Path + "/2/card", null, 200);
        await SendAsync(HttpMethod.Put, "/v1/experiments/canary", """
            { "placement": "for-you", "control": "live", "arms": [ { "key": "live", "weight": 95 }, { "key": "v1", "weight": 5, "options": { "modelVersion": 1 } } ] }
            """, 200);
        await SendAsync(HttpMethod.Put, "/v1/experiments/nobodys", """
            { "placement": "for-you", "control": "live", "arms": [ { "key": "live" }, { "key": "v9", "options": { "modelVersion": 9 } } ] }
            """, 422);
        var back = await SendAsync(HttpMethod.Post, Path + "/rollback", "{}", 200);
        await SendAsync(HttpMethod.Post, Path + "/rollback", "{}", 409);
        await SendAsync(HttpMethod.Get, Path + "/7", null, 404);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(made.GetProperty("trained").GetProperty("sessions").GetInt32(), Is.EqualTo(40));
            Assert.That(checkedVersion.GetProperty("check").GetProperty("measured").GetProperty("questions").GetInt32(), Is.EqualTo(80));
            Assert.That(live.GetProperty("live").GetInt32(), Is.EqualTo(2));
            Assert.That(live.GetProperty("drift").GetProperty("hasDrifted").GetBoolean(), Is.False);
            Assert.That(card.GetProperty("isLive").GetBoolean());
            Assert.That(card.GetProperty("made").GetProperty("note").GetString(), Is.EqualTo("fewer"));
            Assert.That(card.GetProperty("history").EnumerateArray().Select(change => change.GetProperty("what").GetString()), Is.EqualTo(["promote", "check", "register"]));
            Assert.That(back.GetProperty("version").GetInt32(), Is.EqualTo(1));
        }
    }

    private async Task<JsonElement> SendAsync(HttpMethod method, string path, string? body, int status)
    {
        using var request = new HttpRequestMessage(method, path) { Content = body is null ? null : ShopServer.Json(body) };
        using var response = await Shop.Server.SendAsync(request);
        Assert.That((int)response.StatusCode, Is.EqualTo(status), $"{path}: {await response.Content.ReadAsStringAsync()}");
        return await response.Content.ReadFromJsonAsync<JsonElement>();
    }
}
