using System.IO.Compression;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using NUnit.Framework;
using Personalization.Features;
using Personalization.Features.Domain;
using Personalization.Features.Endpoints;
using Personalization.Features.Pipeline;
using Personalization.Kernel.Log;

namespace Personalization.Tests.Features;

/// <summary>The catalogue's endpoints with a log that commits at once and applies in the same moment.</summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class CatalogEndpointTests
{
    private readonly Catalog _catalog = Items.Catalog();
    private readonly InstantLog _log;
    private readonly CatalogWriter _writer;
    private readonly FeaturesOptions _options = new();

    public CatalogEndpointTests()
    {
        _log = new InstantLog(new CatalogHandler(_catalog, new ItemTermHistory(), NullLogger<CatalogHandler>.Instance));
        _writer = new CatalogWriter(_log, TimeProvider.System, NullLogger<CatalogWriter>.Instance);
    }

    [Test]
    public async Task An_array_of_items_is_taken()
    {
        var (status, answer) = await PutAsync("""
            [{"id":"tent","name":"Tent","category":"Camping","brand":"Acme","price":129.95,"stock":3,"url":"https://shop.example/t",
              "imageUrl":"https://shop.example/t.jpg","attributes":{"colour":"green"},"somethingElse":[1]},
             {"id":4711}]
            """);

        Assert.That((status, answer.GetProperty("accepted").GetInt32(), answer.GetProperty("refused").GetArrayLength()), Is.EqualTo((200, 2, 0)));
        Assert.That(_catalog.Find("4711"), Is.EqualTo(1));
        Assert.That((await GetAsync("tent")).Body.GetRawText(), Is.EqualTo(
            """{"id":"tent","name":"Tent","category":"Camping","brand":"Acme","price":129.95,"stock":3,"url":"https://shop.example/t","imageUrl":"https://shop.example/t.jpg","attributes":{"colour":"green"},"isSellable":true}"""));
    }

    [Test]
    public async Task Lines_are_taken_and_wrong_ones_refused_with_their_place_and_reason()
    {
        var (status, answer) = await PutAsync(
            "{\"id\":\"a\"}\n{\"id\":\n\n{\"id\":\"b\",\"price\":-1,\"stock\":1.5}\n{\"id\":\"c\"}", "application/x-ndjson; charset=utf-8");

        Assert.That((status, answer.GetProperty("accepted").GetInt32(), answer.GetProperty("refusedCount").GetInt32()), Is.EqualTo((200, 2, 2)));
        Assert.That(
            answer.GetProperty("refused").EnumerateArray().Select(error => (error.GetProperty("index").GetInt32(), error.GetProperty("field").GetString())),
            Is.EqualTo(new[] { (1, ""), (3, "price"), (3, "stock") }));
        Assert.That(answer.GetProperty("refused")[1].GetProperty("reason").GetString(), Is.EqualTo("Must be a number from 0 to 1000000000."));
    }

    [TestCase("""{"name":"no id"}""")]
    [TestCase("""{"id":""}""")]
    [TestCase("""{"id":null}""")]
    [TestCase("""{"id":["a"]}""")]
    [TestCase("""{"id":"\ud800"}""")]
    [TestCase("""{"\ud800":1,"id":"a","price":-1}""")]
    [TestCase("""{"id":"a","price":1e400}""")]
    [TestCase("""{"id":"a","price":"9.99"}""")]
    [TestCase("""{"id":"a","stock":99999999999}""")]
    [TestCase("""{"id":"a","url":"/relative"}""")]
    [TestCase("""{"id":"a","url":"javascript:alert(1)"}""")]
    [TestCase("""{"id":"a","attributes":[1]}""")]
    [TestCase("""{"id":"a","name":{"en":"Tent"}}""")]
    [TestCase("""5""")]
    [TestCase("""{"id":"a"}}""")]
    public async Task An_invalid_item_alone_is_a_bad_request(string item)
    {
        var (status, answer) = await PutAsync($"[{item}]");

        Assert.That(status, Is.EqualTo(400), answer.ToString());
        Assert.That(answer.GetProperty("type").GetString(), Is.EqualTo("urn:personalization:problem:features/invalid-item"));
        Assert.That((_log.Entries, _catalog.Count), Is.EqualTo((0, 0)));
    }

    [Test]
    public async Task Fields_and_items_that_are_too_long_are_refused()
    {
        string[] items =
        [
            $$"""{"id":"{{new string('x', 513)}}"}""",
            $$$"""{"id":"a","attributes":{"t":"{{{new string('x', 8_200)}}}"}}""",
            $$"""{"id":"b","junk":"{{new string('x', 70_000)}}"}""",
            $$"""{"id":"c","deep":{{new string('[', 100)}}{{new string(']', 100)}}}""",
            """{"id":"ok"}""",
        ];

        var (status, answer) = await PutAsync($"[{string.Join(',', items)}]");

        Assert.That((status, answer.GetProperty("accepted").GetInt32(), answer.GetProperty("refusedCount").GetInt32()), Is.EqualTo((200, 1, 4)));
    }

    [TestCase("")]
    [TestCase("null")]
    [TestCase("""{"id":"a"}""")]
    [TestCase("""[{"id":"a"},{"id":"b""")]
    [TestCase("""[{"id":"a"}] trailing""")]
    public async Task A_body_that_is_no_array_is_a_bad_request(string body)
    {
        var (status, answer) = await PutAsync(body);

        Assert.That((status, answer.GetProperty("type").GetString()), Is.EqualTo((400, "urn:personalization:problem:features/malformed-catalog")));
    }

    [Test]
    public async Task An_empty_array_is_fine() =>
        Assert.That((await PutAsync("[]")).Status, Is.EqualTo(200));

    [Test]
    public async Task A_large_upload_is_committed_in_parts()
    {
        var (status, answer) = await PutAsync(string.Join('\n', Enumerable.Range(0, 2_500).Select(i => $$"""{"id":"item-{{i}}"}""")), "application/x-ndjson");

        Assert.That((status, answer.GetProperty("accepted").GetInt32(), _log.Entries, _catalog.Count), Is.EqualTo((200, 2_500, 3, 2_500)));
    }

    [Test]
    public async Task No_more_than_a_hundred_reasons_are_given()
    {
        var (_, answer) = await PutAsync($$"""[{"id":"a"}{{string.Concat(Enumerable.Repeat(",{}", 5_000))}}]""");

        Assert.That((answer.GetProperty("refusedCount").GetInt32(), answer.GetProperty("refused").GetArrayLength()), Is.EqualTo((5_000, 100)));
    }

    [Test]
    public async Task A_body_beyond_the_bound_is_refused_also_when_it_comes_compressed()
    {
        _options.MaxCatalogBytes = 100_000;
        var spaces = "[" + new string(' ', 200_000) + "]";

        Assert.That((await PutAsync(spaces)).Status, Is.EqualTo(413));
        Assert.That((await PutAsync(Gzip(spaces), encoding: "gzip")).Status, Is.EqualTo(413));
    }

    [Test]
    public async Task A_compressed_body_is_read_and_a_broken_or_unknown_one_refused()
    {
        Assert.That((await PutAsync(Gzip("""[{"id":"a"}]"""), encoding: "gzip")).Status, Is.EqualTo(200));
        Assert.That((await PutAsync("[]"u8.ToArray(), encoding: "gzip")).Status, Is.EqualTo(400));
        Assert.That((await PutAsync("[]"u8.ToArray(), encoding: "zstd")).Status, Is.EqualTo(415));
    }

    [Test]
    public async Task The_server_s_own_body_limit_is_lifted_for_the_upload()
    {
        var limit = new BodyLimit();
        await PutAsync("[]"u8.ToArray(), limit: limit);

        Assert.That(limit.MaxRequestBodySize, Is.EqualTo(_options.MaxCatalogBytes));
    }

    [TestCase(Admission.LaneFull, 429, "features/lane-full")]
    [TestCase(Admission.PipelineBehind, 429, "features/pipeline-behind")]
    [TestCase(Admission.Stopping, 503, "features/stopping")]
    public async Task What_the_log_does_not_take_is_refused_with_a_time_to_try_again(Admission admission, int status, string type)
    {
        _log.Answers = admission;
        var context = Request("""[{"id":"a"}]"""u8.ToArray());

        var (answered, answer) = await AnswerAsync(context, Put().HandleAsync);

        Assert.That((answered, answer.GetProperty("type").GetString()), Is.EqualTo((status, "urn:personalization:problem:" + type)));
        Assert.That(context.Response.Headers.RetryAfter.ToString(), Is.EqualTo("1"));
    }

    [Test]
    public async Task A_failed_commit_is_told()
    {
        _log.Fails = true;

        Assert.That((await PutAsync("""[{"id":"a"}]""")).Status, Is.EqualTo(503));
    }

    [Test]
    public async Task A_patch_sets_price_and_stock()
    {
        await PutAsync("""[{"id":"camping/tent","category":"tents","price":5,"stock":0}]""");

        var (status, _) = await PatchAsync("camping%2Ftent", """{"stock":null,"price":7.5}""");

        Assert.That(status, Is.EqualTo(204));
        Assert.That((_catalog[0]!.Price, _catalog[0]!.Stock, _catalog[0]!.Category, _catalog.IsSellable(0)), Is.EqualTo((7.5m, (int?)null, "tents", true)));
    }

    [TestCase("{}")]
    [TestCase("""{"name":"x"}""")]
    [TestCase("""{"stock":-1}""")]
    [TestCase("[]")]
    [TestCase("")]
    [TestCase("{")]
    public async Task A_patch_that_says_nothing_is_a_bad_request(string body)
    {
        await PutAsync("""[{"id":"tent"}]""");

        Assert.That((await PatchAsync("tent", body)).Status, Is.EqualTo(400));
    }

    [Test]
    public async Task What_the_catalogue_does_not_list_cannot_be_patched_or_read()
    {
        _catalog.ResolveItem("seen"u8);

        Assert.That((await PatchAsync("ghost", """{"stock":1}""")).Status, Is.EqualTo(404));
        Assert.That((await PatchAsync("seen", """{"stock":1}""")).Status, Is.EqualTo(404));
        Assert.That((await GetAsync("seen")).Status, Is.EqualTo(404));
        Assert.That((await DeleteAsync("ghost")).Status, Is.EqualTo(404));
    }

    [Test]
    public async Task Before_an_item_is_unknown_what_is_in_the_log_is_applied()
    {
        _log.Lag = new TaskCompletionSource();
        await PutAsync("""[{"id":"tent"}]""");

        var patching = PatchAsync("tent", """{"stock":1}""");
        Assert.That(patching.IsCompleted, Is.False);
        _log.Lag.SetResult();
        _log.ApplyWaiting();

        Assert.That((await patching).Status, Is.EqualTo(204));
    }

    [Test]
    public async Task A_withdrawn_item_is_not_sold_read_or_patched_until_it_is_put_again()
    {
        await PutAsync("""[{"id":"tent"}]""");

        Assert.That((await DeleteAsync("tent")).Status, Is.EqualTo(204));
        Assert.That((await DeleteAsync("tent")).Status, Is.EqualTo(204));
        Assert.That((_log.Entries, _catalog.IsSellable(0)), Is.EqualTo((2, false)));
        Assert.That((await GetAsync("tent")).Status, Is.EqualTo(404));
        Assert.That((await PatchAsync("tent", """{"stock":1}""")).Status, Is.EqualTo(404));

        await PutAsync("""[{"id":"tent"}]""");
        Assert.That((await GetAsync("tent")).Status, Is.EqualTo(200));
    }

    [Test]
    public async Task Pages_follow_each_other_to_the_end()
    {
        await PutAsync("""[{"id":"a"},{"id":"b"},{"id":"c"},{"id":"d"},{"id":"e"}]""");
        _catalog.ResolveItem("seen"u8);
        await DeleteAsync("b");

        var first = await ListAsync("?limit=2");
        var second = await ListAsync($"?limit=2&after={first.Body.GetProperty("next").GetString()}");
        var last = await ListAsync($"?after={second.Body.GetProperty("next").GetString()}");

        Assert.That((Ids(first.Body), Ids(second.Body), Ids(last.Body)), Is.EqualTo(("a,c", "d,e", "")));
        Assert.That(last.Body.TryGetProperty("next", out _), Is.False);
        Assert.That((await ListAsync("?after=ghost")).Status, Is.EqualTo(404));
    }

    private static string Ids(JsonElement page) =>
        string.Join(',', page.GetProperty("items").EnumerateArray().Select(item => item.GetProperty("id").GetString()));

    private static byte[] Gzip(string text)
    {
        using var compressed = new MemoryStream();
        using (var gzip = new GZipStream(compressed, CompressionMode.Compress))
        {
            gzip.Write(Encoding.UTF8.GetBytes(text));
        }

        return compressed.ToArray();
    }

    private static DefaultHttpContext Request(byte[] body, string contentType = "application/json", string? encoding = null, string? id = null)
    {
        var context = new DefaultHttpContext
        {
            RequestServices = new ServiceCollection().AddLogging().AddProblemDetails().BuildServiceProvider(),
        };
        context.Request.Body = new MemoryStream(body);
        context.Request.ContentType = contentType;
        context.Request.ContentLength = body.Length;
        context.Response.Body = new MemoryStream();
        if (encoding is not null)
        {
            context.Request.Headers.ContentEncoding = encoding;
        }

        context.Request.RouteValues["id"] = id;
        return context;
    }

    private static async Task<(int Status, JsonElement Body)> AnswerAsync(HttpContext context, Func<HttpContext, Task<IResult>> handle)
    {
        await (await handle(context)).ExecuteAsync(context);
        return await AnswerAsync(context);
    }

    private static async Task<(int Status, JsonElement Body)> AnswerAsync(HttpContext context)
    {
        await context.Response.BodyWriter.FlushAsync();
        var written = ((MemoryStream)context.Response.Body).ToArray();
        return (context.Response.StatusCode, written.Length == 0 ? default : JsonElement.Parse(written));
    }

    private PutItemsEndpoint Put() => new(_writer, Options.Create(_options));

    private ChangeItemEndpoint Change() => new(_writer, _catalog, _log, TimeProvider.System);

    private Task<(int Status, JsonElement Body)> PutAsync(string body, string contentType = "application/json") =>
        PutAsync(Encoding.UTF8.GetBytes(body), contentType);

    private Task<(int Status, JsonElement Body)> PutAsync(
        byte[] body, string contentType = "application/json", string? encoding = null, IHttpMaxRequestBodySizeFeature? limit = null)
    {
        var context = Request(body, contentType, encoding);
        context.Features.Set(limit);
        return AnswerAsync(context, Put().HandleAsync);
    }

    private Task<(int Status, JsonElement Body)> PatchAsync(string id, string body) =>
        AnswerAsync(Request(Encoding.UTF8.GetBytes(body), id: id), Change().PatchAsync);

    private Task<(int Status, JsonElement Body)> DeleteAsync(string id) => AnswerAsync(Request([], id: id), Change().WithdrawAsync);

    private async Task<(int Status, JsonElement Body)> GetAsync(string id)
    {
        var context = Request([], id: id);
        await new ReadItemsEndpoint(_catalog).GetAsync(context);
        return await AnswerAsync(context);
    }

    private async Task<(int Status, JsonElement Body)> ListAsync(string query)
    {
        var context = Request([]);
        context.Request.QueryString = new QueryString(query);
        await new ReadItemsEndpoint(_catalog).ListAsync(context);
        return await AnswerAsync(context);
    }

    private sealed class BodyLimit : IHttpMaxRequestBodySizeFeature
    {
        public bool IsReadOnly => false;

        public long? MaxRequestBodySize { get; set; } = 30_000_000;
    }
}
