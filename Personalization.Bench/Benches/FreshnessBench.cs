using System.Diagnostics;
using System.Net;
using Personalization.Bench.Data;
using Personalization.Bench.Events;
using Personalization.Bench.Load;
using Personalization.Bench.Servers;

namespace Personalization.Bench.Benches;

/// <summary>From the acknowledgement of an event to the first answer that reflects it, while other events come in at a fixed rate.</summary>
internal static class FreshnessBench
{
    private const int Rate = 2_000;
    private const int Connections = 64;

    public static async Task RunAsync(BenchContext context)
    {
        var duration = context.Options.Measure(10);
        using var product = await ProductServer.StartAsync(context.Files, context.Cancellation);
        await BenchCatalog.PutAsync(product.Control, ZipfMix.DefaultItems, context.Cancellation);
        var samples = new Samples();
        var probes = 0L;
        for (var run = 0; run <= context.Options.Runs; run++)
        {
            context.Report.Progress(run == 0 ? "warming up" : $"run {run} of {context.Options.Runs}");
            var visible = await MeasureAsync(context, product.EndPoint, run == 0 ? TimeSpan.FromSeconds(3) : duration);
            if (run == 0)
            {
                continue;
            }

            probes += visible.Count;
            samples.Add("visible_p50_ms", visible.Milliseconds(50));
            samples.Add("visible_p99_ms", visible.Milliseconds(99));
            samples.Add("visible_p999_ms", visible.Milliseconds(99.9));
            samples.Add("visible_max_ms", visible.MaxNanoseconds / 1e6);
        }

        var conditions =
            $"{Rate} single events/s open loop, {probes} probes in all, one at a time, asked back to back on one connection, {duration.TotalSeconds:0.#} s a run, {BenchContext.Machine}";
        foreach (var metric in new[] { "visible_p50_ms", "visible_p99_ms", "visible_p999_ms", "visible_max_ms" })
        {
            context.Report.Add(metric, "ms", samples[metric], "the acknowledgement; the answer's own time is in the figure", conditions);
        }
    }

    private static async Task<Histogram> MeasureAsync(BenchContext context, IPEndPoint server, TimeSpan duration)
    {
        var source = new EventRequests(1, Connections, new ZipfMix(), BenchContext.Time);
        using var stopProbing = CancellationTokenSource.CreateLinkedTokenSource(context.Cancellation);
        var visible = new Histogram();
        var probing = Task.Factory.StartNew(
            () => Probe(server, visible, stopProbing.Token), context.Cancellation, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        var load = await OpenLoop.RunAsync(server, source, Connections, Rate, duration, context.Cancellation);
        await stopProbing.CancelAsync();
        await probing;
        context.ComplainOf("the load beside the probes", load.Refused, load.Failed);
        return visible;
    }

    private static void Probe(IPEndPoint server, Histogram visible, CancellationToken stop)
    {
        PreciseClock.PrepareThread();
        using var connection = new BlockingConnection(server);
        var probes = new FreshnessProbes();
        Thread.CurrentThread.Name = "probe";
        while (!stop.IsCancellationRequested)
        {
            var probe = probes.Next();
            if (!connection.Exchange(probe.Event).IsOk)
            {
                throw new InvalidOperationException("The probe's event was refused.");
            }

            visible.RecordTicks(WaitUntilVisible(connection, probe));
            PreciseClock.WaitUntil(Stopwatch.GetTimestamp() + (Stopwatch.Frequency / 250));
        }
    }

    /// <returns>Stopwatch ticks.</returns>
    private static long WaitUntilVisible(BlockingConnection connection, FreshnessProbe probe)
    {
        var acknowledged = Stopwatch.GetTimestamp();
        while (true)
        {
            var answer = connection.Exchange(probe.Question);
            var elapsed = Stopwatch.GetTimestamp() - acknowledged;
            if (answer.IsOk && connection.Received.IndexOf(probe.Item) >= 0)
            {
                return elapsed;
            }

            if (elapsed > 10 * Stopwatch.Frequency)
            {
                throw new InvalidOperationException(
                    $"An event was not visible after 10 s; the last answer: {System.Text.Encoding.UTF8.GetString(connection.Received)}");
            }
        }
    }
}
