using System.Net;
using NUnit.Framework;

namespace Personalization.Tests.Features.Segments;

/// <summary>Changes as they happen, over a connection that stays open.</summary>
[Parallelizable]
internal sealed class SegmentStreamTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
    private SegmentShop _shop;

    [SetUp]
    public async Task StartShop()
    {
        _shop = await SegmentShop.StartAsync();
        await _shop.PutAsync("seen", new { @event = "Product Viewed" });
    }

    [TearDown]
    public async Task StopShop() => await _shop.DisposeAsync();

    [Test]
    public async Task Who_listens_hears_of_what_comes_and_one_who_comes_back_of_what_was_missed()
    {
        await _shop.ViewAsync("before");
        string id;
        using (var reader = await OpenAsync(lastId: null))
        {
            await _shop.ViewAsync("a");
            var (heard, data) = await NextAsync(reader);
            id = heard;
            Assert.That(data, Does.Contain($"\"profileId\":{_shop.ProfileOf("a")}").And.Not.Contain($"\"profileId\":{_shop.ProfileOf("before")},"));
        }

        await _shop.ViewAsync("b");
        using var again = await OpenAsync(id);
        var (_, missed) = await NextAsync(again);

        Assert.That(missed, Does.Contain($"\"profileId\":{_shop.ProfileOf("b")}").And.Not.Contain($"\"profileId\":{_shop.ProfileOf("a")},"));
    }

    [TestCase("after=x", HttpStatusCode.BadRequest)]
    [TestCase("segment=nowhere", HttpStatusCode.NotFound)]
    public async Task What_cannot_be_listened_to_is_refused(string query, HttpStatusCode expected)
    {
        using var response = await _shop.Shop.Server.GetAsync($"/v1/segments/changes/stream?{query}");

        Assert.That(response.StatusCode, Is.EqualTo(expected));
    }

    private async Task<StreamReader> OpenAsync(string? lastId)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/v1/segments/changes/stream");
        if (lastId is not null)
        {
            request.Headers.Add("Last-Event-ID", lastId);
        }

        var response = await _shop.Shop.Server.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        return new StreamReader(await response.Content.ReadAsStreamAsync());
    }

    private static async Task<(string Id, string Data)> NextAsync(StreamReader reader)
    {
        var id = "";
        while (await reader.ReadLineAsync().WaitAsync(Patience) is { } line)
        {
            id = line.StartsWith("id: ", StringComparison.Ordinal) ? line[4..] : id;
            if (line.StartsWith("data: ", StringComparison.Ordinal))
            {
                return (id, line[6..]);
            }
        }

        throw new EndOfStreamException();
    }
}
