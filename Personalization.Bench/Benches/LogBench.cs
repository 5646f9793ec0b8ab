using System.Diagnostics;
using System.IO.Compression;
using Personalization.Bench.Events;
using Personalization.Bench.Servers;
using Personalization.Bench.Storage;

namespace Personalization.Bench.Benches;

/// <summary>How to write the event log: a row an event, or one block a commit, plain or Brotli. All on SQLite, WAL, FULL.</summary>
internal static class LogBench
{
    private static readonly int[] CommitSizes = [1, 10, 100, 1_000];

    private static readonly (string Name, Func<byte[][], byte[][]> Shape)[] Ways =
    [
        ("row", events => events),
        ("block", events => [Join(events)]),
        ("brotli", events => [Compress(Join(events))]),
    ];

    public static Task RunAsync(BenchContext context)
    {
        var samples = new Samples();
        var events = EventBodies.Make(new ZipfMix(), 20_000).ToArray();
        var duration = context.Options.Measure(1);
        var warmup = new Samples();
        for (var run = 0; run <= context.Options.Runs; run++)
        {
            context.Report.Progress(run == 0 ? "warming up" : $"run {run} of {context.Options.Runs}");
            foreach (var size in CommitSizes)
            {
                foreach (var (name, shape) in Ways)
                {
                    context.Cancellation.ThrowIfCancellationRequested();
                    Measure(run == 0 ? warmup : samples, name, shape, events, size, run == 0 ? TimeSpan.FromMilliseconds(200) : duration);
                }
            }
        }

        AddAll(context, samples, duration);
        return Task.CompletedTask;
    }

    private static void Measure(
        Samples samples, string name, Func<byte[][], byte[][]> shape, byte[][] events, int commitSize, TimeSpan duration)
    {
        using var directory = new TemporaryDirectory();
        using var log = new RawLog(Path.Combine(directory.FullPath, "log.db"));
        var commits = events.Chunk(commitSize).Take(1_000).ToArray();
        var (start, count, next) = (Stopwatch.GetTimestamp(), 0L, 0);
        while (Stopwatch.GetElapsedTime(start) < duration)
        {
            log.Commit(shape(commits[next]));
            next = (next + 1) % commits.Length;
            count += commitSize;
        }

        var perSecond = count / Stopwatch.GetElapsedTime(start).TotalSeconds;
        samples.Add($"{name}_{commitSize}_events_per_s", perSecond);
        samples.Add($"{name}_{commitSize}_bytes", (double)log.MeasureFile() / count);
        if (name != "row")
        {
            samples.Add($"{name}_{commitSize}_vs_row", perSecond / samples.Last($"row_{commitSize}_events_per_s"));
        }
    }

    private static void AddAll(BenchContext context, Samples samples, TimeSpan duration)
    {
        var conditions = $"Microsoft.Data.Sqlite, WAL, synchronous=FULL, one thread, {duration.TotalSeconds:0.#} s a run, {BenchContext.Machine}";
        foreach (var size in CommitSizes)
        {
            foreach (var (name, _) in Ways)
            {
                var reference = name == "row" ? "itself" : $"row an event, {size} a commit";
                Add($"{name}_{size}_vs_row", "ratio", reference);
                Add($"{name}_{size}_events_per_s", "events/s", reference);
                Add($"{name}_{size}_bytes", "bytes/event", reference);
            }
        }

        void Add(string metric, string unit, string reference)
        {
            if (samples[metric].Count > 0)
            {
                context.Report.Add(metric, unit, samples[metric], reference, conditions);
            }
        }
    }

    private static byte[] Join(byte[][] events)
    {
        var block = new byte[events.Sum(body => body.Length)];
        var position = 0;
        foreach (var body in events)
        {
            body.CopyTo(block, position);
            position += body.Length;
        }

        return block;
    }

    private static byte[] Compress(byte[] block)
    {
        var packed = new byte[BrotliEncoder.GetMaxCompressedLength(block.Length)];
        return BrotliEncoder.TryCompress(block, packed, out var length, quality: 0, window: 22)
            ? packed[..length]
            : throw new InvalidOperationException("The block did not compress.");
    }
}
