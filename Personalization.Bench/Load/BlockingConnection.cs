using System.Net;
using System.Net.Sockets;

namespace Personalization.Bench.Load;

/// <summary>
/// A connection for one thread that waits in the kernel: the least delay between an answer and the next question.
/// </summary>
internal sealed class BlockingConnection : IDisposable
{
    private readonly Socket _socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
    private byte[] _received = new byte[16 * 1024];
    private int _receivedCount;

    public BlockingConnection(IPEndPoint server) => _socket.Connect(server);

    /// <summary>The last answer's bytes.</summary>
    public ReadOnlySpan<byte> Received => _received.AsSpan(0, _receivedCount);

    public HttpResponse Exchange(ReadOnlySpan<byte> request)
    {
        while (!request.IsEmpty)
        {
            request = request[_socket.Send(request)..];
        }

        _receivedCount = 0;
        while (true)
        {
            var count = _socket.Receive(_received.AsSpan(_receivedCount));
            if (count == 0)
            {
                throw new IOException("The server closed the connection.");
            }

            _receivedCount += count;
            if (HttpResponse.TryRead(Received, out var response))
            {
                return response;
            }

            if (_receivedCount == _received.Length)
            {
                Array.Resize(ref _received, _received.Length * 2);
            }
        }
    }

    public void Dispose() => _socket.Dispose();
}
