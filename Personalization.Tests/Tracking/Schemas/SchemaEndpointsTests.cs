using System.Net;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using NUnit.Framework;
using Personalization.Tests.Support;
using Personalization.Tracking.Contracts;
using Personalization.Tracking.Domain.Schemas.Registry;

namespace Personalization.Tests.Tracking.Schemas;

/// <summary>The registry over HTTP, on the whole application.</summary>
[Parallelizable]
internal sealed class SchemaEndpointsTests : ShopTests
{
    private const string Newsletter = """{"type":"object","properties":{"list":{"type":"string"},"age":{"type":"integer","minimum":16}},"required":["list"]}""";

    [Test]
    public async Task The_starter_set_covers_the_taxonomy_and_warns()
    {
        var schemas = (await GetAsync("/v1/schemas")).GetProperty("schemas").EnumerateArray().ToArray();

        var expected = Enum.GetValues<EventKind>().Where(kind => kind != EventKind.Other).Select(SchemaSubject.NameOf);
        Assert.That(schemas.Select(schema => schema.GetProperty("event").GetString()), Is.EquivalentTo(expected));
        Assert.That(schemas.Select(schema => schema.GetProperty("mode").GetString()), Is.All.EqualTo("warn"));
        Assert.That(Shop.Services.GetRequiredService<SchemaRegistry>().Current.All.Select(schema => schema.Schema.IsStreamed), Is.All.True);
    }

    [Test]
    public async Task A_schema_is_registered_read_and_tried()
    {
        var registered = await SendAsync(HttpMethod.Post, "/v1/schemas/Newsletter%20Joined/versions", Newsletter, HttpStatusCode.Created);
        var read = await GetAsync("/v1/schemas/Newsletter%20Joined");
        var valid = await SendAsync(HttpMethod.Post, "/v1/schemas/Newsletter%20Joined/validate", """{"list":"weekly"}""");
        var invalid = await SendAsync(HttpMethod.Post, "/v1/schemas/Newsletter%20Joined/validate", """{"age":12}""");

        Assert.That((registered.GetProperty("version").GetInt32(), registered.GetProperty("mode").GetString()), Is.EqualTo((1, "warn")));
        Assert.That(JsonElement.DeepEquals(read.GetProperty("schema"), JsonElement.Parse(Newsletter)));
        Assert.That(valid.GetProperty("valid").GetBoolean());
        Assert.That(
            invalid.GetProperty("faults").EnumerateArray().Select(fault => (fault.GetProperty("instancePointer").GetString(), fault.GetProperty("schemaPointer").GetString())),
            Is.EqualTo(new[] { ("", "/required"), ("/age", "/properties/age/minimum") }));
    }

    [Test]
    public async Task A_compatible_version_is_added_and_an_incompatible_one_refused_with_its_rule_and_place()
    {
        await SendAsync(HttpMethod.Put, "/v1/schemas/Newsletter%20Joined/versions", Newsletter, HttpStatusCode.Created);

        var second = await SendAsync(
            HttpMethod.Post, "/v1/schemas/Newsletter%20Joined/versions", Newsletter.Replace("16", "14", StringComparison.Ordinal), HttpStatusCode.Created);
        var again = await SendAsync(
            HttpMethod.Post, "/v1/schemas/Newsletter%20Joined/versions", Newsletter.Replace("16", "14.0", StringComparison.Ordinal));
        var refused = await SendAsync(
            HttpMethod.Post,
            "/v1/schemas/Newsletter%20Joined/versions",
            """{"type":"object","properties":{"list":{"type":"string","maxLength":5},"age":{"type":"integer","minimum":18}},"required":["list","age"]}""",
            HttpStatusCode.Conflict);
        var first = await GetAsync("/v1/schemas/Newsletter%20Joined/versions/1");

        Assert.That((second.GetProperty("version").GetInt32(), again.GetProperty("version").GetInt32()), Is.EqualTo((2, 2)));
        Assert.That(refused.GetProperty("type").GetString(), Is.EqualTo("urn:personalization:problem:tracking/incompatible-schema"));
        Assert.That(
            refused.GetProperty("violations").EnumerateArray().Select(each => $"{each.GetProperty("rule").GetString()} {each.GetProperty("pointer").GetString()}"),
            Is.EquivalentTo(new[] { "required-added /required", "max-length-added /properties/list/maxLength", "minimum-raised /properties/age/minimum" }));
        Assert.That(first.GetProperty("schema").GetProperty("properties").GetProperty("age").GetProperty("minimum").GetInt32(), Is.EqualTo(16));
        Assert.That(first.GetProperty("versions").GetArrayLength(), Is.EqualTo(2));
    }

    [Test]
    public async Task Modes_decide_what_becomes_of_an_event_that_breaks_its_schema()
    {
        var body = """{"batch":[{"type":"track","event":"product_view","anonymousId":"a","properties":{"product_id":"p","price":"cheap"}},{"type":"track","event":"Cart Viewed","anonymousId":"a"}]}""";
        var single = """{"event":"Product Viewed","anonymousId":"a","properties":{"price":1}}""";

        await Shop.TrackAsync("/v1/track", single);
        await SendAsync(HttpMethod.Put, "/v1/schemas/product_viewed/mode", """{"mode":"enforce"}""");
        using var refused = await Shop.Client.PostAsync("/v1/track", ShopServer.Json(single));
        await Shop.TrackAsync("/v1/batch", body);
        var detail = JsonElement.Parse(await refused.Content.ReadAsStringAsync()).GetProperty("detail").GetString();
        await SendAsync(HttpMethod.Put, "/v1/schemas/Product%20Viewed/mode", """{"mode":"allow"}""");
        await Shop.TrackAsync("/v1/track", single);

        Assert.That(refused.StatusCode, Is.EqualTo(HttpStatusCode.BadRequest));
        Assert.That(detail, Is.EqualTo("Schema Product Viewed version 1: 'product_id' is missing."));
    }

    [Test]
    public async Task Traits_are_validated_as_what_identify_carries()
    {
        await SendAsync(HttpMethod.Post, "/v1/schemas/$identify/versions", """{"properties":{"email":{"type":"string"}},"required":["email"]}""", HttpStatusCode.Created);
        await SendAsync(HttpMethod.Put, "/v1/schemas/$identify/mode", """{"mode":"enforce"}""");

        await Shop.TrackAsync("/v1/identify", """{"userId":"u","traits":{"email":"a@b.example"}}""");
        using var refused = await Shop.Client.PostAsync("/v1/identify", ShopServer.Json("""{"userId":"u"}"""));

        Assert.That(refused.StatusCode, Is.EqualTo(HttpStatusCode.BadRequest));
    }

    [Test]
    public async Task Schemas_modes_and_deletions_outlive_a_restart()
    {
        await SendAsync(HttpMethod.Post, "/v1/schemas/Newsletter%20Joined/versions", Newsletter, HttpStatusCode.Created);
        await SendAsync(HttpMethod.Put, "/v1/schemas/Newsletter%20Joined/mode", """{"mode":"enforce"}""");
        using var deleted = await Shop.Server.DeleteAsync("/v1/schemas/Cart%20Shared");

        await RestartAsync();

        var read = await GetAsync("/v1/schemas/Newsletter%20Joined");
        using var gone = await Shop.Server.GetAsync("/v1/schemas/Cart%20Shared");
        using var refused = await Shop.Client.PostAsync("/v1/track", ShopServer.Json("""{"event":"Newsletter Joined","anonymousId":"a"}"""));
        Assert.That((read.GetProperty("mode").GetString(), read.GetProperty("version").GetInt32()), Is.EqualTo(("enforce", 1)));
        Assert.That(
            (deleted.StatusCode, gone.StatusCode, refused.StatusCode),
            Is.EqualTo((HttpStatusCode.NoContent, HttpStatusCode.NotFound, HttpStatusCode.BadRequest)));
    }

    [TestCase("""{"type":"objekt"}""", "/type")]
    [TestCase("""{"properties":{"a":{"minimum":"1"}}}""", "/properties/a/minimum")]
    [TestCase("""{"$ref":"#/$defs/none"}""", "/$ref")]
    [TestCase("""{"$ref":"https://elsewhere.example/schema"}""", "/$ref")]
    [TestCase("""{"$ref":"#"}""", "")]
    [TestCase("""{"properties":{"a":{"pattern":"(?=(a+)+)b"}}}""", "/properties/a/pattern")]
    [TestCase("not json", "")]
    public async Task What_is_no_schema_is_refused_with_the_place(string schema, string pointer)
    {
        var problem = await SendAsync(HttpMethod.Post, "/v1/schemas/Own/versions", schema, HttpStatusCode.UnprocessableEntity);

        Assert.That(problem.GetProperty("violations")[0].GetProperty("pointer").GetString(), Is.EqualTo(pointer));
    }

    [TestCase("GET", "/v1/schemas/Nobody", "", HttpStatusCode.NotFound)]
    [TestCase("GET", "/v1/schemas/Product%20Viewed/versions/7", "", HttpStatusCode.NotFound)]
    [TestCase("PUT", "/v1/schemas/Nobody/mode", """{"mode":"warn"}""", HttpStatusCode.NotFound)]
    [TestCase("PUT", "/v1/schemas/Product%20Viewed/mode", """{"mode":"strict"}""", HttpStatusCode.BadRequest)]
    [TestCase("PUT", "/v1/schemas/Product%20Viewed/mode", "[", HttpStatusCode.BadRequest)]
    [TestCase("DELETE", "/v1/schemas/Nobody", "", HttpStatusCode.NotFound)]
    [TestCase("POST", "/v1/schemas/$alias/versions", "{}", HttpStatusCode.BadRequest)]
    [TestCase("POST", "/v1/schemas/Nobody/validate", "{}", HttpStatusCode.NotFound)]
    [TestCase("POST", "/v1/schemas/Product%20Viewed/validate", "{", HttpStatusCode.BadRequest)]
    [TestCase("POST", "/v1/schemas/Product%20Viewed/validate?version=9", "{}", HttpStatusCode.NotFound)]
    public async Task A_request_for_what_is_not_there_is_refused(string method, string path, string body, HttpStatusCode status) =>
        await SendAsync(new HttpMethod(method), path, body, status);

    [Test]
    public async Task A_schema_of_too_many_bytes_is_refused()
    {
        var problem = await SendAsync(
            HttpMethod.Post, "/v1/schemas/Own/versions", $$"""{"enum":["{{new string('a', 70_000)}}"]}""", HttpStatusCode.RequestEntityTooLarge);

        Assert.That(problem.GetProperty("type").GetString(), Is.EqualTo("urn:personalization:problem:tracking/schema-too-large"));
    }

    [Test]
    public async Task A_write_key_does_not_open_the_registry()
    {
        using var answer = await Shop.Client.GetAsync("/v1/schemas");

        Assert.That(answer.StatusCode, Is.EqualTo(HttpStatusCode.Unauthorized));
    }

    private async Task<JsonElement> GetAsync(string path) => JsonElement.Parse(await Shop.Server.GetStringAsync(path));

    private async Task<JsonElement> SendAsync(HttpMethod method, string path, string body, HttpStatusCode expected = HttpStatusCode.OK)
    {
        using var request = new HttpRequestMessage(method, path);
        request.Content = method == HttpMethod.Get ? null : ShopServer.Json(body);
        using var answer = await Shop.Server.SendAsync(request);
        var text = await answer.Content.ReadAsStringAsync();
        Assert.That(answer.StatusCode, Is.EqualTo(expected), text);
        return text.Length == 0 ? default : JsonElement.Parse(text);
    }
}
