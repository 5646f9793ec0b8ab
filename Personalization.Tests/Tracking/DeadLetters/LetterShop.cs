using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using NUnit.Framework;
using Personalization.Tests.Support;

namespace Personalization.Tests.Tracking.DeadLetters;

/// <summary>An application on a folder of its own, spoken to about its dead letters.</summary>
internal abstract class LetterShop
{
    private TemporaryFolder _folder = null!;

    protected ShopServer Shop { get; private set; } = null!;

    protected string Folder => _folder.Path;

    protected virtual string[] Settings => ["--Personalization:Tracking:Sources:0:FormerWriteKeys:0=old-key"];

    [SetUp]
    public async Task StartShop()
    {
        _folder = new TemporaryFolder();
        Shop = await StartAsync();
    }

    [TearDown]
    public async Task StopShop()
    {
        await Shop.DisposeAsync();
        _folder.Dispose();
    }

    protected virtual void Configure(IServiceCollection services)
    {
    }

    protected async Task RestartAsync(Func<string, bool>? forget = null)
    {
        await Shop.DisposeAsync();
        foreach (var file in Directory.GetFiles(Folder).Where(file => forget?.Invoke(Path.GetFileName(file)) == true))
        {
            File.Delete(file);
        }

        Shop = await StartAsync();
    }

    protected async Task<HttpStatusCode> PostAsync(string path, object body, string? writeKey = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = ShopServer.Json(body) };
        if (writeKey is not null)
        {
            request.Headers.Authorization = new AuthenticationHeaderValue("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes(writeKey + ":")));
        }

        using var response = await Shop.Client.SendAsync(request);
        return response.StatusCode;
    }

    /// <summary>The letters that match, newest first.</summary>
    protected async Task<List<JsonElement>> ListAsync(string query = "") =>
        [.. JsonElement.Parse(await Shop.Server.GetStringAsync("/v1/dead-letters" + query)).GetProperty("letters").EnumerateArray()];

    protected async Task<JsonElement> OnlyAsync(string query = "")
    {
        var letters = await ListAsync(query);
        Assert.That(letters, Has.Count.EqualTo(1), string.Join('\n', letters));
        return await GetAsync(letters[0].Id());
    }

    protected async Task<JsonElement> GetAsync(long id) => JsonElement.Parse(await Shop.Server.GetStringAsync($"/v1/dead-letters/{id}"));

    protected async Task<JsonElement> SendAsync(HttpMethod method, string path, object? body = null, HttpStatusCode expected = HttpStatusCode.OK)
    {
        using var request = new HttpRequestMessage(method, path) { Content = body is null ? null : ShopServer.Json(body) };
        using var response = await Shop.Server.SendAsync(request);
        var text = await response.Content.ReadAsStringAsync();
        Assert.That(response.StatusCode, Is.EqualTo(expected), text);
        return text.Length == 0 ? default : JsonElement.Parse(text);
    }

    /// <summary>Imports lines of NDJSON.</summary>
    protected Task<JsonElement> ImportAsync(string query, string body, HttpStatusCode expected = HttpStatusCode.OK) =>
        ImportAsync(query, Encoding.UTF8.GetBytes(body), expected);

    protected async Task<JsonElement> ImportAsync(string query, byte[] body, HttpStatusCode expected = HttpStatusCode.OK)
    {
        using var content = new ByteArrayContent(body);
        content.Headers.ContentType = new MediaTypeHeaderValue("application/x-ndjson");
        using var response = await Shop.Server.PostAsync("/v1/import?" + query, content);
        var text = await response.Content.ReadAsStringAsync();
        Assert.That(response.StatusCode, Is.EqualTo(expected), text);
        return JsonElement.Parse(text);
    }

    protected Task<JsonElement> ReplayAsync(long id) => SendAsync(HttpMethod.Post, $"/v1/dead-letters/{id}/replay");

    protected async Task<int> ViewsAsync(string anonymousId)
    {
        await Shop.SettleAsync();
        using var response = await Shop.Server.GetAsync($"/v1/profiles/lookup?anonymousId={anonymousId}");
        return response.IsSuccessStatusCode
            ? JsonElement.Parse(await response.Content.ReadAsStringAsync()).GetProperty("counters").GetProperty("views").GetInt32()
            : 0;
    }

    private Task<ShopServer> StartAsync() => ShopServer.StartWithAsync(Folder, Configure, Settings);
}

internal static class LetterJson
{
    public static long Id(this JsonElement letter) => letter.GetProperty("id").GetInt64();

    public static string? Text(this JsonElement letter, string name) => letter.GetProperty(name).GetString();
}
