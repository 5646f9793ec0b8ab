using System.Net;
using System.Net.Sockets;

namespace Personalization.Bench.Load;

/// <summary>Hears of a connection's answers.</summary>
internal interface IResponseHandler
{
    /// <returns>Whether the connection's next request is prepared and is to be sent at once.</returns>
    bool OnResponse(HttpConnection connection, in HttpResponse response);

    /// <summary>The connection broke with its request unanswered. It sends no more.</summary>
    void OnFailed(HttpConnection connection);
}

/// <summary>
/// One keep-alive connection with one request at a time: prebuilt bytes go out, an answer comes in, nothing is allocated.
/// </summary>
internal sealed class HttpConnection : IDisposable
{
    private readonly IPEndPoint _server;
    private Socket _socket;
    private readonly SocketAsyncEventArgs _operation = new();
    private readonly IResponseHandler _handler;
    private byte[] _received = new byte[16 * 1024];
    private int _receivedCount;
    private int _sentCount;
    private bool _isSending;

    public HttpConnection(IPEndPoint server, int index, IResponseHandler handler)
    {
        Index = index;
        _handler = handler;
        _operation.Completed += (_, _) => Continue();
        _server = server;
        _socket = Connect(server);
    }

    /// <summary>Number among the connections of one load, from 0.</summary>
    public int Index { get; }

    /// <summary>The request; set before <see cref="Send"/> and left alone until the answer.</summary>
    public byte[] Request { get; set; } = [];

    public int RequestLength { get; set; }

    /// <summary>When the request is due, or was sent, in stopwatch ticks: latency counts from here.</summary>
    public long StartedAt { get; set; }

    /// <summary>The answer's bytes; valid during <see cref="IResponseHandler.OnResponse"/>.</summary>
    public ReadOnlySpan<byte> Received => _received.AsSpan(0, _receivedCount);

    public void Send()
    {
        _sentCount = 0;
        _isSending = true;
        if (!Start())
        {
            Continue();
        }
    }

    public void Dispose()
    {
        _socket.Dispose();
        _operation.Dispose();
    }

    private static Socket Connect(IPEndPoint server)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        socket.Connect(server);
        return socket;
    }

    /// <summary>Looks at the operation that ended, and starts the next until one is really waiting.</summary>
    private void Continue()
    {
        do
        {
            if (!Complete())
            {
                return;
            }
        }
        while (!Start());
    }

    /// <returns>Whether the operation ends later; false when it has ended.</returns>
    private bool Start()
    {
        try
        {
            if (_isSending)
            {
                _operation.SetBuffer(Request, _sentCount, RequestLength - _sentCount);
                return _socket.SendAsync(_operation);
            }

            _operation.SetBuffer(_received, _receivedCount, _received.Length - _receivedCount);
            return _socket.ReceiveAsync(_operation);
        }
        catch (ObjectDisposedException)
        {
            // The load was interrupted between two operations: this one never ends, and nobody waits for it.
            return true;
        }
    }

    private bool Complete()
    {
        if (_operation.SocketError != SocketError.Success || _operation.BytesTransferred == 0)
        {
            _handler.OnFailed(this);
            return false;
        }

        return _isSending ? CompleteSend() : CompleteReceive();
    }

    private bool CompleteSend()
    {
        _sentCount += _operation.BytesTransferred;
        _isSending = _sentCount < RequestLength;
        _receivedCount = 0;
        return true;
    }

    private bool CompleteReceive()
    {
        _receivedCount += _operation.BytesTransferred;
        if (!HttpResponse.TryRead(Received, out var response))
        {
            if (_receivedCount == _received.Length)
            {
                Array.Resize(ref _received, _received.Length * 2);
            }

            return true;
        }

        if (response.Closes)
        {
            _socket.Dispose();
            _socket = Connect(_server);
        }

        // After a "no" another thread may already be sending on this connection: touch nothing.
        if (!_handler.OnResponse(this, response))
        {
            return false;
        }

        _sentCount = 0;
        _isSending = true;
        return true;
    }
}
