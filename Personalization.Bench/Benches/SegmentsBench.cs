using System.Diagnostics;
using Personalization.Bench.Data;
using Personalization.Bench.Events;
using Personalization.Bench.Load;
using Personalization.Bench.Servers;

namespace Personalization.Bench.Benches;

/// <summary>What live segments cost the events, how soon a membership is to be seen, and how long a preview takes, at a million profiles.</summary>
internal static class SegmentsBench
{
    private const int BatchSize = 100;
    private const int CurveTotal = 200;
    private const int CurveTouched = 10;

    /// <summary>Live segments beside the one that latencies are measured with.</summary>
    private const int Live = 100;

    public static async Task RunAsync(BenchContext context)
    {
        await MeasureAtManyProfilesAsync(context);
        await CompareThroughputAsync(context);
    }

    private static async Task CompareThroughputAsync(BenchContext context)
    {
        using var none = await StartAsync(context, total: 0, touchable: 0);
        foreach (var total in new[] { 10, 100, 1_000 })
        {
            await CompareAsync(context, none, total, (int)(total * BenchSegments.UsualShare), $"throughput_ratio_{total}");
        }

        foreach (var touched in new[] { 0, 10, 50, 100, CurveTotal })
        {
            await CompareAsync(context, none, CurveTotal, touched, $"of_{CurveTotal}_touched_{touched}_ratio");
        }

        foreach (var total in new[] { CurveTouched, 100, 300, 1_000 })
        {
            await CompareAsync(context, none, total, CurveTouched, $"touched_{CurveTouched}_of_{total}_ratio");
        }
    }

    private static async Task CompareAsync(BenchContext context, ProductServer none, int total, int touched, string metric)
    {
        var samples = new Samples();
        using var some = await StartAsync(context, total, touched);
        await LoadAsync(context, some, TimeSpan.FromSeconds(3));
        for (var run = 1; run <= context.Options.Runs; run++)
        {
            context.Report.Progress($"{metric}, run {run} of {context.Options.Runs}");
            var (without, with) = (await LoadAsync(context, none, Duration(context)), await LoadAsync(context, some, Duration(context)));
            samples.Add(metric, with / without);
            samples.Add(metric + "_events_per_s", with);
        }

        var conditions =
            $"batches of {BatchSize} over HTTP, four views to one addition, {ZipfMix.DefaultShoppers} shoppers, {context.Options.Connections} connections, closed loop, until the last event has passed all stages, "
            + $"{Duration(context).TotalSeconds:0.#} s a run beside the same server without segments, {BenchSegments.UsualShare:P0} of the segments look at such events when nothing else is said, {BenchContext.Machine}";
        foreach (var name in samples.Names)
        {
            var unit = name.EndsWith("_per_s", StringComparison.Ordinal) ? "events/s" : "ratio";
            context.Report.Add(name, unit, samples[name], "events/s without segments, measured in turns", conditions);
        }
    }

    private static TimeSpan Duration(BenchContext context) => context.Options.Measure(2);

    private static async Task<ProductServer> StartAsync(BenchContext context, int total, int touchable)
    {
        var product = await ProductServer.StartAsync(context.Files, context.Cancellation);
        await BenchCatalog.PutAsync(product.Control, ZipfMix.DefaultItems, context.Cancellation);

        // What is asked for has come once: names that never came cost nothing at all.
        await LoadAsync(context, product, TimeSpan.FromSeconds(total == 0 ? 3 : 1));
        foreach (var (id, body) in BenchSegments.Make(total, touchable))
        {
            await product.Control.SendJsonAsync(HttpMethod.Put, "/v1/segments/" + id, body, context.Cancellation);
        }

        await WaitUntilLiveAsync(product, total, context.Cancellation);
        return product;
    }

    /// <summary>A version is live when everybody has been asked about it; until then nobody enters.</summary>
    public static async Task WaitUntilLiveAsync(ProductServer product, int total, CancellationToken cancellationToken)
    {
        var since = Stopwatch.GetTimestamp();
        while (true)
        {
            var listed = await product.Control.GetAsync("/v1/segments?limit=1000", cancellationToken);
            var live = listed.GetProperty("definitions").EnumerateArray().Count(segment => segment.GetProperty("liveVersion").GetInt32() > 0);
            if (live >= total)
            {
                return;
            }

            if (Stopwatch.GetElapsedTime(since) > TimeSpan.FromMinutes(2))
            {
                throw new TimeoutException($"{live} of {total} segments are live after two minutes.");
            }

            await Task.Delay(20, cancellationToken);
        }
    }

    /// <summary>Events a second until all of them have passed all stages: what was only acknowledged is not done.</summary>
    private static async Task<double> LoadAsync(BenchContext context, ProductServer product, TimeSpan duration)
    {
        var source = new EventRequests(BatchSize, context.Options.Connections, new ZipfMix(), BenchContext.Time);
        using var loop = new ClosedLoop(product.EndPoint, source, context.Options.Connections);
        var since = Stopwatch.GetTimestamp();
        loop.Start();
        await Task.Delay(duration, context.Cancellation);
        await loop.StopAsync(context.Cancellation);
        await product.Control.WaitUntilAppliedAsync(context.Cancellation);
        return loop.Answered * BatchSize / Stopwatch.GetElapsedTime(since).TotalSeconds;
    }

    private static async Task MeasureAtManyProfilesAsync(BenchContext context)
    {
        using var product = await ProductServer.StartAsync(context.Files, context.Cancellation);
        await BenchCatalog.PutAsync(product.Control, FillMix.Items, context.Cancellation);
        var profiles = context.Options.Profiles;
        context.Report.Progress($"filling {profiles} profiles");
        await SegmentLatencies.FillAsync(context, product, profiles);
        var bare = await product.Control.ReadStateBytesAsync(context.Cancellation);
        foreach (var (id, body) in BenchSegments.Make(Live))
        {
            await product.Control.SendJsonAsync(HttpMethod.Put, "/v1/segments/" + id, body, context.Cancellation);
        }

        await WaitUntilLiveAsync(product, Live, context.Cancellation);
        var full = await product.Control.ReadStateBytesAsync(context.Cancellation);
        var conditions = $"{profiles} profiles with {SegmentLatencies.ViewsEach} events each, {Live} live segments, {BenchContext.Machine}";
        context.Report.Add(
            "bytes_per_profile_100", "bytes/profile", [(double)(full - bare) / profiles], "the same profiles without segments, least managed bytes after a full collection of ten readings", conditions);
        await SegmentLatencies.MeasureAsync(context, product, Live, conditions);
        await SegmentPreviews.MeasureAsync(context, product, conditions);
    }
}
