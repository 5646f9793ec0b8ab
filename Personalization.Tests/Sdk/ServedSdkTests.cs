using System.IO.Compression;
using System.Net;
using System.Net.Http.Headers;
using NUnit.Framework;
using Personalization.Tests.Support;

namespace Personalization.Tests.Sdk;

/// <summary>The SDK as a file that the host serves.</summary>
[Parallelizable]
[TestFixture]
internal sealed class ServedSdkTests : ShopTests
{
    /// <summary>What a shop's page pays for everything that the SDK does. The goal is 3 kB; the smallest peer needs 8.3 kB.</summary>
    private const int BudgetBytes = 5_000;

    [TestCase("/sdk/personalization.js")]
    [TestCase("/sdk/personalization.iife.js")]
    public async Task The_sdk_stays_within_its_budget(string path)
    {
        using var response = await GetAsync(path, "gzip");

        var size = (await response.Content.ReadAsByteArrayAsync()).Length;

        await TestContext.Out.WriteLineAsync($"{path}: {size} bytes as gzip");
        Assert.That(size, Is.LessThanOrEqualTo(BudgetBytes));
    }

    [TestCase("/sdk/personalization.js", "text/javascript")]
    [TestCase("/sdk/personalization.iife.js", "text/javascript")]
    [TestCase("/sdk/personalization.d.ts", "text/plain")]
    public async Task Pages_of_any_site_may_load_it_and_keep_it(string path, string contentType)
    {
        using var response = await GetAsync(path, "");

        Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.OK));
        Assert.That(response.Content.Headers.ContentType!.MediaType, Is.EqualTo(contentType));
        Assert.That(response.Headers.GetValues("Access-Control-Allow-Origin"), Is.EqualTo(new[] { "*" }));
        Assert.That(response.Headers.CacheControl!.Public, Is.True);
        Assert.That(response.Headers.CacheControl.MaxAge, Is.GreaterThan(TimeSpan.Zero));
        Assert.That(response.Headers.Vary, Does.Contain("Accept-Encoding"));
        Assert.That(response.Headers.ETag!.IsWeak, Is.False);
    }

    [TestCase("gzip, deflate, br", "br")]
    [TestCase("gzip, br;q=0", "gzip")]
    [TestCase("identity", null)]
    public async Task Each_browser_gets_the_smallest_form_that_it_takes(string accepted, string? encoding)
    {
        using var plain = await GetAsync("/sdk/personalization.js", "");
        using var response = await GetAsync("/sdk/personalization.js", accepted);

        var content = await response.Content.ReadAsStreamAsync();
        await using var decoded = encoding switch
        {
            "br" => new BrotliStream(content, CompressionMode.Decompress),
            "gzip" => new GZipStream(content, CompressionMode.Decompress),
            _ => content,
        };
        using var reader = new StreamReader(decoded);
        Assert.That(response.Content.Headers.ContentEncoding.SingleOrDefault(), Is.EqualTo(encoding));
        Assert.That(await reader.ReadToEndAsync(), Is.EqualTo(await plain.Content.ReadAsStringAsync()));
        Assert.That(response.Headers.ETag!.Tag == plain.Headers.ETag!.Tag, Is.EqualTo(encoding is null), "a strong tag is of these very bytes");
    }

    [Test]
    public async Task A_browser_that_has_it_is_told_so()
    {
        using var first = await GetAsync("/sdk/personalization.js", "gzip");

        using var second = await GetAsync("/sdk/personalization.js", "gzip", first.Headers.ETag);

        Assert.That(second.StatusCode, Is.EqualTo(HttpStatusCode.NotModified));
        Assert.That(await second.Content.ReadAsByteArrayAsync(), Is.Empty);
    }

    private async Task<HttpResponseMessage> GetAsync(string path, string acceptEncoding, EntityTagHeaderValue? known = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        request.Headers.TryAddWithoutValidation("Accept-Encoding", acceptEncoding);
        if (known is not null)
        {
            request.Headers.IfNoneMatch.Add(known);
        }

        return await Shop.Client.SendAsync(request);
    }
}
