using System.Diagnostics;
using System.Net;

namespace Personalization.Bench.Load;

/// <summary>What an open loop saw after its warm-up.</summary>
/// <param name="Latencies">From the moment a request was due to the whole answer, so that a stall counts for all it delayed.</param>
/// <param name="Refused">Answers with another status than 200.</param>
/// <param name="Failed">Requests that got no answer.</param>
internal sealed record OpenLoopResult(Histogram Latencies, long Refused, long Failed);

/// <summary>Sends at a fixed rate, whatever the server does; requests that find no free connection wait, and their time counts.</summary>
internal sealed class OpenLoop : IResponseHandler, IDisposable
{
    private static readonly TimeSpan Warmup = TimeSpan.FromSeconds(1);

    private readonly IRequestSource _source;
    private readonly HttpConnection[] _connections;
    private readonly Stack<HttpConnection> _idle;
    private readonly Queue<long> _overdue = new(4_096);
    private readonly Lock _gate = new();
    private readonly Histogram _latencies = new();
    private long _recordFrom;
    private long _refused;
    private long _open;

    private OpenLoop(IPEndPoint server, IRequestSource source, int connections)
    {
        _source = source;
        _connections = Enumerable.Range(0, connections).Select(i => new HttpConnection(server, i, this)).ToArray();
        _idle = new Stack<HttpConnection>(_connections);
    }

    /// <summary>Runs for the warm-up and the duration, then waits at most 10 seconds for the last answers.</summary>
    public static async Task<OpenLoopResult> RunAsync(
        IPEndPoint server, IRequestSource source, int connections, double perSecond, TimeSpan duration, CancellationToken cancellationToken)
    {
        using var loop = new OpenLoop(server, source, connections);
        var sent = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var thread = new Thread(() => loop.SendAll(perSecond, duration, sent, cancellationToken))
        {
            IsBackground = true,
            Name = "open loop",
            Priority = ThreadPriority.AboveNormal,
        };
        thread.Start();
        await sent.Task;
        for (var wait = 0; wait < 1_000 && Interlocked.Read(ref loop._open) > 0; wait++)
        {
            await Task.Delay(10, cancellationToken);
        }

        return new OpenLoopResult(loop._latencies, Interlocked.Read(ref loop._refused), Interlocked.Read(ref loop._open));
    }

    public bool OnResponse(HttpConnection connection, in HttpResponse response)
    {
        Record(connection, response);
        _source.Answered(connection, response.IsOk);
        Interlocked.Decrement(ref _open);
        lock (_gate)
        {
            if (!_overdue.TryDequeue(out var due))
            {
                _idle.Push(connection);
                return false;
            }

            connection.StartedAt = due;
        }

        _source.Prepare(connection);
        return true;
    }

    /// <summary>The request stays open and is reported as failed.</summary>
    public void OnFailed(HttpConnection connection)
    {
    }

    public void Dispose()
    {
        foreach (var connection in _connections)
        {
            connection.Dispose();
        }
    }

    private void SendAll(double perSecond, TimeSpan duration, TaskCompletionSource sent, CancellationToken cancellationToken)
    {
        PreciseClock.PrepareThread();
        var interval = Stopwatch.Frequency / perSecond;
        var count = (long)((Warmup + duration).TotalSeconds * perSecond);
        var start = Stopwatch.GetTimestamp();
        _recordFrom = start + (long)(Warmup.TotalSeconds * Stopwatch.Frequency);
        for (var i = 0L; i < count && !cancellationToken.IsCancellationRequested; i++)
        {
            var due = start + (long)(i * interval);
            PreciseClock.WaitUntil(due);
            Dispatch(due);
        }

        sent.SetResult();
    }

    private void Dispatch(long due)
    {
        Interlocked.Increment(ref _open);
        HttpConnection? connection;
        lock (_gate)
        {
            if (!_idle.TryPop(out connection))
            {
                _overdue.Enqueue(due);
                return;
            }
        }

        connection.StartedAt = due;
        _source.Prepare(connection);
        connection.Send();
    }

    private void Record(HttpConnection connection, in HttpResponse response)
    {
        if (connection.StartedAt < _recordFrom)
        {
            return;
        }

        _latencies.RecordTicks(Stopwatch.GetTimestamp() - connection.StartedAt);
        if (!response.IsOk)
        {
            Interlocked.Increment(ref _refused);
        }
    }
}
