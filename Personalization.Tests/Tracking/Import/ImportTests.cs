using System.IO.Compression;
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using NUnit.Framework;
using Personalization.Tests.Support;

namespace Personalization.Tests.Tracking.Import;

/// <summary>Imports over HTTP into a whole application.</summary>
internal abstract class ImportTests : ShopTests
{
    protected const string Ndjson = "application/x-ndjson";
    protected const string Csv = "text/csv";

    protected static string View(string shopper, string item, string timestamp = "2024-05-01T12:00:00Z", string? messageId = null) =>
        JsonSerializer.Serialize(new
        {
            type = "track",
            @event = "Product Viewed",
            anonymousId = shopper,
            timestamp,
            messageId,
            properties = new { product_id = item },
        });

    protected static string Lines(params ReadOnlySpan<string> lines) => string.Join('\n', lines!) + "\n";

    protected Task<HttpResponseMessage> SendAsync(string query, string body, string type = Ndjson) =>
        SendAsync(query, Encoding.UTF8.GetBytes(body), type);

    protected async Task<HttpResponseMessage> SendAsync(string query, byte[] body, string type = Ndjson, string? encoding = null)
    {
        using var content = new ByteArrayContent(body);
        content.Headers.ContentType = new MediaTypeHeaderValue(type);
        if (encoding is not null)
        {
            content.Headers.ContentEncoding.Add(encoding);
        }

        return await Shop.Server.PostAsync("/v1/import?" + query, content);
    }

    protected async Task<JsonElement> ImportAsync(string query, string body, string type = Ndjson)
    {
        using var response = await SendAsync(query, body, type);
        return await ReadAsync(response);
    }

    protected static async Task<JsonElement> ReadAsync(HttpResponseMessage response, HttpStatusCode expected = HttpStatusCode.OK)
    {
        var text = await response.Content.ReadAsStringAsync();
        Assert.That(response.StatusCode, Is.EqualTo(expected), text);
        return JsonElement.Parse(text);
    }

    protected async Task<JsonElement> StateAsync(string id) => JsonElement.Parse(await Shop.Server.GetStringAsync($"/v1/imports/{id}"));

    protected async Task<JsonElement> ProfileAsync(string query) =>
        JsonElement.Parse(await Shop.Server.GetStringAsync($"/v1/profiles/lookup?{query}"));

    /// <summary>The stored events of a shopper, newest first.</summary>
    protected async Task<JsonElement> TimelineAsync(string query)
    {
        await Shop.SettleAsync();
        var profile = (await ProfileAsync(query)).GetProperty("profileId").GetInt32();
        return JsonElement.Parse(await Shop.Server.GetStringAsync($"/v1/profiles/{profile}/events?limit=1000"));
    }

    protected static byte[] Gzip(string text)
    {
        using var target = new MemoryStream();
        using (var gzip = new GZipStream(target, CompressionLevel.Fastest))
        {
            gzip.Write(Encoding.UTF8.GetBytes(text));
        }

        return target.ToArray();
    }

    protected static long Number(JsonElement report, string name) => report.GetProperty(name).GetInt64();

    protected static IReadOnlyList<(long Line, string Reason)> Errors(JsonElement report) =>
        [.. report.GetProperty("errors").EnumerateArray().Select(error => (Number(error, "line"), error.GetProperty("reason").GetString()!))];
}
