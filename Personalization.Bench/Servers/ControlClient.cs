using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Personalization.Bench.Events;

namespace Personalization.Bench.Servers;

/// <summary>The requests beside the load: catalogue, teaching, counters. Waits and repeats where the server asks for it.</summary>
internal sealed class ControlClient : IDisposable
{
    private const int Tries = 600;

    private readonly HttpClient _http;

    public ControlClient(IPEndPoint server) =>
        _http = new HttpClient { BaseAddress = new Uri($"http://{server}"), Timeout = TimeSpan.FromMinutes(5) };

    /// <summary>Posts events with the write key.</summary>
    public Task PostEventsAsync(byte[] body, CancellationToken cancellationToken) =>
        SendAsync(() => Json(HttpMethod.Post, "/v1/batch", body, Basic), cancellationToken);

    /// <summary>Puts items into the catalogue.</summary>
    public Task PutItemsAsync(byte[] body, CancellationToken cancellationToken) =>
        SendAsync(() => Json(HttpMethod.Put, "/v1/catalog/items", body, Server), cancellationToken);

    /// <summary>Sends an import and returns its report.</summary>
    public async Task<JsonElement> ImportAsync(string query, HttpContent body, CancellationToken cancellationToken)
    {
        using var request = Authorized(new HttpRequestMessage(HttpMethod.Post, "/v1/import?" + query) { Content = body }, Server);
        using var response = await _http.SendAsync(request, cancellationToken);
        var answer = await response.Content.ReadAsStringAsync(cancellationToken);

        // As in SendAsync: whoever goes on must not do so on the thread that runs the load.
        await Task.Yield();
        return response.IsSuccessStatusCode ? JsonElement.Parse(answer) : throw new HttpRequestException($"The import was answered {(int)response.StatusCode}: {answer}");
    }

    /// <summary>Reads a server-to-server resource.</summary>
    public async Task<JsonElement> GetAsync(string pathAndQuery, CancellationToken cancellationToken)
    {
        var body = await SendAsync(() => Authorized(new HttpRequestMessage(HttpMethod.Get, pathAndQuery), Server), cancellationToken);
        using var document = JsonDocument.Parse(body);
        return document.RootElement.Clone();
    }

    /// <summary>Sends JSON to a server-to-server resource and reads its answer.</summary>
    public async Task<JsonElement> SendJsonAsync(HttpMethod method, string path, byte[] body, CancellationToken cancellationToken) =>
        JsonElement.Parse(await SendAsync(() => Json(method, path, body, Server), cancellationToken));

    /// <summary>The summary answers once everything that was committed before has passed all stages.</summary>
    public Task<JsonElement> WaitUntilAppliedAsync(CancellationToken cancellationToken) => GetAsync("/v1/log/summary", cancellationToken);

    /// <summary>Bytes of live objects after a full collection, and of the whole process.</summary>
    public async Task<(long Managed, long WorkingSet)> ReadMemoryAsync(CancellationToken cancellationToken)
    {
        var memory = await GetAsync("/v1/process/memory", cancellationToken);
        return (memory.GetProperty("managedBytes").GetInt64(), memory.GetProperty("workingSetBytes").GetInt64());
    }

    /// <summary>The least of ten readings, a second apart: a checkpoint under way holds buffers that are none of the state.</summary>
    public async Task<long> ReadStateBytesAsync(CancellationToken cancellationToken)
    {
        var least = long.MaxValue;
        for (var i = 0; i < 10; i++)
        {
            least = Math.Min(least, (await ReadMemoryAsync(cancellationToken)).Managed);
            await Task.Delay(TimeSpan.FromSeconds(1), cancellationToken);
        }

        return least;
    }

    /// <summary>Events that the shopper's profile counts; 0 when there is no profile.</summary>
    public async Task<long> CountEventsAsync(string anonymousId, CancellationToken cancellationToken)
    {
        try
        {
            var profile = await GetAsync($"/v1/profiles/lookup?anonymousId={anonymousId}", cancellationToken);
            return profile.GetProperty("counters").GetProperty("events").GetInt64();
        }
        catch (HttpRequestException error) when (error.StatusCode == HttpStatusCode.NotFound)
        {
            return 0;
        }
    }

    public void Dispose() => _http.Dispose();

    private static AuthenticationHeaderValue Basic =>
        new("Basic", Convert.ToBase64String(Encoding.ASCII.GetBytes(HttpRequests.WriteKey + ":")));

    private static AuthenticationHeaderValue Server => new("Bearer", HttpRequests.ServerKey);

    private static HttpRequestMessage Json(HttpMethod method, string path, byte[] body, AuthenticationHeaderValue key)
    {
        var content = new ByteArrayContent(body);
        content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        return Authorized(new HttpRequestMessage(method, path) { Content = content }, key);
    }

    private static HttpRequestMessage Authorized(HttpRequestMessage request, AuthenticationHeaderValue key)
    {
        request.Headers.Authorization = key;
        return request;
    }

    private async Task<byte[]> SendAsync(Func<HttpRequestMessage> make, CancellationToken cancellationToken)
    {
        for (var attempt = 0; ; attempt++)
        {
            using var request = make();
            using var response = await _http.SendAsync(request, cancellationToken);
            var body = await response.Content.ReadAsByteArrayAsync(cancellationToken);

            // The answer may arrive on the thread that runs the load: leave it at once.
            await Task.Yield();
            if (response.IsSuccessStatusCode)
            {
                return body;
            }

            if (response.StatusCode != HttpStatusCode.TooManyRequests || attempt == Tries)
            {
                throw new HttpRequestException(
                    $"{request.Method} {request.RequestUri} was answered {(int)response.StatusCode}: {Encoding.UTF8.GetString(body)}",
                    inner: null, response.StatusCode);
            }

            await Task.Delay(TimeSpan.FromMilliseconds(50), cancellationToken);
        }
    }
}
