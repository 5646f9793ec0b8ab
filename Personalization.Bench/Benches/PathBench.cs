using System.Buffers;
using System.Diagnostics;
using System.Text;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Personalization.Bench.Events;
using Personalization.Bench.Servers;
using Personalization.Host;
using Personalization.Kernel.Log;
using Personalization.Tracking.Contracts;
using Personalization.Tracking.Domain;
using Personalization.Tracking.Pipeline;

namespace Personalization.Bench.Benches;

/// <summary>
/// What each station on the way of an event costs, in ns and in bytes allocated: one thread calls them one after the other, without HTTP, disk and queues. The
/// least of the runs says most, since noise only ever adds.
/// </summary>
internal static class PathBench
{
    private const int BatchSize = 100;
    private const int Batches = 200;
    private const int WarmupRuns = 10;

    public static async Task RunAsync(BenchContext context)
    {
        using var data = new TemporaryDirectory();
        var settings = ProductSettings.For(data.FullPath).Append(ProductSettings.LogToStandardError);
        await using var app = HostApp.Build([.. settings.Select(setting => $"--{setting.Key}={setting.Value}")]);
        var stations = new Stations(app.Services);
        var samples = new Samples();
        var runs = Math.Max(20, context.Options.Runs);
        for (var run = -WarmupRuns; run < runs; run++)
        {
            context.Cancellation.ThrowIfCancellationRequested();
            stations.Run(run < 0 ? new Samples() : samples, seed: (ulong)(run + WarmupRuns + 1) * 0x9E3779B97F4A7C15);
        }

        var conditions = $"one thread, no HTTP, disk or queue, {Batches} batches of {BatchSize} different events a run, {BenchContext.Machine}";
        foreach (var name in stations.Names)
        {
            context.Report.Add($"{name}_ns", "ns/event", samples[name], "itself; the least counts", conditions);
        }

        foreach (var name in stations.Names.Where(name => samples[Stations.BytesOf(name)].Any(bytes => bytes >= 1)))
        {
            context.Report.Add($"{name}_bytes", "bytes/event", samples[Stations.BytesOf(name)], "itself, allocated; stations that allocate nothing are left out", conditions);
        }
    }

    private sealed class Stations
    {
        private readonly SegmentParser _parser;
        private readonly EventBatchCodec _codec;
        private readonly EventBatchPool _pool;
        private readonly IDoorRule[] _rules;
        private readonly ISequencerStep[] _steps;
        private readonly IEventStage[] _stages;
        private readonly IEventObserver[] _observers;
        private readonly ushort _source;
        private readonly LogBlockBuilder _block;
        private readonly ZipfMix _mix = new();
        private readonly long[] _ticks;
        private readonly long[] _bytes;
        private long _offset;

        public Stations(IServiceProvider services)
        {
            _parser = services.GetRequiredService<SegmentParser>();
            _codec = services.GetRequiredService<EventBatchCodec>();
            _pool = services.GetRequiredService<EventBatchPool>();
            _block = new LogBlockBuilder(services.GetRequiredService<IOptions<LogOptions>>().Value.CompressAboveBytes);
            _rules = [.. services.GetServices<IDoorRule>()];
            _steps = [.. services.GetServices<ISequencerStep>()];
            _stages = [.. services.GetServices<IEventStage>()];
            _observers = [.. services.GetServices<IEventObserver>()];
            _source = services.GetRequiredService<ISourceDirectory>().Named("bench").Id;
            Names =
            [
                "parse_and_check", "complete", .. Of("rule", _rules), "block", "read_back",
                .. Of("step", _steps), .. Of("stage", _stages), .. Of("sequenced", _observers), .. Of("applied", _observers),
            ];
            _ticks = new long[Names.Count];
            _bytes = new long[Names.Count];
        }

        public IReadOnlyList<string> Names { get; }

        public static string BytesOf(string name) => name + " bytes";

        public void Run(Samples samples, ulong seed)
        {
            Array.Clear(_ticks);
            Array.Clear(_bytes);
            foreach (var body in Bodies(seed))
            {
                Send(body);
            }

            for (var i = 0; i < Names.Count; i++)
            {
                samples.Add(Names[i], _ticks[i] * (1e9 / Stopwatch.Frequency) / (Batches * BatchSize));
                samples.Add(BytesOf(Names[i]), (double)_bytes[i] / (Batches * BatchSize));
            }
        }

        private static IEnumerable<string> Of<T>(string what, T[] parts) => parts.Select(part => $"{what}_{part!.GetType().Name}");

        private IEnumerable<byte[]> Bodies(ulong seed)
        {
            var events = EventBodies.Make(_mix, Batches * BatchSize, seed).Chunk(BatchSize);
            return events.Select(chunk => Encoding.UTF8.GetBytes($"{{\"batch\":[{string.Join(',', chunk.Select(Encoding.UTF8.GetString))}]}}"));
        }

        private void Send(byte[] body)
        {
            var batch = _pool.Rent(body.Length);
            batch.Write(body);
            batch.ReceivedAtMs = TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds();
            batch.FirstOffset = _offset;
            var at = 0;
            var outcome = default(ParseOutcome);
            Time(ref at, () => outcome = _parser.ParseBatch(batch));
            if (batch.EventCount != BatchSize)
            {
                throw new InvalidOperationException($"{batch.EventCount} of {BatchSize} events were taken.");
            }

            batch.SourceId = _source;
            Time(ref at, () => _parser.Complete(batch, outcome.Shared));
            foreach (var rule in _rules)
            {
                TimeEach(ref at, batch, trackedEvent => rule.Check(trackedEvent));
            }

            _block.Clear();
            Time(ref at, () =>
            {
                _block.Add(batch);
                _block.Build(out _);
            });
            var output = new ArrayBufferWriter<byte>(2 * body.Length);
            batch.WriteTo(output);
            Time(ref at, () => _codec.Read(_offset, BatchSize, output.WrittenSpan).Release());
            Apply(batch, at);
            _offset += BatchSize;
            batch.Release();
        }

        private void Apply(EventBatch batch, int at)
        {
            for (var i = 0; i < batch.EventCount; i++)
            {
                batch[i].Offset = _offset + i;
            }

            foreach (var step in _steps)
            {
                TimeEach(ref at, batch, step.Resolve);
            }

            foreach (var stage in _stages)
            {
                TimeEach(ref at, batch, stage.Apply);
            }

            foreach (var observer in _observers)
            {
                TimeEach(ref at, batch, observer.Sequenced);
            }

            foreach (var observer in _observers)
            {
                TimeEach(ref at, batch, trackedEvent => observer.Applied(trackedEvent, EventVerdict.Accepted));
            }
        }

        private void TimeEach(ref int at, EventBatch batch, Action<TrackedEvent> work) => Time(ref at, () =>
        {
            for (var i = 0; i < batch.EventCount; i++)
            {
                if (!batch[i].IsDropped)
                {
                    work(batch[i]);
                }
            }
        });

        private void Time(ref int at, Action work)
        {
            var (start, bytes) = (Stopwatch.GetTimestamp(), GC.GetAllocatedBytesForCurrentThread());
            work();
            _ticks[at] += Stopwatch.GetTimestamp() - start;
            _bytes[at++] += GC.GetAllocatedBytesForCurrentThread() - bytes;
        }
    }
}
