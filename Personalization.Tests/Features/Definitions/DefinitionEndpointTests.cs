using System.Net;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using NUnit.Framework;
using Personalization.Features.Domain.Definitions;
using Personalization.Features.Endpoints.Definitions;
using Personalization.Kernel.Checkpoints;
using Personalization.Tests.Support;
using Personalization.Tracking.Contracts;

namespace Personalization.Tests.Features.Definitions;

/// <summary>Definitions from the request to the log and back, with a kind of the test's own.</summary>
[Parallelizable]
public class DefinitionEndpointTests
{
    private const string Ball = """{"size": 3, "colour": "red"}""";
    private const string Kite = """{"size": 4, "colour": "blue"}""";
    private TemporaryFolder _folder;
    private ShopServer _shop;

    [SetUp]
    public async Task StartShop()
    {
        _folder = new TemporaryFolder();
        _shop = await StartAsync();
    }

    [TearDown]
    public async Task StopShop()
    {
        await _shop.DisposeAsync();
        _folder.Dispose();
    }

    [Test]
    public async Task A_definition_is_put_changed_taken_back_and_deleted()
    {
        var first = await SendAsync(HttpMethod.Put, "ball", Ball, HttpStatusCode.Created);
        var second = await SendAsync(HttpMethod.Put, "ball", Kite);
        var same = await SendAsync(HttpMethod.Put, "ball", """{ "colour": "blue", "size": 4 }""");
        var back = await SendAsync(HttpMethod.Post, "ball/versions/1/activate");
        var read = await SendAsync(HttpMethod.Get, "ball");
        var newest = await SendAsync(HttpMethod.Get, "ball/versions/2");
        await SendAsync(HttpMethod.Delete, "ball", expected: HttpStatusCode.NoContent);
        var deleted = await SendAsync(HttpMethod.Get, "ball");

        Assert.Multiple(() =>
        {
            Assert.That((Number(first, "version"), Number(first, "liveVersion")), Is.EqualTo((1, 1)));
            Assert.That((Number(second, "version"), Number(second, "liveVersion")), Is.EqualTo((2, 2)));
            Assert.That((Number(same, "version"), Number(same, "offset")), Is.EqualTo((2, -1)), "what says the same changes nothing");
            Assert.That(Number(back, "liveVersion"), Is.EqualTo(1));
            Assert.That(read.GetProperty("definition").GetRawText(), Is.EqualTo(Ball.Replace(" ", "")), "as it was written");
            Assert.That(read.GetProperty("versions").EnumerateArray().Select(each => (Number(each, "version"), each.GetProperty("isLive").GetBoolean())), Is.EqualTo(new[] { (1, true), (2, false) }));
            Assert.That(newest.GetProperty("definition").GetProperty("colour").GetString(), Is.EqualTo("blue"));
            Assert.That((Number(deleted, "version"), Number(deleted, "liveVersion")), Is.EqualTo((2, 0)));
            Assert.That(deleted.GetProperty("status").GetProperty("letters").GetInt32(), Is.EqualTo(4), "what the kind tells of it");
        });
        Assert.That(Toys.Trace, Is.EqualTo("Put:ball:1@0 Activate:ball:1@1 Put:ball:2@2 Activate:ball:2@3 Activate:ball:1@4 Delete:ball:0@5"));
    }

    [Test]
    public async Task Definitions_take_effect_between_the_events_that_they_stand_between_and_again_in_a_replay()
    {
        await _shop.TrackAsync("/v1/track", ShopEvents.View("anna", "tent"));
        await SendAsync(HttpMethod.Put, "ball?activate=false", Ball, HttpStatusCode.Created);
        await _shop.TrackAsync("/v1/track", ShopEvents.View("anna", "stove"));
        await RestartAsync(forget: false);
        await SendAsync(HttpMethod.Put, "broken", """{"size": 1, "colour": "grey", "breaks": true}""", HttpStatusCode.Conflict);
        await SendAsync(HttpMethod.Post, "ball/versions/1/activate");
        await _shop.TrackAsync("/v1/track", ShopEvents.View("ben", "lamp"));
        await _shop.SettleAsync();
        var (lived, list) = (Toys.Trace, (await SendAsync(HttpMethod.Get, "")).GetRawText());

        await RestartAsync(forget: true);
        var again = (await SendAsync(HttpMethod.Get, "")).GetRawText();

        Assert.That(lived, Is.EqualTo("e0 Put:ball:1@1 e2 Activate:ball:1@4 e5"));
        Assert.That(Toys.Trace, Is.EqualTo(lived));
        Assert.That(again, Is.EqualTo(list));
        Assert.That(again, Does.Not.Contain("broken"), "what a kind failed on is left out");
    }

    [Test]
    public async Task Every_fault_is_named_at_once()
    {
        var problem = await SendAsync(HttpMethod.Put, "ball", """{"size": -1}""", HttpStatusCode.BadRequest);

        Assert.That(problem.GetProperty("type").GetString(), Is.EqualTo("urn:personalization:problem:features/invalid-definition"));
        Assert.That(problem.GetProperty("faults").EnumerateArray().Select(fault => fault.GetProperty("path").GetString()), Is.EqualTo(new[] { "/size", "/colour" }));
        Assert.That(problem.GetProperty("faults")[0].GetProperty("message").GetString(), Is.EqualTo("A toy has a size from 0."));
        Assert.That(Toys.Trace, Is.Empty, "nothing reached the log");
    }

    [TestCase("ball", "{", 400, "malformed-definition")]
    [TestCase("ball", "", 400, "malformed-definition")]
    [TestCase("Ball", Ball, 400, "invalid-definition-id")]
    [TestCase("ball?after=1", Ball, 409, "definition-refused")]
    public async Task A_definition_that_cannot_be_is_refused(string id, string body, int status, string type)
    {
        var problem = await SendAsync(HttpMethod.Put, id, body, (HttpStatusCode)status);

        Assert.That(problem.GetProperty("type").GetString(), Is.EqualTo("urn:personalization:problem:features/" + type));
    }

    [Test]
    public async Task A_body_beyond_the_bound_is_refused()
    {
        var problem = await SendAsync(HttpMethod.Put, "ball", $$"""{"size": 1, "colour": "{{new string('x', DefinitionBook.MaxBodyBytes)}}"}""", HttpStatusCode.RequestEntityTooLarge);

        Assert.That(problem.GetProperty("type").GetString(), Does.EndWith("definition-too-large"));
    }

    [TestCase("GET", "ball")]
    [TestCase("GET", "ball/versions/1")]
    [TestCase("POST", "ball/versions/1/activate")]
    [TestCase("DELETE", "ball")]
    public async Task What_is_not_there_is_not_found(string method, string path)
    {
        var problem = await SendAsync(new HttpMethod(method), path, expected: HttpStatusCode.NotFound);

        Assert.That(problem.GetProperty("type").GetString(), Does.EndWith("unknown-definition"));
    }

    [Test]
    public async Task Of_two_who_change_the_same_version_one_is_told()
    {
        await SendAsync(HttpMethod.Put, "ball", Ball, HttpStatusCode.Created);

        await SendAsync(HttpMethod.Put, "ball?after=1", Kite);
        await SendAsync(HttpMethod.Put, "ball?after=1", Ball, HttpStatusCode.Conflict);

        Assert.That(Number(await SendAsync(HttpMethod.Get, "ball"), "version"), Is.EqualTo(2));
    }

    [Test]
    public async Task Lists_come_in_pages()
    {
        foreach (var id in new[] { "c", "a", "b" })
        {
            await SendAsync(HttpMethod.Put, id, Ball, HttpStatusCode.Created);
        }

        var first = await SendAsync(HttpMethod.Get, "?limit=2");
        var second = await SendAsync(HttpMethod.Get, "?limit=2&after=" + first.GetProperty("next").GetString());
        var refused = await SendAsync(HttpMethod.Get, "?limit=0", expected: HttpStatusCode.BadRequest);

        Assert.That(Ids(first).Concat(Ids(second)), Is.EqualTo(new[] { "a", "b", "c" }));
        Assert.That(second.GetProperty("next").ValueKind, Is.EqualTo(JsonValueKind.Null));
        Assert.That(refused.GetProperty("type").GetString(), Does.EndWith("invalid-definition-query"));
    }

    [Test]
    public async Task Definitions_need_a_server_key_and_are_audited_by_their_id()
    {
        using var refused = await _shop.Client.PutAsync("/v1/toys/ball", ShopServer.Json(Ball));
        await SendAsync(HttpMethod.Put, "ball", Ball, HttpStatusCode.Created);

        var audit = await _shop.Server.GetStringAsync("/v1/audit");

        Assert.That(refused.StatusCode, Is.EqualTo(HttpStatusCode.Unauthorized));
        Assert.That(audit, Does.Contain("ball"));
    }

    private ToyDefinitions Toys => _shop.Services.GetRequiredService<ToyDefinitions>();

    private Task<ShopServer> StartAsync() => ShopServer.StartWithAsync(
        _folder.Path,
        services =>
        {
            services.AddSingleton<ToyDefinitions>();
            services.AddSingleton<IDefinitionHandler>(provider => provider.GetRequiredService<ToyDefinitions>());
            services.AddSingleton<IEventStage>(provider => provider.GetRequiredService<ToyDefinitions>());
            services.AddSingleton<ICheckpointed>(provider => provider.GetRequiredService<ToyDefinitions>());
        },
        app => app.MapDefinitions(new DefinitionRoutes("/v1/toys", "toy", ActivatesAtOnce: true) { Status = (_, id) => new { letters = id.Length } }));

    private async Task RestartAsync(bool forget)
    {
        await _shop.DisposeAsync();
        foreach (var file in Directory.GetFiles(_folder.Path).Where(file => forget && !Path.GetFileName(file).StartsWith("log.", StringComparison.Ordinal)))
        {
            File.Delete(file);
        }

        _shop = await StartAsync();
    }

    private async Task<JsonElement> SendAsync(HttpMethod method, string path, string? body = null, HttpStatusCode expected = HttpStatusCode.OK)
    {
        var separator = path.Length == 0 || path[0] == '?' ? "" : "/";
        using var request = new HttpRequestMessage(method, "/v1/toys" + separator + path);
        request.Content = body is null ? null : new StringContent(body, Encoding.UTF8, "application/json");
        using var response = await _shop.Server.SendAsync(request);
        var text = await response.Content.ReadAsStringAsync();
        Assert.That(response.StatusCode, Is.EqualTo(expected), text);
        return text.Length == 0 ? default : JsonElement.Parse(text);
    }

    private static int Number(JsonElement answer, string name) => answer.GetProperty(name).GetInt32();

    private static IEnumerable<string?> Ids(JsonElement list) => list.GetProperty("definitions").EnumerateArray().Select(each => each.GetProperty("id").GetString());
}
