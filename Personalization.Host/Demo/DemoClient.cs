using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Personalization.Host.Demo.Shoppers;

namespace Personalization.Host.Demo;

/// <summary>
/// Speaks to the host's own address over HTTP, like any shop: what the demo shows is what the endpoints do. Waits when the
/// server is busy, for as long as it asks.
/// </summary>
internal sealed class DemoClient(DemoSettings settings, IServer server, TimeProvider time) : IDisposable
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(500);

    private readonly HttpClient _http = new(new SocketsHttpHandler { UseProxy = false, AllowAutoRedirect = false })
    {
        Timeout = TimeSpan.FromSeconds(30),
    };

    /// <summary>Where the server listens; null before it does.</summary>
    public Uri? Address => server.Features.Get<IServerAddressesFeature>()?.Addresses
        .Order(StringComparer.Ordinal) // http before https
        .Select(Reachable)
        .FirstOrDefault();

    public async Task WaitUntilReadyAsync(CancellationToken cancellationToken)
    {
        while (!await IsReadyAsync(cancellationToken))
        {
            await Task.Delay(Pause, time, cancellationToken);
        }
    }

    /// <param name="itemsJson">A JSON array of catalogue items.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    public async Task PutCatalogAsync(byte[] itemsJson, CancellationToken cancellationToken)
    {
        var serverKey = new AuthenticationHeaderValue("Bearer", settings.ServerKey);
        using var answer = await SendAsync(() => Request(HttpMethod.Put, "v1/catalog/items", serverKey, itemsJson), cancellationToken);
    }

    public async Task SendBatchAsync(IReadOnlyList<SimulatedEvent> events, CancellationToken cancellationToken)
    {
        using var answer = await SendAsync(
            () => Request(HttpMethod.Post, "v1/batch", WriteKey(), SegmentBatch.Write(events, time.GetUtcNow())), cancellationToken);
    }

    /// <summary>The for-you slate of a shopper.</summary>
    public async Task<Slate> GetForYouAsync(Shopper shopper, CancellationToken cancellationToken)
    {
        var path = $"v1/recommendations/for-you?limit=6&anonymousId={shopper.Persona.AnonymousId}"
            + (shopper.UserId is null ? "" : $"&userId={shopper.UserId}");
        using var answer = await SendAsync(() => Request(HttpMethod.Get, path, WriteKey(), null), cancellationToken);
        await using var body = await answer.Content.ReadAsStreamAsync(cancellationToken);
        using var json = await JsonDocument.ParseAsync(body, cancellationToken: cancellationToken);
        return SlateJson.Read(json.RootElement);
    }

    public void Dispose() => _http.Dispose();

    private async Task<bool> IsReadyAsync(CancellationToken cancellationToken)
    {
        if (Address is not { } address)
        {
            return false;
        }

        try
        {
            using var answer = await _http.GetAsync(new Uri(address, "health/ready"), cancellationToken);
            return answer.IsSuccessStatusCode;
        }
        catch (HttpRequestException)
        {
            return false; // not listening yet
        }
    }

    /// <exception cref="HttpRequestException">The server refused for a reason that waiting does not mend.</exception>
    private async Task<HttpResponseMessage> SendAsync(Func<HttpRequestMessage> create, CancellationToken cancellationToken)
    {
        while (true)
        {
            using var request = create();
            var answer = await _http.SendAsync(request, cancellationToken);
            if (answer.IsSuccessStatusCode)
            {
                return answer;
            }

            using (answer)
            {
                if (answer.StatusCode is not (HttpStatusCode.TooManyRequests or HttpStatusCode.ServiceUnavailable))
                {
                    var why = await answer.Content.ReadAsStringAsync(cancellationToken);
                    throw new HttpRequestException(
                        $"{request.Method} {request.RequestUri?.AbsolutePath} was answered {(int)answer.StatusCode}: {why}", null, answer.StatusCode);
                }

                await Task.Delay(answer.Headers.RetryAfter?.Delta ?? Pause, time, cancellationToken);
            }
        }
    }

    private HttpRequestMessage Request(HttpMethod method, string path, AuthenticationHeaderValue authorization, byte[]? json)
    {
        var address = Address ?? throw new InvalidOperationException("The server does not listen.");
        var request = new HttpRequestMessage(method, new Uri(address, path)) { Headers = { Authorization = authorization } };
        if (json is not null)
        {
            request.Content = new ByteArrayContent(json) { Headers = { ContentType = new MediaTypeHeaderValue("application/json") } };
        }

        return request;
    }

    /// <summary>Basic, with the write key as user name and no password, as Segment clients do.</summary>
    private AuthenticationHeaderValue WriteKey() =>
        new("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes(settings.WriteKey + ":")));

    /// <summary>A server that listens everywhere is reached here.</summary>
    private static Uri Reachable(string address) => new(address
        .Replace("//+", "//localhost", StringComparison.Ordinal)
        .Replace("//*", "//localhost", StringComparison.Ordinal)
        .Replace("//0.0.0.0", "//127.0.0.1", StringComparison.Ordinal)
        .Replace("//[::]", "//localhost", StringComparison.Ordinal)
        .TrimEnd('/') + "/");
}
