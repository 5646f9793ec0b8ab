using System.Net;
using Personalization.Bench.Data;
using Personalization.Bench.Events;
using Personalization.Bench.Load;

namespace Personalization.Bench.Benches;

/// <summary>Questions while events come in at a fixed rate: what the benches of decisions measure alike.</summary>
internal static class DecisionsBesideEvents
{
    public const int EventRate = 2_000;
    public const int QuestionRate = 1_000;
    private const int Connections = 64;

    /// <summary>In process, by a server that is filled. Says with what in the conditions: nothing, or words that end with a comma and a space.</summary>
    public static async Task MeasureInProcessAsync(BenchContext context, EmbeddedServer server, string with)
    {
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

        var conditions = $"one thread asks without pause, {EventRate} single events/s open loop over HTTP into the same process, slates of {Questions.Limit}, {with}{duration.TotalSeconds:0.#} s a run, {BenchContext.Machine}";
        foreach (var metric in new[] { "inproc_p50_us", "inproc_p99_us", "inproc_mean_us" })
        {
            context.Report.Add(metric, "us", samples[metric], "none: an absolute figure", conditions);
        }

        context.Report.Add("inproc_bytes", "bytes/decision", samples["inproc_bytes"], "none: an absolute figure", conditions);
    }

    /// <summary>Latencies over HTTP in an open loop, from the moment a question was due.</summary>
    public static async Task<Histogram> AskAsync(BenchContext context, IPEndPoint server, byte[][] questions, TimeSpan duration)
    {
        var events = EventsAsync(context, server, duration);
        var asked = await OpenLoop.RunAsync(
            server, new FixedRequests(questions, Connections), Connections, QuestionRate, duration, context.Cancellation);
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
