using System.Diagnostics;
using System.Net;

namespace Personalization.Bench.Load;

/// <summary>What a closed loop counted between its warm-up and its end.</summary>
/// <param name="PerSecond">Answers with status 200 a second.</param>
/// <param name="Refused">Answers with any other status.</param>
/// <param name="Failed">Connections that broke.</param>
/// <param name="Latencies">From sending to the whole answer. Says little of a server's stalls: the load waits with it.</param>
internal sealed record ClosedLoopResult(double PerSecond, long Refused, long Failed, Histogram Latencies);

/// <summary>
/// Each connection sends its next request as soon as it has the answer to the last: throughput. What is refused is sent again.
/// </summary>
internal sealed class ClosedLoop : IResponseHandler, IDisposable
{
    private static readonly TimeSpan Warmup = TimeSpan.FromMilliseconds(500);

    private readonly IRequestSource _source;
    private readonly HttpConnection[] _connections;
    private readonly TaskCompletionSource _allIdle = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Histogram _latencies = new();
    private long _answered;
    private long _refused;
    private long _failed;
    private int _active;
    private volatile bool _isStopping;

    public ClosedLoop(IPEndPoint server, IRequestSource source, int connections)
    {
        _source = source;
        _connections = Enumerable.Range(0, connections).Select(i => new HttpConnection(server, i, this)).ToArray();
    }

    /// <summary>Answers with status 200 so far, the warm-up's with them.</summary>
    public long Answered => Interlocked.Read(ref _answered);

    public static async Task<ClosedLoopResult> RunAsync(
        IPEndPoint server, IRequestSource source, int connections, TimeSpan duration, CancellationToken cancellationToken)
    {
        using var loop = new ClosedLoop(server, source, connections);
        loop.Start();
        await Task.Delay(Warmup, cancellationToken);
        loop._latencies = new Histogram();
        var (answeredBefore, refusedBefore, start) = (loop.Answered, Interlocked.Read(ref loop._refused), Stopwatch.GetTimestamp());
        await Task.Delay(duration, cancellationToken);
        var seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
        var (answered, refused) = (loop.Answered - answeredBefore, Interlocked.Read(ref loop._refused) - refusedBefore);
        await loop.StopAsync(cancellationToken);
        return new ClosedLoopResult(answered / seconds, refused, Interlocked.Read(ref loop._failed), loop._latencies);
    }

    public void Start()
    {
        _active = _connections.Length;
        foreach (var connection in _connections)
        {
            Prepare(connection);
            connection.Send();
        }
    }

    /// <summary>Ends when every connection has its last answer, or has broken.</summary>
    public Task StopAsync(CancellationToken cancellationToken)
    {
        _isStopping = true;
        return _allIdle.Task.WaitAsync(TimeSpan.FromSeconds(30), cancellationToken);
    }

    public bool OnResponse(HttpConnection connection, in HttpResponse response)
    {
        _latencies.RecordTicks(Stopwatch.GetTimestamp() - connection.StartedAt);
        Interlocked.Increment(ref response.IsOk ? ref _answered : ref _refused);
        if (!response.IsOk && !_isStopping)
        {
            return true;
        }

        _source.Answered(connection, response.IsOk);
        if (_isStopping)
        {
            Leave();
            return false;
        }

        Prepare(connection);
        return true;
    }

    public void OnFailed(HttpConnection connection)
    {
        Interlocked.Increment(ref _failed);
        Leave();
    }

    public void Dispose()
    {
        foreach (var connection in _connections)
        {
            connection.Dispose();
        }
    }

    private void Prepare(HttpConnection connection)
    {
        _source.Prepare(connection);
        connection.StartedAt = Stopwatch.GetTimestamp();
    }

    private void Leave()
    {
        if (Interlocked.Decrement(ref _active) == 0)
        {
            _allIdle.SetResult();
        }
    }
}
