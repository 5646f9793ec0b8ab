using System.Diagnostics;
using System.Text;
using Personalization.Bench.Events;
using Personalization.Bench.Load;
using Personalization.Bench.Servers;

namespace Personalization.Bench.Benches;

/// <summary>
/// From the acknowledgement of an event to the membership in the feed of changes, and from a window's end to the same, while other events come
/// in at a fixed rate. The feed is read by long polling, as a program that acts on it would.
/// </summary>
internal static class SegmentLatencies
{
    public const int ViewsEach = 3;
    private const int Rate = 1_000;
    private const int Connections = 32;
    private const int BatchSize = 100;
    private const int NamedOneIn = 10;
    private const int IdentifiesPerRequest = 1_000;

    /// <summary>A prime: every shopper has had a turn before one has the next.</summary>
    private const int Stride = 15_485_863;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    /// <summary>Profiles with a few events each; one in ten has traits.</summary>
    public static async Task FillAsync(BenchContext context, ProductServer product, int profiles)
    {
        var mix = new FillMix(firstShopper: 0, ViewsEach);
        var source = new EventRequests(BatchSize, context.Options.Connections, mix, BenchContext.Time);
        using var loop = new ClosedLoop(product.EndPoint, source, context.Options.Connections);
        loop.Start();
        while (mix.Filled < profiles)
        {
            await Task.Delay(20, context.Cancellation);
        }

        await loop.StopAsync(context.Cancellation);
        for (var shopper = 0; shopper < profiles; shopper += NamedOneIn * IdentifiesPerRequest)
        {
            var last = Math.Min(profiles, shopper + (NamedOneIn * IdentifiesPerRequest));
            var events = Enumerable.Range(shopper, last - shopper).Where(number => number % NamedOneIn == 0).Select(Identify);
            await product.Control.PostEventsAsync(Encoding.UTF8.GetBytes($$"""{"batch":[{{string.Join(',', events)}}]}"""), context.Cancellation);
        }

        await product.Control.WaitUntilAppliedAsync(context.Cancellation);
    }

    public static async Task MeasureAsync(BenchContext context, ProductServer product, int segments, string conditions)
    {
        const string Probe = "bench-probe";
        await product.Control.SendJsonAsync(
            HttpMethod.Put, "/v1/segments/" + Probe, """{"condition":{"event":"Bench Probed","within":"3s"}}"""u8.ToArray(), context.Cancellation);
        await SegmentsBench.WaitUntilLiveAsync(product, segments + 1, context.Cancellation);
        var samples = new Samples();
        for (var run = 0; run <= context.Options.Runs; run++)
        {
            context.Report.Progress(run == 0 ? "latencies, warming up" : $"latencies, run {run} of {context.Options.Runs}");
            var (entries, exits) = await RunAsync(context, product, Probe, run);
            if (run > 0)
            {
                samples.Add("entry_p50_ms", entries.Milliseconds(50));
                samples.Add("entry_p99_ms", entries.Milliseconds(99));
                samples.Add("window_exit_p50_ms", exits.Milliseconds(50));
                samples.Add("window_exit_p99_ms", exits.Milliseconds(99));
                samples.Add("window_exit_max_ms", exits.MaxNanoseconds / 1e6);
            }
        }

        var load = $"{Rate} single events/s open loop beside it, one probe at a time, the feed read by long polling, {conditions}";
        foreach (var metric in samples.Names)
        {
            var reference = metric.StartsWith("entry", StringComparison.Ordinal) ? "the acknowledgement of the event" : "the end of the window";
            context.Report.Add(metric, "ms", samples[metric], reference, load);
        }
    }

    private static async Task<(Histogram Entries, Histogram Exits)> RunAsync(BenchContext context, ProductServer product, string segment, int run)
    {
        var duration = run == 0 ? TimeSpan.FromSeconds(3) : context.Options.Measure(10);
        var source = new EventRequests(1, Connections, new ZipfMix(shoppers: context.Options.Profiles), BenchContext.Time);
        var load = OpenLoop.RunAsync(product.EndPoint, source, Connections, Rate, duration + TimeSpan.FromSeconds(4), context.Cancellation);
        var (entries, exits) = (new Histogram(), new Histogram());
        var feed = await FeedReader.AtTheEndAsync(product.Control, segment, context.Cancellation);
        var (sent, since) = (0, Stopwatch.GetTimestamp());
        while (Stopwatch.GetElapsedTime(since) < duration)
        {
            // A stride over all of them: somebody asked for again within the window would only stay, which is no entry.
            var shopper = (int)((run + ((long)sent * Stride)) % context.Options.Profiles);
            await product.Control.PostEventsAsync(Event(shopper, $"probe-{run}-{sent++}"), context.Cancellation);
            var acknowledged = Stopwatch.GetTimestamp();
            while (!await feed.ReadAsync(exits))
            {
                GiveUp(acknowledged, "An entry");
            }

            entries.RecordTicks(Stopwatch.GetTimestamp() - acknowledged);
        }

        var last = Stopwatch.GetTimestamp();
        while (exits.Count < sent)
        {
            await feed.ReadAsync(exits);
            GiveUp(last, "An exit");
        }

        var answered = await load;
        context.ComplainOf("the load beside the probes", answered.Refused, answered.Failed);
        return (entries, exits);
    }

    private static void GiveUp(long since, string what)
    {
        if (Stopwatch.GetElapsedTime(since) > Patience)
        {
            throw new TimeoutException($"{what} was not told within {Patience.TotalSeconds:0} s.");
        }
    }

    private static string Identify(int shopper) =>
        $$$"""{"type":"identify","anonymousId":"{{{Names.Shopper(shopper)}}}","messageId":"bench-identify-{{{shopper}}}","traits":{"plan":"{{{(shopper % 3 == 0 ? "gold" : "silver")}}}","level":{{{shopper % 7}}}}}""";

    private static byte[] Event(int shopper, string id) => Encoding.UTF8.GetBytes(
        $$"""{"batch":[{"type":"track","event":"Bench Probed","anonymousId":"{{Names.Shopper(shopper)}}","messageId":"{{id}}"}]}""");

    /// <summary>Follows the feed of one segment.</summary>
    private sealed class FeedReader(ControlClient control, string segment, string cursor, CancellationToken cancellationToken)
    {
        private string _cursor = cursor;

        public static async Task<FeedReader> AtTheEndAsync(ControlClient control, string segment, CancellationToken cancellationToken)
        {
            var page = await control.GetAsync($"/v1/segments/changes?segment={segment}&after=now", cancellationToken);
            return new FeedReader(control, segment, page.GetProperty("next").GetString()!, cancellationToken);
        }

        /// <returns>Whether somebody has entered. How late exits are is recorded.</returns>
        public async Task<bool> ReadAsync(Histogram exits)
        {
            var page = await control.GetAsync($"/v1/segments/changes?segment={segment}&wait=1&after={Uri.EscapeDataString(_cursor)}", cancellationToken);
            var now = BenchContext.Time.GetUtcNow();
            _cursor = page.GetProperty("next").GetString()!;
            var hasEntered = false;
            foreach (var change in page.GetProperty("changes").EnumerateArray())
            {
                if (change.GetProperty("isMember").GetBoolean())
                {
                    hasEntered = true;
                }
                else
                {
                    exits.Record((now - change.GetProperty("at").GetDateTimeOffset()).Ticks * 100);
                }
            }

            return hasEntered;
        }
    }
}
