using System.Globalization;
using System.Net.Sockets;
using System.Text;

namespace Personalization.Tests.Conformance;

/// <summary>A connection that sends bytes as they are and reads answers: no client library has its own idea of them.</summary>
internal sealed class RawConnection : IDisposable
{
    private readonly TcpClient _tcp = new();
    private BufferedStream _stream = null!;

    public static async Task<RawConnection> OpenAsync(Uri address, CancellationToken cancellationToken)
    {
        var connection = new RawConnection();
        await connection._tcp.ConnectAsync(address.Host, address.Port, cancellationToken);
        connection._stream = new BufferedStream(connection._tcp.GetStream());
        return connection;
    }

    /// <summary>Sends a request and reads its answer; null when the server closed instead of answering.</summary>
    /// <param name="request">Head and body.</param>
    /// <param name="hasBody">Whether the answer has one: not after HEAD.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <param name="isLast">Says that nothing more will come, so that a server that waits for more than there is hears of it.</param>
    public async Task<RawAnswer?> SendAsync(byte[] request, bool hasBody, CancellationToken cancellationToken, bool isLast = false)
    {
        var network = _tcp.GetStream();
        try
        {
            await network.WriteAsync(request, cancellationToken);
            if (isLast)
            {
                _tcp.Client.Shutdown(SocketShutdown.Send);
            }
        }
        catch (Exception error) when (error is IOException or SocketException)
        {
            // The server may answer and close before it has read everything; the answer is what counts.
        }

        var statusLine = await ReadLineAsync(cancellationToken);
        if (string.IsNullOrEmpty(statusLine))
        {
            return null;
        }

        var headers = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        while (await ReadLineAsync(cancellationToken) is { Length: > 0 } line)
        {
            var colon = line.IndexOf(':', StringComparison.Ordinal);
            var name = line[..colon];
            var value = line[(colon + 1)..].Trim();
            headers[name] = headers.TryGetValue(name, out var before) ? before + ", " + value : value;
        }

        var status = int.Parse(statusLine.Split(' ')[1], CultureInfo.InvariantCulture);
        try
        {
            var body = hasBody && status != 204 && status != 304 ? await ReadBodyAsync(headers, cancellationToken) : [];
            return new RawAnswer(status, headers, body);
        }
        catch (IOException)
        {
            // Closed on us with the request unread: the head is all there is.
            return new RawAnswer(status, headers, []);
        }
    }

    public void Dispose()
    {
        _stream?.Dispose();
        _tcp.Dispose();
    }

    private async Task<byte[]> ReadBodyAsync(Dictionary<string, string> headers, CancellationToken cancellationToken)
    {
        if (headers.TryGetValue("Content-Length", out var length))
        {
            var body = new byte[int.Parse(length, CultureInfo.InvariantCulture)];
            await _stream.ReadExactlyAsync(body, cancellationToken);
            return body;
        }

        if (!headers.ContainsKey("Transfer-Encoding"))
        {
            return [];
        }

        var whole = new MemoryStream();
        while (int.Parse(await ReadLineAsync(cancellationToken) ?? throw new EndOfStreamException(), NumberStyles.HexNumber, CultureInfo.InvariantCulture) is var size and > 0)
        {
            var chunk = new byte[size];
            await _stream.ReadExactlyAsync(chunk, cancellationToken);
            whole.Write(chunk);
            await ReadLineAsync(cancellationToken);
        }

        await ReadLineAsync(cancellationToken);
        return whole.ToArray();
    }

    /// <summary>Null at the end of the connection.</summary>
    private async Task<string?> ReadLineAsync(CancellationToken cancellationToken)
    {
        var line = new StringBuilder();
        var one = new byte[1];
        try
        {
            while (await _stream.ReadAsync(one, cancellationToken) == 1)
            {
                if (one[0] == '\n')
                {
                    return line.ToString().TrimEnd('\r');
                }

                line.Append((char)one[0]);
            }
        }
        catch (IOException)
        {
            // Reset instead of closed: the end too.
        }

        return null;
    }
}

/// <summary>An answer as it came.</summary>
internal sealed record RawAnswer(int Status, IReadOnlyDictionary<string, string> Headers, byte[] Body)
{
    public string Text => Encoding.UTF8.GetString(Body);

    public string? Header(string name) => Headers.GetValueOrDefault(name);
}
