using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Personalization.Bench.Events;
using Personalization.Bench.Load;

namespace Personalization.Bench.Servers;

/// <summary>Asks a starting server every few milliseconds until it is ready.</summary>
internal static class Readiness
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(5);

    /// <returns>Time since the call; the process has just been started.</returns>
    /// <exception cref="InvalidOperationException">The process ended, or was not ready in time; with its last words.</exception>
    public static async Task<TimeSpan> WaitAsync(
        ChildProcess process, IPEndPoint endPoint, string path, TimeSpan patience, CancellationToken cancellationToken)
    {
        var start = Stopwatch.GetTimestamp();
        var request = HttpRequests.Get(path);
        while (Stopwatch.GetElapsedTime(start) < patience)
        {
            if (process.HasExited)
            {
                throw new InvalidOperationException($"The server ended before it was ready:\n{process.Tail}");
            }

            if (IsReady(endPoint, request))
            {
                return Stopwatch.GetElapsedTime(start);
            }

            await Task.Delay(Pause, cancellationToken);
        }

        throw new InvalidOperationException($"The server was not ready within {patience.TotalSeconds:F0} s:\n{process.Tail}");
    }

    private static bool IsReady(IPEndPoint endPoint, byte[] request)
    {
        try
        {
            using var connection = new BlockingConnection(endPoint);
            return connection.Exchange(request).IsOk;
        }
        catch (Exception error) when (error is SocketException or IOException)
        {
            // Nobody listens yet: that is what the caller waits for.
            return false;
        }
    }
}
