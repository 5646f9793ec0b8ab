using System.Net;
using Personalization.Bench.Data;
using Personalization.Bench.Events;
using Personalization.Bench.Load;
using Personalization.Bench.Servers;

namespace Personalization.Bench.Benches;

/// <summary>
/// The same figures as <c>decide</c> with everything on that a decision can do, from 100,000 items; and what is left of them when one model hangs
/// for ten seconds whenever it is asked.
/// </summary>
internal static class FullDecideBench
{
    private const int EventRate = 2_000;
    private const int QuestionRate = 1_000;
    private const int Connections = 64;

    public static async Task RunAsync(BenchContext context)
    {
        await MeasureInProcessAsync(context);
        await MeasureHttpAsync(context, isStuck: false);
        await MeasureHttpAsync(context, isStuck: true);
    }

    private static async Task MeasureInProcessAsync(BenchContext context)
    {
        using var server = await EmbeddedDecisions.StartAsync(context, "--full");
        context.Report.Progress("filling the embedded shop");
        var isOn = await FullShop.FillAsync(server.Control, context.Cancellation);
        await server.AskAsync(TimeSpan.FromSeconds(3), context.Cancellation);
        var samples = new Samples();
        var duration = context.Options.Measure(3);
        for (var run = 1; run <= context.Options.Runs; run++)
        {
            context.Report.Progress($"in process, run {run} of {context.Options.Runs}");
            var load = EventsAsync(context, server.EndPoint, duration + TimeSpan.FromSeconds(1));
            await Task.Delay(TimeSpan.FromSeconds(1), context.Cancellation);
            var figures = await server.AskAsync(duration, context.Cancellation);
            await load;
            samples.Add("inproc_p50_us", figures.P50Us);
            samples.Add("inproc_p99_us", figures.P99Us);
            samples.Add("inproc_mean_us", figures.MeanUs);
            samples.Add("inproc_bytes", figures.Bytes);
        }

        var conditions = $"one thread asks without pause, {EventRate} single events/s open loop over HTTP into the same process, slates of {Questions.Limit}, {isOn}, {duration.TotalSeconds:0.#} s a run, {BenchContext.Machine}";
        foreach (var metric in new[] { "inproc_p50_us", "inproc_p99_us", "inproc_mean_us" })
        {
            context.Report.Add(metric, "us", samples[metric], "none: an absolute figure", conditions);
        }

        context.Report.Add("inproc_bytes", "bytes/decision", samples["inproc_bytes"], "none: an absolute figure", conditions);
    }

    private static async Task MeasureHttpAsync(BenchContext context, bool isStuck)
    {
        using var server = await EmbeddedDecisions.StartAsync(context, isStuck ? "--stuck" : "--full");
        context.Report.Progress(isStuck ? "filling the shop with a model that hangs" : "filling the shop");
        var isOn = await FullShop.FillAsync(server.Control, context.Cancellation);
        var questions = FullShop.OverHttp().ToArray();
        var prefix = isStuck ? "stuck_" : "http_";
        var samples = new Samples();
        var duration = context.Options.Measure(10);
        if (!isStuck)
        {
            // The model hangs from the first question on: nothing may warm it up.
            await AskAsync(context, server.EndPoint, questions, TimeSpan.FromSeconds(2));
        }

        for (var run = 1; run <= context.Options.Runs; run++)
        {
            context.Report.Progress($"{prefix}: {QuestionRate}/s beside {EventRate} events/s, run {run} of {context.Options.Runs}");
            var latencies = await AskAsync(context, server.EndPoint, questions, duration);
            samples.Add(prefix + "p50_ms", latencies.Milliseconds(50));
            samples.Add(prefix + "p99_ms", latencies.Milliseconds(99));
            samples.Add(prefix + "p999_ms", latencies.Milliseconds(99.9));
        }

        var hangs = isStuck ? $", one model holds whoever asks it for {StuckParts.HoldSeconds} s (budget of the placement: 20 ms)" : "";
        var conditions = $"open loop, {QuestionRate} requests/s beside {EventRate} single events/s, {isOn}{hangs}, {duration.TotalSeconds:0.#} s a run, from the moment a request was due, {BenchContext.Machine}";
        foreach (var metric in new[] { "p50_ms", "p99_ms", "p999_ms" })
        {
            context.Report.Add(prefix + metric, "ms", samples[prefix + metric], "none: an absolute figure", conditions);
        }
    }

    private static async Task<Histogram> AskAsync(BenchContext context, IPEndPoint server, byte[][] questions, TimeSpan duration)
    {
        var events = EventsAsync(context, server, duration);
        var asked = await OpenLoop.RunAsync(server, new FixedRequests(questions, Connections), Connections, QuestionRate, duration, context.Cancellation);
        await events;
        context.ComplainOf("questions at a fixed rate", asked.Refused, asked.Failed);
        return asked.Latencies;
    }

    private static async Task EventsAsync(BenchContext context, IPEndPoint server, TimeSpan duration)
    {
        var source = new EventRequests(1, Connections, new ZipfMix(), BenchContext.Time);
        var result = await OpenLoop.RunAsync(server, source, Connections, EventRate, duration, context.Cancellation);
        context.ComplainOf("the events beside the questions", result.Refused, result.Failed);
    }
}
