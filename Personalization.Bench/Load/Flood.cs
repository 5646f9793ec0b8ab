using System.Diagnostics;
using System.Globalization;
using System.Net;
using Personalization.Bench.Benches;
using Personalization.Bench.Cli;
using Personalization.Bench.Events;
using Personalization.Bench.Servers;

namespace Personalization.Bench.Load;

/// <summary>
/// More than a server can take, from a process of its own that gives way to others: whoever measures beside it waits for the server, and not
/// for the flood's own work.
/// </summary>
internal static class Flood
{
    private const int Connections = 64;

    /// <summary>Starts a process that floods for a time after its own second of warm-up.</summary>
    /// <returns>Requests that were refused or got no answer.</returns>
    public static async Task<long> RunAsync(
        IPEndPoint server, string writeKey, int batchSize, double perSecond, TimeSpan duration, int? core, CancellationToken cancellationToken)
    {
        var told = new TaskCompletionSource<long>(TaskCreationOptions.RunContinuationsAsynchronously);
        using var child = ChildProcess.Start(
            [
                typeof(Flood).Assembly.Location, "flood", "--urls", $"http://{server}", "--key", writeKey,
                "--batch", Text(batchSize), "--rate", Text(perSecond), "--seconds", Text(duration.TotalSeconds),
            ],
            core: core);
        child.OnOutput = line => told.TrySetResult(long.Parse(line, CultureInfo.InvariantCulture));
        var exit = await child.WaitAsync(cancellationToken);
        return exit == 0 ? await told.Task.WaitAsync(TimeSpan.FromSeconds(5), cancellationToken) : throw new InvalidOperationException($"The flood failed: {child.Tail}");
    }

    /// <summary>The flood itself: prints one number.</summary>
    public static async Task SendAsync(BenchOptions options, CancellationToken cancellationToken)
    {
        using var self = Process.GetCurrentProcess();
        self.PriorityClass = ProcessPriorityClass.BelowNormal;
        var uri = new Uri(options.Urls);
        var events = new EventRequests(
            options.Batch, Connections, new ZipfMix(), BenchContext.Time, writeKey: options.WriteKey, choose: options.Batch > 1 ? EventTemplate.IsView : null);
        var result = await OpenLoop.RunAsync(
            new IPEndPoint(IPAddress.Parse(uri.Host), uri.Port), events, Connections, options.Rate, options.Measure(10), cancellationToken);
        Console.Out.WriteLine(Text(result.Refused + result.Failed));
    }

    private static string Text(IFormattable number) => number.ToString(null, CultureInfo.InvariantCulture);
}
