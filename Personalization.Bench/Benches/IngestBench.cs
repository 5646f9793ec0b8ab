using System.Diagnostics;
using System.Net;
using Personalization.Bench.Events;
using Personalization.Bench.Load;
using Personalization.Bench.Servers;
using Personalization.Bench.Storage;

namespace Personalization.Bench.Benches;

/// <summary>Durable events over HTTP, against a server that parses and discards and against a raw SQLite writer.</summary>
internal static class IngestBench
{
    private const int BatchSize = 100;
    private const int OpenLoopRate = 5_000;
    private const int OpenLoopConnections = 128;

    public static async Task RunAsync(BenchContext context)
    {
        using var bare = await BareServer.StartAsync(answerBytes: 15, context.Files, context.Cancellation);
        using var product = await ProductServer.StartAsync(context.Files, context.Cancellation);
        await Data.BenchCatalog.PutAsync(product.Control, ZipfMix.DefaultItems, context.Cancellation);
        var bench = new Setup(context, bare.EndPoint, product.EndPoint, new Samples());
        await bench.WarmUpAsync();
        for (var run = 1; run <= context.Options.Runs; run++)
        {
            context.Report.Progress($"run {run} of {context.Options.Runs}");
            await bench.CompareThroughputAsync();
        }

        for (var run = 1; run <= context.Options.Runs; run++)
        {
            context.Report.Progress($"{OpenLoopRate} events/s, run {run} of {context.Options.Runs}");
            await bench.MeasureAcknowledgementsAsync();
        }

        bench.Report();
    }

    private sealed record Setup(BenchContext Context, IPEndPoint Bare, IPEndPoint Product, Samples Samples)
    {
        private readonly ZipfMix _mix = new();
        private readonly TimeSpan _measure = Context.Options.Measure(3);

        /// <summary>Until tiered compilation has settled on both sides.</summary>
        public async Task WarmUpAsync()
        {
            Context.Report.Progress("warming up");
            foreach (var server in new[] { Bare, Product })
            {
                await LoadAsync(server, 1, TimeSpan.FromSeconds(3));
                await LoadAsync(server, BatchSize, TimeSpan.FromSeconds(3));
            }
        }

        public async Task CompareThroughputAsync()
        {
            var bareSingles = await LoadAsync(Bare, 1, _measure);
            var singles = await LoadAsync(Product, 1, _measure);
            var bareBatches = await LoadAsync(Bare, BatchSize, _measure);
            var batches = await LoadAsync(Product, BatchSize, _measure);
            var raw = await Task.Run(MeasureRawSqlite, Context.Cancellation);
            Samples.Add("single_ratio", singles / bareSingles);
            Samples.Add("single_events_per_s", singles);
            Samples.Add("bare_single_events_per_s", bareSingles);
            Samples.Add("batch100_ratio", batches / bareBatches);
            Samples.Add("batch100_vs_raw_sqlite", batches / raw);
            Samples.Add("batch100_events_per_s", batches);
            Samples.Add("bare_batch100_events_per_s", bareBatches);
            Samples.Add("raw_sqlite_events_per_s", raw);
        }

        public async Task MeasureAcknowledgementsAsync()
        {
            await OpenLoopAsync(Bare, "bare_", Context.Options.Measure(10));
            await OpenLoopAsync(Product, "", Context.Options.Measure(60));
        }

        public void Report()
        {
            var machine = BenchContext.Machine;
            var closed = $"{Context.Options.Connections} connections, closed loop, {_measure.TotalSeconds:0.#} s a run, events of {MeanBytes():F0} bytes, {machine}";
            Add("single_ratio", "ratio", "bare Kestrel that parses and discards the same single events", closed);
            Add("single_events_per_s", "events/s", "bare_single_events_per_s", closed);
            Add("bare_single_events_per_s", "events/s", "itself", closed);
            Add("batch100_ratio", "ratio", "bare Kestrel that parses and discards the same batches of 100", closed);
            Add("batch100_vs_raw_sqlite", "ratio", "raw SQLite writer, row an event, prepared, WAL, FULL, commits of 100, one thread", closed);
            Add("batch100_events_per_s", "events/s", "bare_batch100_events_per_s", closed);
            Add("bare_batch100_events_per_s", "events/s", "itself", closed);
            Add("raw_sqlite_events_per_s", "events/s", "itself", closed);
            var open = $"open loop, {OpenLoopRate} single events/s, {Context.Options.Measure(60).TotalSeconds:0.#} s a run, from the moment a request was due, {machine}";
            var bare = $"bare Kestrel at the same rate for {Context.Options.Measure(10).TotalSeconds:0.#} s: p99 {Median("bare_ack_p99_ms"):F2} ms, p99.9 {Median("bare_ack_p999_ms"):F2} ms";
            Add("ack_p50_ms", "ms", bare, open);
            Add("ack_p99_ms", "ms", bare, open);
            Add("ack_p999_ms", "ms", bare, open);
            Add("ack_max_ms", "ms", bare, open);
        }

        private void Add(string metric, string unit, string reference, string conditions) =>
            Context.Report.Add(metric, unit, Samples[metric], reference, conditions);

        private double Median(string metric) => Samples[metric].Order().ElementAt(Samples[metric].Count / 2);

        private double MeanBytes() => new EventRequests(1, 1, _mix, BenchContext.Time).MeanEventBytes;

        /// <returns>Acknowledged events a second.</returns>
        private async Task<double> LoadAsync(IPEndPoint server, int batchSize, TimeSpan duration)
        {
            var connections = Context.Options.Connections;
            var source = new EventRequests(batchSize, connections, _mix, BenchContext.Time);
            var result = await ClosedLoop.RunAsync(server, source, connections, duration, Context.Cancellation);
            Context.ComplainOf($"{batchSize} events a request to {(server.Equals(Bare) ? "the bare server" : "the product")}", result.Refused, result.Failed);
            return result.PerSecond * batchSize;
        }

        private async Task OpenLoopAsync(IPEndPoint server, string prefix, TimeSpan duration)
        {
            var source = new EventRequests(1, OpenLoopConnections, _mix, BenchContext.Time);
            var result = await OpenLoop.RunAsync(server, source, OpenLoopConnections, OpenLoopRate, duration, Context.Cancellation);
            Context.ComplainOf($"open loop {prefix}", result.Refused, result.Failed);
            Samples.Add(prefix + "ack_p50_ms", result.Latencies.Milliseconds(50));
            Samples.Add(prefix + "ack_p99_ms", result.Latencies.Milliseconds(99));
            Samples.Add(prefix + "ack_p999_ms", result.Latencies.Milliseconds(99.9));
            Samples.Add(prefix + "ack_max_ms", result.Latencies.MaxNanoseconds / 1e6);
        }

        private double MeasureRawSqlite()
        {
            using var directory = new TemporaryDirectory();
            using var log = new RawLog(Path.Combine(directory.FullPath, "raw.db"));
            var commits = EventBodies.Make(_mix, BatchSize * 20).Chunk(BatchSize).ToArray();
            var (start, events, next) = (Stopwatch.GetTimestamp(), 0L, 0);
            while (Stopwatch.GetElapsedTime(start) < _measure)
            {
                log.Commit(commits[next]);
                next = (next + 1) % commits.Length;
                events += BatchSize;
            }

            return events / Stopwatch.GetElapsedTime(start).TotalSeconds;
        }
    }
}
