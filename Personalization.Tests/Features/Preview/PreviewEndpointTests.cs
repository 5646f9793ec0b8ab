using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using NUnit.Framework;
using Personalization.Tests.Features.Segments;
using Personalization.Tests.Support;

namespace Personalization.Tests.Features.Preview;

/// <summary>Previews over HTTP, of people whom the test knows.</summary>
public class PreviewEndpointTests
{
    private const int People = 40;
    private SegmentShop _shop;

    [OneTimeSetUp]
    public async Task FillShop()
    {
        _shop = await SegmentShop.StartAsync();
        for (var i = 0; i < People; i++)
        {
            await _shop.ViewAsync($"shopper-{i}");
            if (i % 4 == 0)
            {
                await _shop.TrackAsync($"shopper-{i}", "Product Added", new { product_id = "p1", price = 20 });
            }
        }

        await _shop.SayConsentAsync("shopper-0", profile: false);
        await _shop.PutAsync("added", new { @event = "Product Added" });
    }

    [OneTimeTearDown]
    public async Task CloseShop() => await _shop.DisposeAsync();

    [Test]
    public async Task It_counts_names_some_and_compares()
    {
        var (status, answer) = await PreviewAsync(new { condition = new { @event = "Product Viewed" }, compareWith = new[] { "added" }, sample = 5 });

        Assert.That(status, Is.EqualTo(HttpStatusCode.OK), answer.ToString());
        Assert.That(answer.GetProperty("count").GetInt64(), Is.EqualTo(People - 1), "who does not want to be profiled is not counted");
        Assert.That(answer.GetProperty("population").GetInt64(), Is.EqualTo(People - 1));
        Assert.That(answer.GetProperty("sample").GetArrayLength(), Is.EqualTo(5));
        var overlap = answer.GetProperty("overlap")[0];
        Assert.That(
            (overlap.GetProperty("both").GetInt64(), overlap.GetProperty("onlyThis").GetInt64(), overlap.GetProperty("onlyOther").GetInt64()),
            Is.EqualTo((9L, 30L, 0L)));
    }

    [Test]
    public async Task It_says_what_the_segment_would_say()
    {
        var condition = new { none = new object[] { new { segment = "added" } } };

        var (_, answer) = await PreviewAsync(new { condition, sample = 100 });
        await _shop.PutAsync("not-added", condition);

        Assert.That(
            answer.GetProperty("sample").EnumerateArray().Select(profile => profile.GetInt32()), Is.EqualTo(await _shop.MembersAsync("not-added")));
    }

    [Test]
    public async Task A_name_that_never_came_is_nobody_and_said()
    {
        var (_, answer) = await PreviewAsync(new { condition = new { @event = "Tent Pitched" } });

        Assert.That(answer.GetProperty("count").GetInt64(), Is.Zero);
        Assert.That(answer.GetProperty("notes")[0].GetString(), Does.Contain("Tent Pitched"));
    }

    [Test]
    public async Task A_property_that_nobody_has_asked_for_yet_is_not_kept_and_that_is_said()
    {
        var (_, answer) = await PreviewAsync(new { condition = new { @event = "Product Viewed", where = new { property = "glaze", op = "exists" } } });

        Assert.That(answer.GetProperty("count").GetInt64(), Is.Zero);
        Assert.That(answer.GetProperty("notes")[0].GetString(), Does.Contain("glaze"));
    }

    [Test]
    public async Task An_estimate_comes_first_for_who_reads_lines()
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/segments/preview")
        {
            Content = ShopServer.Json(new { condition = new { @event = "Product Viewed" } }),
            Headers = { Accept = { new MediaTypeWithQualityHeaderValue("application/x-ndjson") } },
        };
        using var response = await _shop.Shop.Server.SendAsync(request);
        var lines = (await response.Content.ReadAsStringAsync()).Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonElement.Parse(line)).ToList();

        Assert.That(lines, Has.Count.EqualTo(2));
        var estimate = lines[0].GetProperty("estimate");
        var count = lines[1].GetProperty("count").GetInt64();
        Assert.That(count, Is.InRange(estimate.GetProperty("low").GetInt64(), estimate.GetProperty("high").GetInt64()));
    }

    [Test]
    public async Task Everything_that_is_wrong_is_told_at_once()
    {
        var (status, answer) = await PreviewAsync(new
        {
            condition = new { @event = "Product Viewed", within = "soon" },
            compareWith = new[] { "nobody" },
            sample = -1,
            editor = "",
            colour = "red",
        });

        Assert.That(status, Is.EqualTo(HttpStatusCode.BadRequest));
        Assert.That(answer.GetProperty("type").GetString(), Is.EqualTo("urn:personalization:problem:features/invalid-definition"));
        Assert.That(
            answer.GetProperty("faults").EnumerateArray().Select(fault => fault.GetProperty("path").GetString()),
            Is.EquivalentTo(new[] { "/condition/within", "/compareWith/0", "/sample", "/editor", "/colour" }));
    }

    [TestCase("", "")]
    [TestCase("[1]", "")]
    [TestCase("{}", "/condition")]
    [TestCase("{\"condition\":", "")]
    [TestCase("{\"condition\":{\"event\":\"a\"},\"sample\":1,\"sample\":2}", "/sample")]
    public async Task What_is_no_preview_is_refused(string body, string path)
    {
        using var response = await _shop.Shop.Server.PostAsync("/v1/segments/preview", ShopServer.Json(body));
        var answer = JsonElement.Parse(await response.Content.ReadAsStringAsync());

        Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.BadRequest));
        Assert.That(answer.GetProperty("faults").EnumerateArray().Select(fault => fault.GetProperty("path").GetString()), Does.Contain(path));
    }

    [Test]
    public async Task Only_with_a_server_key()
    {
        using var response = await _shop.Shop.Client.PostAsync("/v1/segments/preview", ShopServer.Json(new { condition = new { @event = "Product Viewed" } }));

        Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.Unauthorized));
    }

    private Task<(HttpStatusCode Status, JsonElement Answer)> PreviewAsync(object body) => _shop.SendAsync(HttpMethod.Post, "/v1/segments/preview", body);
}
