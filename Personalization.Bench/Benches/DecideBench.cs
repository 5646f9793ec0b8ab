using System.Net;
using System.Text;
using Personalization.Bench.Data;
using Personalization.Bench.Load;
using Personalization.Bench.Servers;

namespace Personalization.Bench.Benches;

/// <summary>Recommendations of 20 items, learnt from the toy set: throughput over HTTP, latency over HTTP and in process while events come in.</summary>
internal static class DecideBench
{
    public static async Task RunAsync(BenchContext context)
    {
        if (context.Options.Full)
        {
            await FullDecideBench.RunAsync(context);
            return;
        }

        if (ClickSet.Find(context.Options, "toy", context.Report.Progress) is not { } set)
        {
            return;
        }

        await MeasureHttpAsync(context, set);
        await MeasureInProcessAsync(context, set);
    }

    private static async Task MeasureHttpAsync(BenchContext context, ClickSet set)
    {
        using var product = await ProductServer.StartAsync(context.Files, context.Cancellation);
        context.Report.Progress("teaching the toy set");
        await Teacher.TeachAsync(product.Control, set, context.Cancellation);
        var questions = Questions.OverHttp(set).ToArray();
        var (bytes, items) = Inspect(product.EndPoint, questions);
        using var bare = await BareServer.StartAsync(bytes, context.Files, context.Cancellation);

        var samples = new Samples();
        var duration = context.Options.Measure(3);
        await ThroughputAsync(context, bare.EndPoint, questions, TimeSpan.FromSeconds(3));
        await ThroughputAsync(context, product.EndPoint, questions, TimeSpan.FromSeconds(3));
        for (var run = 1; run <= context.Options.Runs; run++)
        {
            context.Report.Progress($"over HTTP, run {run} of {context.Options.Runs}");
            samples.Add("bare_per_s", await ThroughputAsync(context, bare.EndPoint, questions, duration));
            samples.Add("http_per_s", await ThroughputAsync(context, product.EndPoint, questions, duration));
            samples.Add("http_ratio", samples.Last("http_per_s") / samples.Last("bare_per_s"));
        }

        var closed = $"{context.Options.Connections} connections, closed loop, {duration.TotalSeconds:0.#} s a run, answers of {bytes} bytes with {items:F1} items, {questions.Length} different questions, {BenchContext.Machine}";
        context.Report.Add("http_ratio", "ratio", samples["http_ratio"], "bare Kestrel, the same questions answered with as many constant bytes", closed);
        context.Report.Add("http_per_s", "requests/s", samples["http_per_s"], "http_bare_per_s", closed);
        context.Report.Add("http_bare_per_s", "requests/s", samples["bare_per_s"], "itself", closed);
        await MeasureLatencyAsync(context, bare.EndPoint, product.EndPoint, questions);
    }

    private static async Task MeasureLatencyAsync(BenchContext context, IPEndPoint bare, IPEndPoint product, byte[][] questions)
    {
        var samples = new Samples();
        var duration = context.Options.Measure(10);
        for (var run = 1; run <= context.Options.Runs; run++)
        {
            context.Report.Progress($"{DecisionsBesideEvents.QuestionRate}/s beside {DecisionsBesideEvents.EventRate} events/s, run {run} of {context.Options.Runs}");
            foreach (var (server, prefix) in new[] { (bare, "bare_"), (product, "http_") })
            {
                var latencies = await DecisionsBesideEvents.AskAsync(context, server, questions, duration);
                samples.Add(prefix + "p50_ms", latencies.Milliseconds(50));
                samples.Add(prefix + "p99_ms", latencies.Milliseconds(99));
                samples.Add(prefix + "p999_ms", latencies.Milliseconds(99.9));
            }
        }

        var reference = $"bare Kestrel under the same two loads: p99 {samples["bare_p99_ms"].Order().ElementAt(context.Options.Runs / 2):F2} ms";
        var open = $"open loop, {DecisionsBesideEvents.QuestionRate} requests/s beside {DecisionsBesideEvents.EventRate} single events/s, {duration.TotalSeconds:0.#} s a run, from the moment a request was due, {BenchContext.Machine}";
        foreach (var metric in new[] { "http_p50_ms", "http_p99_ms", "http_p999_ms" })
        {
            context.Report.Add(metric, "ms", samples[metric], reference, open);
        }
    }

    private static async Task MeasureInProcessAsync(BenchContext context, ClickSet set)
    {
        using var server = await EmbeddedDecisions.StartAsync(context);
        context.Report.Progress("teaching the toy set to the embedded product");
        await Teacher.TeachAsync(server.Control, set, context.Cancellation);
        await DecisionsBesideEvents.MeasureInProcessAsync(context, server, "");
    }

    private static async Task<double> ThroughputAsync(BenchContext context, IPEndPoint server, byte[][] questions, TimeSpan duration)
    {
        var connections = context.Options.Connections;
        var result = await ClosedLoop.RunAsync(server, new FixedRequests(questions, connections), connections, duration, context.Cancellation);
        context.ComplainOf("questions", result.Refused, result.Failed);
        return result.PerSecond;
    }

    /// <summary>Mean bytes of the answers' bodies, and mean number of items in them.</summary>
    private static (int Bytes, double Items) Inspect(IPEndPoint server, byte[][] questions)
    {
        using var connection = new BlockingConnection(server);
        var (bytes, items) = (0L, 0L);
        foreach (var question in questions)
        {
            var answer = connection.Exchange(question);
            if (!answer.IsOk)
            {
                throw new InvalidOperationException($"A question was answered:\n{Encoding.UTF8.GetString(connection.Received)}");
            }

            bytes += answer.BodyLength;
            items += connection.Received.Count("\"id\":"u8);
        }

        return ((int)(bytes / questions.Length), (double)items / questions.Length);
    }
}
