namespace Personalization.Bench.Load;

/// <summary>Makes the requests of a load. Called by one thread at a time for one connection.</summary>
internal interface IRequestSource
{
    /// <summary>Puts the next request into the connection. Allocates nothing after the connection's first one.</summary>
    void Prepare(HttpConnection connection);

    /// <summary>The connection's request was answered.</summary>
    void Answered(HttpConnection connection, bool isOk)
    {
    }
}

/// <summary>Sends prebuilt requests round and round, each connection from its own place.</summary>
internal sealed class FixedRequests(byte[][] requests, int connections) : IRequestSource
{
    private readonly int[] _next = Enumerable.Range(0, connections).Select(i => i * requests.Length / connections).ToArray();

    public void Prepare(HttpConnection connection)
    {
        ref var next = ref _next[connection.Index];
        connection.Request = requests[next];
        connection.RequestLength = connection.Request.Length;
        next = next + 1 == requests.Length ? 0 : next + 1;
    }
}
