using System.Diagnostics;
using System.Net;
using Personalization.Bench.Data;
using Personalization.Bench.Events;
using Personalization.Bench.Load;
using Personalization.Bench.Servers;

namespace Personalization.Bench.Benches;

/// <summary>A large import, and what recommendations and live events notice of it.</summary>
internal static class ImportBench
{
    private const int QuestionRate = 1_000;
    private const int EventRate = 300;
    private const int Connections = 64;
    private const int TaughtEvents = 100_000;
    private const int DifferentQuestions = 2_000;

    public static async Task RunAsync(BenchContext context)
    {
        using var product = await ProductServer.StartAsync(context.Files, context.Cancellation);
        await BenchCatalog.PutAsync(product.Control, ZipfMix.DefaultItems, context.Cancellation);
        context.Report.Progress($"teaching {TaughtEvents} events");
        await ImportAsync(context, product, TaughtEvents, seed: 1);
        var questions = MakeQuestions();
        var window = context.Options.Measure(8);
        await AskAsync(context, product.EndPoint, questions, TimeSpan.FromSeconds(3));

        var samples = new Samples();
        for (var run = 1; run <= context.Options.Runs; run++)
        {
            context.Report.Progress($"before, run {run} of {context.Options.Runs}");
            var (decide, ack) = await AskAsync(context, product.EndPoint, questions, window);
            samples.Add("decide_p99_ms_before", decide.Milliseconds(99));
            samples.Add("live_ack_p99_ms_before", ack.Milliseconds(99));
        }

        var lag = Stopwatch.StartNew();
        var importing = ImportAsync(context, product, context.Options.Events, seed: 2);
        while (!importing.IsCompleted)
        {
            var (decide, ack) = await AskAsync(context, product.EndPoint, questions, window);
            if (!importing.IsCompleted)
            {
                context.Report.Progress($"importing for {lag.Elapsed.TotalSeconds:F0} s: decide p99 {decide.Milliseconds(99):F2} ms, acknowledgement p99 {ack.Milliseconds(99):F2} ms");
                samples.Add("decide_p50_ms_during_import", decide.Milliseconds(50));
                samples.Add("decide_p99_ms_during_import", decide.Milliseconds(99));
                samples.Add("live_ack_p99_ms_during_import", ack.Milliseconds(99));
            }
        }

        samples.Add("import_events_per_s", context.Options.Events / (await importing).TotalSeconds);
        context.Report.Progress("importing alone");
        var alone = await ImportAsync(context, product, context.Options.Events / 4, seed: 3);
        samples.Add("import_alone_events_per_s", context.Options.Events / 4 / alone.TotalSeconds);
        Add(context, samples, window);
    }

    private static void Add(BenchContext context, Samples samples, TimeSpan window)
    {
        var conditions =
            $"{context.Options.Events} NDJSON lines of about 900 bytes over HTTP beside {QuestionRate} recommendations/s and {EventRate} single events/s, both open loop from the moment a request was due, windows of {window.TotalSeconds:0.#} s, {BenchContext.Machine}";
        context.Report.Add("import_events_per_s", "events/s", samples["import_events_per_s"], "none: an absolute figure", conditions);
        context.Report.Add("import_alone_events_per_s", "events/s", samples["import_alone_events_per_s"], "none: an absolute figure", "the same without any other load");
        foreach (var metric in new[] { "decide_p50_ms_during_import", "decide_p99_ms_during_import" })
        {
            context.Report.Add(metric, "ms", samples[metric], "decide_p99_ms_before", conditions);
        }

        context.Report.Add("live_ack_p99_ms_during_import", "ms", samples["live_ack_p99_ms_during_import"], "live_ack_p99_ms_before", conditions);
        context.Report.Add("decide_p99_ms_before", "ms", samples["decide_p99_ms_before"], "itself", "the same two loads without an import");
        context.Report.Add("live_ack_p99_ms_before", "ms", samples["live_ack_p99_ms_before"], "itself", "the same two loads without an import");
    }

    private static async Task<TimeSpan> ImportAsync(BenchContext context, ProductServer product, int events, ulong seed)
    {
        var started = Stopwatch.GetTimestamp();
        using var body = new PastEvents(new ZipfMix(), events, seed, BenchContext.Time.GetUtcNow());
        var report = await product.Control.ImportAsync($"source=bench&id=bench-{seed}", body, context.Cancellation);
        if (report.GetProperty("accepted").GetInt64() != events)
        {
            throw new InvalidOperationException($"Not all was imported: {report}");
        }

        return Stopwatch.GetElapsedTime(started);
    }

    private static async Task<(Histogram Decide, Histogram Ack)> AskAsync(BenchContext context, IPEndPoint server, byte[][] questions, TimeSpan duration)
    {
        var source = new EventRequests(1, Connections, new ZipfMix(), BenchContext.Time);
        var events = OpenLoop.RunAsync(server, source, Connections, EventRate, duration, context.Cancellation);
        var asked = await OpenLoop.RunAsync(
            server, new FixedRequests(questions, Connections), Connections, QuestionRate, duration, context.Cancellation);
        var sent = await events;
        context.ComplainOf("questions", asked.Refused, asked.Failed);
        context.ComplainOf("live events", sent.Refused, sent.Failed);
        return (asked.Latencies, sent.Latencies);
    }

    /// <summary>Slates of 20 for sessions of one to four items, popular ones more often, as shoppers are on their pages.</summary>
    private static byte[][] MakeQuestions()
    {
        var mix = new ZipfMix();
        var state = 99UL;
        return [.. Enumerable.Range(0, DifferentQuestions).Select(i =>
        {
            var items = Enumerable.Range(0, 1 + (i % 4)).Select(_ =>
            {
                mix.Next(ref state, out var _, out var item);
                return Names.Item(item);
            });
            return HttpRequests.Get($"/v1/recommendations/for-you?items={string.Join(',', items)}&limit={Questions.Limit}");
        })];
    }
}
