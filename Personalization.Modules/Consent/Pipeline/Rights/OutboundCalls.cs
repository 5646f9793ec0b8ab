using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using Microsoft.Extensions.Options;
using Personalization.Consent.Storage.Rights;

namespace Personalization.Consent.Pipeline.Rights;

/// <summary>
/// Signed calls to addresses that others named. The name is resolved here and the very address that was looked at is connected to, so that
/// a name cannot change its meaning in between; redirects are not followed and little of an answer is read. Thread-safe.
/// </summary>
internal sealed class OutboundCalls : IDisposable
{
    private const int MaxAnswerBytes = 64 * 1024;
    private readonly RightsKeys _keys;
    private readonly RightsOptions _options;
    private readonly HttpClient _client;

    public OutboundCalls(RightsKeys keys, IOptions<RightsOptions> options)
    {
        _keys = keys;
        _options = options.Value;
        var handler = new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            UseProxy = false,
            UseCookies = false,
            MaxResponseHeadersLength = 16,
            PooledConnectionLifetime = TimeSpan.FromMinutes(1),
            ConnectCallback = ConnectAsync,
        };
        _client = new HttpClient(handler)
        {
            Timeout = TimeSpan.FromSeconds(_options.CallTimeoutSeconds),
            MaxResponseContentBufferSize = MaxAnswerBytes,
        };
    }

    /// <summary>Posts JSON with OpenDSR's headers. Every failure is an answer without a status.</summary>
    public async Task<OutboundAnswer> PostAsync(Uri url, byte[] body, string? token, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, url) { Content = new ByteArrayContent(body) };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        request.Headers.Add(OpenDsrHeaders.ProcessorDomain, _options.ProcessorDomain);
        request.Headers.Add(OpenDsrHeaders.Signature, Convert.ToBase64String(_keys.Sign(body)));
        if (token is { Length: > 0 })
        {
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        }

        try
        {
            using var response = await _client.SendAsync(request, cancellationToken);
            return new OutboundAnswer((int)response.StatusCode, await response.Content.ReadAsByteArrayAsync(cancellationToken));
        }
        catch (Exception error) when (error is HttpRequestException or IOException ||
            (error is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            return new OutboundAnswer(null, []);
        }
    }

    public void Dispose() => _client.Dispose();

    private async ValueTask<Stream> ConnectAsync(SocketsHttpConnectionContext context, CancellationToken cancellationToken)
    {
        var found = await Dns.GetHostAddressesAsync(context.DnsEndPoint.Host, cancellationToken);
        var allowed = found.Where(address => _options.AllowPrivateNetworks || OutboundAddress.IsPublic(address)).ToArray();
        if (allowed.Length == 0)
        {
            throw new HttpRequestException("The address is not in the public internet, where alone calls are made.");
        }

        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(allowed, context.DnsEndPoint.Port, cancellationToken);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch // Whatever it was: the socket must not stay, and the caller gets the error.
        {
            socket.Dispose();
            throw;
        }
    }
}

/// <summary>What came back.</summary>
/// <param name="Status">HTTP status; null when nobody answered, or not in time.</param>
/// <param name="Body">At most 64 KiB.</param>
internal readonly record struct OutboundAnswer(int? Status, byte[] Body)
{
    public bool IsSuccess => Status is >= 200 and < 300;

    /// <summary>Trying again may help: nobody answered, or the other side is in trouble or busy.</summary>
    public bool IsTemporary => Status is null or >= 500 or 408 or 425 or 429;
}

/// <summary>Names of OpenDSR's headers.</summary>
internal static class OpenDsrHeaders
{
    public const string ProcessorDomain = "X-OpenDSR-Processor-Domain";
    public const string Signature = "X-OpenDSR-Signature";
}
