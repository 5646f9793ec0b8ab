using System.Net;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using NUnit.Framework;
using Personalization.Features.Domain;
using Personalization.Features.Domain.ChangeCapture;
using Personalization.Kernel.Log;
using Personalization.Kernel.Pipelines;
using Personalization.Tests.Support;
using Personalization.Tracking.Contracts;
using static Personalization.Tests.Features.ChangeCapture.CaptureWorld;

namespace Personalization.Tests.Features.ChangeCapture;

/// <summary>Change capture over HTTP, with the real log.</summary>
[Parallelizable]
internal sealed class ChangeCaptureHttpTests
{
    private const string Secret = "whsec_MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=";
    private TemporaryFolder _folder;
    private ShopServer _shop;

    private static string[] Mapping =>
    [
        "--Personalization:Features:ChangeCapture:MaxBytes=65536",
        $"--Personalization:Features:ChangeCapture:WebhookSecrets:0={Secret}",
        .. TableOf(0, "public.products", "Catalog", "id", ("name", "title"), ("category", "category"), ("price", "price")),
        .. TableOf(1, "public.stocks", "Stock", "id", ("stock", "quantity")),
        .. TableOf(2, "public.customers", "Traits", "id", ("firstName", "first_name"), ("tier", "loyalty")),
    ];

    [SetUp]
    public async Task StartShop()
    {
        _folder = new TemporaryFolder();
        _shop = await ShopServer.StartAsync(_folder.Path, Mapping);
    }

    [TearDown]
    public async Task StopShop()
    {
        await _shop.DisposeAsync();
        _folder.Dispose();
    }

    [Test]
    public async Task A_product_of_the_database_is_recommended_until_it_is_sold_out_or_deleted()
    {
        await TeachAsync();
        Assert.That((await PostAsync(Change('c', 1, "Tent", 10), Change('c', 2, "Stove", 11, columns: ",\"price\":\"49.50\""))).Applied, Is.EqualTo(2));
        await PostAsync(Change('c', 2, null, 12, "stocks", ",\"quantity\":3"));
        await _shop.SettleAsync();
        Assert.That(await SimilarAsync(), Does.Contain("2"));
        var item = JsonElement.Parse(await _shop.Server.GetStringAsync("/v1/catalog/items/2"));
        Assert.That((item.GetProperty("name").GetString(), item.GetProperty("price").GetDecimal(), item.GetProperty("stock").GetInt32()), Is.EqualTo(("Stove", 49.5m, 3)));

        await PostAsync(Change('u', 2, null, 13, "stocks", ",\"quantity\":0"));
        await _shop.SettleAsync();
        Assert.That(await SimilarAsync(), Does.Not.Contain("2"));

        await PostAsync(Change('u', 2, null, 14, "stocks", ",\"quantity\":9"));
        await _shop.SettleAsync();
        Assert.That(await SimilarAsync(), Does.Contain("2"));

        await PostAsync(Change('d', 2, null, 15));
        await _shop.SettleAsync();
        Assert.That(await SimilarAsync(), Does.Not.Contain("2"));
        Assert.That((await _shop.Server.GetAsync("/v1/catalog/items/2")).StatusCode, Is.EqualTo(HttpStatusCode.NotFound));
    }

    [Test]
    public async Task What_comes_again_is_skipped_and_costs_the_log_nothing_also_after_a_restart_and_a_replay()
    {
        string[] changes = [Change('c', 1, "Tent", 10), Change('u', 1, "Tent, green", 11), Change('c', 2, "Stove", 12), Change('d', 2, null, 13)];
        Assert.That(await PostAsync(changes), Is.EqualTo((4, 0, 0, 0)));
        await _shop.SettleAsync();
        var end = LogEnd;
        var before = await StateAsync();

        Assert.That(await PostAsync([.. changes.Reverse()]), Is.EqualTo((0, 4, 0, 0)));
        Assert.That(LogEnd, Is.EqualTo(end));

        foreach (var forget in new Func<string, bool>[] { _ => false, file => !file.StartsWith("log.", StringComparison.Ordinal) })
        {
            await RestartAsync(forget);
            Assert.That(await StateAsync(), Is.EqualTo(before));
            Assert.That(await PostAsync([.. changes.Reverse()]), Is.EqualTo((0, 4, 0, 0)));
            Assert.That(await PostAsync(Change('r', 1, "snapshot", 9)), Is.EqualTo((0, 1, 0, 0)));
        }
    }

    [Test]
    public async Task A_customers_row_becomes_an_event_of_the_log_and_its_repetition_is_dropped()
    {
        var customer = Envelope("postgresql-customer-create").ReplaceLineEndings(" ");

        Assert.That(await PostAsync(customer), Is.EqualTo((1, 0, 0, 0)));
        await PostAsync(customer, Change('u', 1001, null, 24_023_300, "customers", ",\"first_name\":\"Sally\",\"loyalty\":null"));
        await _shop.SettleAsync();

        var statistics = _shop.Services.GetRequiredService<ITrackingStatistics>();
        Assert.That((statistics.Events, statistics.Duplicates), Is.EqualTo((2, 1)));
        Assert.That(await EventsAsync(), Is.EqualTo(new[]
        {
            (EventOrigin.ChangeCapture, "1001", """{"firstName":"Sally","tier":"gold"}"""),
            (EventOrigin.ChangeCapture, "1001", """{"firstName":"Sally","tier":"gold"}"""),
            (EventOrigin.ChangeCapture, "1001", """{"firstName":"Sally","tier":null}"""),
        }));
        Assert.That((await _shop.Server.GetAsync("/v1/profiles/lookup?userId=1001")).StatusCode, Is.EqualTo(HttpStatusCode.OK));
    }

    [Test]
    public async Task Refused_records_are_told_with_their_place_and_the_others_are_taken()
    {
        using var response = await _shop.Server.PostAsync("/v1/cdc", ShopServer.Json(
            $"[{Change('c', 1, "Tent", 1, "orders")},{Change('c', 1, "Tent", 2)},null,{Change('c', 2, "Stove", 3, columns: ",\"price\":\"free\"")}]"));

        var answer = JsonElement.Parse(await response.Content.ReadAsStringAsync());
        Assert.That((response.StatusCode, CountsOf(answer)), Is.EqualTo((HttpStatusCode.OK, (1, 0, 1, 2))));
        Assert.That(
            answer.GetProperty("refused").EnumerateArray().Select(refused => (refused.GetProperty("index").GetInt32(), refused.GetProperty("reason").GetString())),
            Is.EqualTo(new[] { (0, "unmappedTable"), (3, "invalidValue") }));
        Assert.That(answer.GetProperty("refused")[1].GetProperty("detail").GetString(), Does.Contain("price").And.Not.Contain("free"));
    }

    [Test]
    public async Task A_customer_under_a_key_that_nobody_can_have_is_refused_as_one_record_and_named()
    {
        var (old, now) = (new string('a', 5_000), new string('b', 5_000));

        using var response = await _shop.Server.PostAsync("/v1/cdc", ShopServer.Json(
            $$"""[null,{"op":"u","before":{"id":"{{old}}"},"after":{"id":"{{now}}","loyalty":"gold"},"source":{"schema":"public","table":"customers","lsn":5,"ts_ms":5} }]"""));

        var answer = JsonElement.Parse(await response.Content.ReadAsStringAsync());
        Assert.That(CountsOf(answer), Is.EqualTo((0, 0, 1, 1)));
        var refused = answer.GetProperty("refused").EnumerateArray().Single();
        Assert.That((refused.GetProperty("index").GetInt32(), refused.GetProperty("reason").GetString()), Is.EqualTo((1, "eventRefused")));
    }

    [TestCase("", 400)]
    [TestCase("{\"op\":", 400)]
    [TestCase("[1,2", 400)]
    [TestCase("not json", 400)]
    [TestCase("[]", 200)]
    public async Task A_body_that_is_no_JSON_is_a_bad_request(string body, int status)
    {
        using var response = await _shop.Server.PostAsync("/v1/cdc", ShopServer.Json(body));

        Assert.That((int)response.StatusCode, Is.EqualTo(status), await response.Content.ReadAsStringAsync());
    }

    [Test]
    public async Task A_body_beyond_the_bound_and_one_in_an_unknown_encoding_are_refused()
    {
        using var large = await _shop.Server.PostAsync("/v1/cdc", ShopServer.Json("[" + new string(' ', 70_000) + "]"));
        using var content = ShopServer.Json("[]");
        content.Headers.ContentEncoding.Add("zstd");
        using var encoded = await _shop.Server.PostAsync("/v1/cdc", content);

        Assert.That((large.StatusCode, encoded.StatusCode), Is.EqualTo((HttpStatusCode.RequestEntityTooLarge, HttpStatusCode.UnsupportedMediaType)));
    }

    [Test]
    public async Task A_server_key_is_required_or_the_signature_of_Debeziums_sink()
    {
        using var client = new HttpClient { BaseAddress = _shop.Client.BaseAddress };
        Assert.That((await client.PostAsync("/v1/cdc", ShopServer.Json("[]"))).StatusCode, Is.EqualTo(HttpStatusCode.Unauthorized));
        Assert.That((await _shop.Client.PostAsync("/v1/cdc", ShopServer.Json("[]"))).StatusCode, Is.EqualTo(HttpStatusCode.Unauthorized));

        var record = Change('c', 1, "Zelt, grün", 1);
        var now = TimeProvider.System.GetUtcNow().ToUnixTimeSeconds();
        Assert.That((await client.SendAsync(Signed(record, record, now))).StatusCode, Is.EqualTo(HttpStatusCode.OK));
        Assert.That((await client.SendAsync(Signed(record, record + " ", now))).StatusCode, Is.EqualTo(HttpStatusCode.Unauthorized), "of another body");
        Assert.That((await client.SendAsync(Signed(record, record, now - 3_600))).StatusCode, Is.EqualTo(HttpStatusCode.Unauthorized), "of an hour ago");
        await _shop.SettleAsync();
        Assert.That(await _shop.Server.GetStringAsync("/v1/catalog/items/1"), Does.Contain("Zelt"));
    }

    private long LogEnd => _shop.Services.GetRequiredService<IPipelineStatus>().LogNextOffset;

    private static HttpRequestMessage Signed(string body, string signedBody, long seconds)
    {
        var signature = WebhookSignature.Sign(WebhookSignature.KeyOf(Secret)!, "msg_1", seconds.ToString(), Encoding.UTF8.GetBytes(signedBody));
        return new HttpRequestMessage(HttpMethod.Post, "/v1/cdc")
        {
            Content = ShopServer.Json(body),
            Headers = { { "webhook-id", "msg_1" }, { "webhook-timestamp", seconds.ToString() }, { "webhook-signature", "v1,AAAA " + Encoding.UTF8.GetString(signature) } },
        };
    }

    private static IEnumerable<string> TableOf(int number, string table, string to, string key, params (string Field, string Column)[] fields)
    {
        var section = $"--Personalization:Features:ChangeCapture:Tables:{number}";
        return [$"{section}:Table={table}", $"{section}:To={to}", $"{section}:Key={key}", .. fields.Select(field => $"{section}:Fields:{field.Field}={field.Column}")];
    }

    private static (int Applied, int Skipped, int Ignored, int Refused) CountsOf(JsonElement answer) => (
        answer.GetProperty("applied").GetInt32(), answer.GetProperty("skipped").GetInt32(), answer.GetProperty("ignored").GetInt32(), answer.GetProperty("refusedCount").GetInt32());

    private async Task<(int Applied, int Skipped, int Ignored, int Refused)> PostAsync(params string[] records)
    {
        using var response = await _shop.Server.PostAsync("/v1/cdc", ShopServer.Json(string.Join('\n', records)));
        var body = await response.Content.ReadAsStringAsync();
        Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.OK), body);
        return CountsOf(JsonElement.Parse(body));
    }

    /// <summary>Sessions in which item 2 follows item 1.</summary>
    private async Task TeachAsync()
    {
        for (var shopper = 0; shopper < 5; shopper++)
        {
            await _shop.TrackAsync("/v1/batch", ShopEvents.Batch([ShopEvents.View($"s{shopper}", "1"), ShopEvents.View($"s{shopper}", "2")]));
        }
    }

    private async Task<IReadOnlyList<string>> SimilarAsync() => (await _shop.RecommendAsync("similar?items=1")).Ids();

    private async Task<List<(EventOrigin Origin, string User, string Traits)>> EventsAsync()
    {
        var events = new List<(EventOrigin, string, string)>();
        await foreach (var entry in _shop.Services.GetRequiredService<LogReplay>().ReadAsync(0, LogEnd, CancellationToken.None))
        {
            if (entry is EventBatch batch)
            {
                events.AddRange(Enumerable.Range(0, batch.EventCount).Select(i => batch[i]).Select(one =>
                    (batch.Origin, Encoding.UTF8.GetString(one.Text(one.UserId)), Encoding.UTF8.GetString(one.Text(one.Payload)))));
            }

            entry.Release();
        }

        return events;
    }

    /// <summary>The catalogue and the positions.</summary>
    private async Task<string> StateAsync()
    {
        var (catalog, positions) = (_shop.Services.GetRequiredService<Catalog>(), _shop.Services.GetRequiredService<CapturedPositions>());
        return await _shop.Server.GetStringAsync("/v1/catalog/items") +
            string.Join('\n', Enumerable.Range(0, catalog.Count).Select(item => $"{catalog.IdOf(item)} {catalog.IsWithdrawn(item)} {positions.Find("s.d.public.products", item)}"));
    }

    private async Task RestartAsync(Func<string, bool> forget)
    {
        await _shop.DisposeAsync();
        foreach (var file in Directory.GetFiles(_folder.Path).Where(file => forget(Path.GetFileName(file))))
        {
            File.Delete(file);
        }

        _shop = await ShopServer.StartAsync(_folder.Path, Mapping);
    }
}
