using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Configuration;
using NUnit.Framework;
using Personalization.Decisioning.Endpoints;
using Personalization.Kernel.Http;
using Personalization.Tracking.Contracts;

namespace Personalization.Tests.Decisioning;

[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class RecommendationsEndpointTests
{
    private readonly FakeShop _shop = new();

    [Test]
    public async Task A_question_by_query_is_answered_as_json_that_nobody_may_keep()
    {
        _shop.Session(10, 1, 2);

        var (context, json) = await GetAsync("for-you", "?userId=u0&items=i7,i1&exclude=i9&limit=3&allowCurrentItem=false");

        Assert.Multiple(() =>
        {
            Assert.That(context.Response.StatusCode, Is.EqualTo(200));
            Assert.That(context.Response.Headers.CacheControl.ToString(), Is.EqualTo("no-store"));
            Assert.That(context.Response.ContentLength, Is.EqualTo(context.Response.Body.Length));
            Assert.That(json.GetProperty("decisionId").GetGuid().Version, Is.EqualTo(7));
            Assert.That(json.GetProperty("placement").GetString(), Is.EqualTo("for-you"));
            Assert.That(json.GetProperty("modelVersion").GetString(), Is.EqualTo("session-knn@1:2"));
            Assert.That(json.GetProperty("isPersonalized").GetBoolean(), Is.False);
            Assert.That(json.GetProperty("notPersonalizedReason").GetString(), Is.EqualTo("no_history"));
            Assert.That(json.TryGetProperty("fallbackReason", out _), Is.False);
            var first = json.GetProperty("items")[0];
            Assert.That(first.GetProperty("id").GetString(), Is.EqualTo("i2"));
            Assert.That(first.GetProperty("reason").GetString(), Is.EqualTo("similar_sessions"));
            Assert.That(first.GetProperty("becauseOf").GetString(), Is.EqualTo("i1"));
            Assert.That(first.GetProperty("score").GetDouble(), Is.GreaterThan(0));
            Assert.That(json.GetProperty("items").GetArrayLength(), Is.EqualTo(3));
        });
    }

    [Test]
    public async Task A_question_by_body_has_the_same_answer()
    {
        _shop.Session(10, 1, 2);

        var (_, byQuery) = await GetAsync("for-you", "?items=i1&limit=4&exclude=i3");
        var (context, byBody) = await PostAsync("for-you", """{"items":["i1"],"limit":4,"exclude":["i3"],"unknown":{"a":[1]},"userId":null}""");

        Assert.Multiple(() =>
        {
            Assert.That(context.Response.StatusCode, Is.EqualTo(200));
            Assert.That(byBody.GetProperty("items").GetRawText(), Is.EqualTo(byQuery.GetProperty("items").GetRawText()));
        });
    }

    [Test]
    public async Task An_id_with_a_comma_is_sent_encoded()
    {
        var errors = new QuestionErrors();

        var request = RecommendationQuery.Parse("for-you", "?items=a%2Cb,c&items=d+e&userId=J%C3%BCrgen", errors);

        Assert.Multiple(() =>
        {
            Assert.That(request!.Items, Is.EqualTo((string[])["a,b", "c", "d e"]));
            Assert.That(request.UserId, Is.EqualTo("Jürgen"));
        });
        await Task.CompletedTask;
    }

    [Test]
    public async Task An_empty_body_object_asks_for_the_placements_own_defaults()
    {
        var (context, json) = await PostAsync("new", "{}");

        Assert.That((context.Response.StatusCode, json.GetProperty("items").GetArrayLength()), Is.EqualTo((200, 20)));
    }

    [Test]
    public async Task All_wrong_fields_are_named_at_once()
    {
        var (context, json) = await GetAsync("for-you", "?limit=101&allowCurrentItem=perhaps&userId=" + new string('x', 300));

        Assert.Multiple(() =>
        {
            Assert.That(context.Response.StatusCode, Is.EqualTo(400));
            Assert.That(context.Response.ContentType, Does.StartWith("application/problem+json"));
            Assert.That(json.GetProperty("type").GetString(), Is.EqualTo("urn:personalization:problem:decisioning/invalid-question"));
            Assert.That(json.GetProperty("errors").EnumerateObject().Select(field => field.Name), Is.EquivalentTo((string[])["limit", "allowCurrentItem", "userId"]));
        });
    }

    [TestCase("?limit=0")]
    [TestCase("?limit=-1")]
    [TestCase("?limit=1.5")]
    [TestCase("?limit=")]
    [TestCase("?limit=99999999999")]
    public async Task A_limit_outside_its_bounds_is_refused(string query)
    {
        var (context, json) = await GetAsync("for-you", query);

        Assert.That((context.Response.StatusCode, json.GetProperty("errors").TryGetProperty("limit", out _)), Is.EqualTo((400, true)));
    }

    [TestCase("")]
    [TestCase("[]")]
    [TestCase("\"text\"")]
    [TestCase("{")]
    [TestCase("{} {}")]
    [TestCase("{\"items\":\"i1\"}")]
    [TestCase("{\"items\":[[1]]}")]
    [TestCase("{\"items\":[\"\\ud800\"]}")]
    [TestCase("{\"limit\":\"20\"}")]
    [TestCase("{\"limit\":1e3}")]
    [TestCase("{\"limit\":[1,2]}")]
    [TestCase("{\"allowCurrentItem\":1}")]
    [TestCase("{\"fresh\":\"yes\"}")]
    [TestCase("{\"userId\":{}}")]
    [TestCase("{\"x\":[[[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]]]}")]
    public async Task A_malformed_body_is_refused(string body)
    {
        var (context, _) = await PostAsync("for-you", body);

        Assert.That(context.Response.StatusCode, Is.EqualTo(400));
    }

    [Test]
    public async Task A_body_that_is_too_large_is_refused()
    {
        var (context, _) = await PostAsync("for-you", $$"""{"userId":"{{new string('x', 70_000)}}"}""");

        Assert.That(context.Response.StatusCode, Is.EqualTo(413));
    }

    [Test]
    public async Task Too_many_exclusions_are_refused_rather_than_some_forgotten()
    {
        var (context, json) = await GetAsync("for-you", "?exclude=" + string.Join(',', Enumerable.Range(0, 257)));

        Assert.That((context.Response.StatusCode, json.GetProperty("errors").TryGetProperty("exclude", out _)), Is.EqualTo((400, true)));
    }

    [Test]
    public async Task An_unknown_placement_is_not_found_and_the_known_ones_are_named()
    {
        var (context, json) = await GetAsync("nowhere", "");

        Assert.Multiple(() =>
        {
            Assert.That(context.Response.StatusCode, Is.EqualTo(404));
            Assert.That(json.GetProperty("type").GetString(), Is.EqualTo("urn:personalization:problem:decisioning/unknown-placement"));
            Assert.That(json.GetProperty("detail").GetString(), Does.Contain("for-you"));
        });
    }

    [Test]
    public async Task Without_a_key_nothing_is_answered()
    {
        var (context, json) = await GetAsync("for-you", "", key: "wrong");

        Assert.Multiple(() =>
        {
            Assert.That(context.Response.StatusCode, Is.EqualTo(401));
            Assert.That(context.Response.Headers.WWWAuthenticate.ToString(), Is.Not.Empty);
            Assert.That(json.GetProperty("type").GetString(), Is.EqualTo("urn:personalization:problem:decisioning/key-required"));
        });
    }

    [Test]
    public async Task A_server_key_is_as_good_as_a_write_key()
    {
        var (context, _) = await GetAsync("new", "", key: "", authorization: "Bearer server-key");

        Assert.That(context.Response.StatusCode, Is.EqualTo(200));
    }

    private Task<(DefaultHttpContext Context, JsonElement Json)> GetAsync(
        string placement, string query, string key = "known", string? authorization = null)
    {
        var context = Context(placement, key);
        context.Request.QueryString = new QueryString(query.Length == 0 ? null : query);
        context.Request.Headers.Authorization = authorization;
        return AnswerAsync(context, Endpoint().GetAsync);
    }

    private Task<(DefaultHttpContext Context, JsonElement Json)> PostAsync(string placement, string body)
    {
        var context = Context(placement, "known");
        context.Request.Body = new MemoryStream(Encoding.UTF8.GetBytes(body));
        return AnswerAsync(context, Endpoint().PostAsync);
    }

    private static DefaultHttpContext Context(string placement, string key)
    {
        var context = new DefaultHttpContext { Response = { Body = new MemoryStream() } };
        context.Request.RouteValues["placement"] = placement;
        context.Request.Headers["X-Write-Key"] = key;
        return context;
    }

    private static async Task<(DefaultHttpContext Context, JsonElement Json)> AnswerAsync(DefaultHttpContext context, RequestDelegate endpoint)
    {
        await endpoint(context);
        await context.Response.BodyWriter.FlushAsync();
        context.Response.Body.Position = 0;
        using var json = await JsonDocument.ParseAsync(context.Response.Body);
        return (context, json.RootElement.Clone());
    }

    private RecommendationsEndpoint Endpoint()
    {
        var configuration = new ConfigurationBuilder()
            .AddInMemoryCollection([new("ServerKeys:0", "server-key")])
            .Build();
        return new RecommendationsEndpoint(_shop.Personalizer(), new KnownKey(), new ServerKeys(configuration));
    }

    private sealed class KnownKey : ISourceDirectory
    {
        private static readonly Source Shop = new(1, "shop");

        public Source? Authenticate(HttpContext context) => context.Request.Headers["X-Write-Key"] == "known" ? Shop : null;

        public Source? AuthenticateByHeader(HttpContext context) => null;

        public Source? Find(ReadOnlySpan<byte> writeKeyUtf8) => null;

        public Source? FindApp(string appId) => null;

        public Source Named(string name) => new(2, name);
    }
}
