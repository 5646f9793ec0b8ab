using System.IO.Compression;
using System.Net;
using System.Text;
using NUnit.Framework;
using Personalization.Tests.Support;

namespace Personalization.Tests.Tracking.DeadLetters;

/// <summary>Whatever the door refuses is kept, with its reason, its place and its source.</summary>
[Parallelizable]
internal sealed class DeadLetterReasonTests : LetterShop
{
    [Test]
    public async Task A_body_that_is_no_json_is_kept_with_the_byte_at_which_it_breaks()
    {
        const string body = """{"batch":[{"type":"track","event":"A","anonymousId":"a"},]}""";

        Assert.That(await PostAsync("/v1/batch", body), Is.EqualTo(HttpStatusCode.BadRequest));

        var letter = await OnlyAsync("?reason=unparsable");
        Assert.That(letter.Text("fault"), Is.EqualTo("not_json"));
        Assert.That(letter.GetProperty("location").GetProperty("position").GetInt64(), Is.EqualTo(body.IndexOf(",]", StringComparison.Ordinal) + 1));
        Assert.That(letter.Text("bodyText"), Is.EqualTo(body));
        Assert.That(letter.Text("source"), Is.EqualTo("shop"));
        Assert.That(letter.Text("state"), Is.EqualTo("open"));
    }

    [Test]
    public async Task Escaped_texts_behind_the_body_are_no_part_of_it()
    {
        const string body = """{"writeKey":"a\u0062c","batch":"none\n"}""";

        await PostAsync("/v1/batch", body);

        Assert.That((await OnlyAsync()).GetProperty("bytes").GetInt32(), Is.EqualTo(body.Length));
    }

    [Test]
    public async Task An_event_that_is_refused_alone_is_kept_and_its_neighbours_are_taken()
    {
        Assert.That(
            await PostAsync("/v1/batch", """{"batch":[{"type":"track","event":"Product Viewed","anonymousId":"ann","messageId":"m1","properties":{"product_id":"tent"}},{"type":"track","anonymousId":"bob","messageId":"m2"}]}"""),
            Is.EqualTo(HttpStatusCode.OK));

        var letter = await OnlyAsync();
        Assert.That(letter.Text("reason"), Is.EqualTo("invalid"));
        Assert.That(letter.Text("fault"), Is.EqualTo("name_missing"));
        Assert.That(letter.GetProperty("location").GetProperty("index").GetInt32(), Is.EqualTo(1));
        Assert.That(letter.GetProperty("location").GetProperty("pointer").GetString(), Is.EqualTo("/event"));
        Assert.That(letter.Text("messageId"), Is.EqualTo("m2"));
        Assert.That(letter.GetProperty("event").GetProperty("type").GetString(), Is.EqualTo("track"));
        Assert.That(letter.GetProperty("body").GetProperty("anonymousId").GetString(), Is.EqualTo("bob"));
        Assert.That(await ViewsAsync("ann"), Is.EqualTo(1));
    }

    [Test]
    public async Task A_single_event_that_is_refused_is_kept_too()
    {
        Assert.That(await PostAsync("/v1/track", """{"anonymousId":"bob","messageId":"m2"}"""), Is.EqualTo(HttpStatusCode.BadRequest));

        Assert.That((await OnlyAsync("?reason=invalid&messageId=m2")).Text("fault"), Is.EqualTo("name_missing"));
    }

    [Test]
    public async Task Every_one_of_many_refusals_is_kept()
    {
        var events = Enumerable.Range(0, 40).Select(i => $$"""{"type":"track","anonymousId":"a","messageId":"m{{i}}"}""");

        await PostAsync("/v1/batch", $$"""{"batch":[{{string.Join(',', events)}}]}""");

        Assert.That(
            (await ListAsync("?limit=100")).Select(letter => letter.Text("messageId")),
            Is.EqualTo(Enumerable.Range(0, 40).Reverse().Select(i => $"m{i}")));
    }

    [Test]
    public async Task A_former_key_still_tells_whose_events_they_are()
    {
        Assert.That(await PostAsync("/v1/track", ShopEvents.View("ann", "tent"), "old-key"), Is.EqualTo(HttpStatusCode.Unauthorized));

        var letter = await OnlyAsync();
        Assert.That(letter.Text("reason"), Is.EqualTo("unauthenticated"));
        Assert.That(letter.Text("source"), Is.EqualTo("shop"));

        await ReplayAsync(letter.Id());
        Assert.That(await ViewsAsync("ann"), Is.EqualTo(1));
    }

    [Test]
    public async Task A_former_key_in_the_body_is_recognised_as_well()
    {
        await PostAsync("/v1/batch", """{"writeKey":"old-key","batch":[]}""", "nobody");

        Assert.That((await OnlyAsync()).Text("source"), Is.EqualTo("shop"));
    }

    [Test]
    public async Task What_a_stranger_sends_is_kept_without_a_source_and_needs_one_to_be_replayed()
    {
        Assert.That(await PostAsync("/v1/track", ShopEvents.View("ann", "tent"), "nobody"), Is.EqualTo(HttpStatusCode.Unauthorized));
        await FlushAsync();

        var letter = await OnlyAsync("?reason=unauthenticated");
        Assert.That(letter.Text("source"), Is.Null);
        var without = await SendAsync(HttpMethod.Post, $"/v1/dead-letters/{letter.Id()}/replay", expected: HttpStatusCode.Conflict);
        await SendAsync(HttpMethod.Post, $"/v1/dead-letters/{letter.Id()}/replay?source=shop");
        var again = await SendAsync(HttpMethod.Post, $"/v1/dead-letters/{letter.Id()}/replay?source=shop", expected: HttpStatusCode.Conflict);
        Assert.That(without.Text("type"), Does.EndWith("tracking/dead-letter-not-replayable"));
        Assert.That(again.Text("type"), Does.EndWith("tracking/dead-letter-settled"));
        Assert.That(await ViewsAsync("ann"), Is.EqualTo(1));
    }

    [Test]
    public async Task An_event_that_is_too_large_is_kept_whole()
    {
        var filler = new string('x', 70_000);

        await PostAsync("/v1/track", $$"""{"event":"Product Viewed","anonymousId":"ann","messageId":"m1","filler":"{{filler}}"}""");

        var letter = await OnlyAsync("?reason=oversized");
        Assert.That(letter.Text("fault"), Is.EqualTo("too_large"));
        Assert.That(letter.GetProperty("isTruncated").GetBoolean(), Is.False);
        Assert.That(letter.GetProperty("body").GetProperty("filler").GetString(), Is.EqualTo(filler));
    }

    [Test]
    public async Task Of_a_body_that_is_too_large_the_beginning_is_kept([Values] bool isCompressed, [Values] bool isLengthKnown)
    {
        var body = Encoding.UTF8.GetBytes("{\"batch\":[\"" + new string('x', 5_000_000) + "\"]}");
        using HttpContent content = isCompressed ? Compressed(body) : new ByteArrayContent(body);
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/batch") { Content = content };
        request.Headers.TransferEncodingChunked = !isLengthKnown;

        using var response = await Shop.Client.SendAsync(request);

        Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.RequestEntityTooLarge));
        var letter = await OnlyAsync("?reason=oversized");
        Assert.That(letter.GetProperty("isTruncated").GetBoolean());
        Assert.That(letter.GetProperty("bytes").GetInt32(), Is.EqualTo(64 * 1024));
        Assert.That(letter.Text("bodyText"), Does.StartWith("{\"batch\":[\"xxx"));
        await SendAsync(HttpMethod.Post, $"/v1/dead-letters/{letter.Id()}/replay", expected: HttpStatusCode.Conflict);
    }

    [Test]
    public async Task A_damaged_body_and_an_unknown_encoding_are_kept_as_unparsable()
    {
        using var damaged = new HttpRequestMessage(HttpMethod.Post, "/v1/batch") { Content = new ByteArrayContent([0x1F, 0x8B, 8, 0, 1, 2, 3]) };
        using var unknown = new HttpRequestMessage(HttpMethod.Post, "/v1/batch") { Content = new StringContent("{}") };
        unknown.Content.Headers.ContentEncoding.Add("zstd");

        using var first = await Shop.Client.SendAsync(damaged);
        using var second = await Shop.Client.SendAsync(unknown);

        Assert.That(
            (await ListAsync("?reason=unparsable")).Select(letter => letter.Text("fault")), Is.EqualTo(new[] { "unknown_encoding", "damaged_body" }));
    }

    [Test]
    public async Task Nobody_looks_at_them_without_a_server_key()
    {
        foreach (var path in new[] { "", "/summary", "/1" })
        {
            using var response = await Shop.Client.GetAsync("/v1/dead-letters" + path);
            Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.Unauthorized));
        }
    }

    private static ByteArrayContent Compressed(byte[] body)
    {
        using var compressed = new MemoryStream();
        using (var gzip = new GZipStream(compressed, CompressionLevel.Fastest))
        {
            gzip.Write(body);
        }

        var content = new ByteArrayContent(compressed.ToArray());
        content.Headers.ContentEncoding.Add("gzip");
        return content;
    }

    /// <summary>A known source's letter is answered when it is on disk, and with it what was queued before.</summary>
    private async Task FlushAsync() => await PostAsync("/v1/track", "no json");
}
