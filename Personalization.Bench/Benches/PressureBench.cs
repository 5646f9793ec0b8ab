using System.Net;
using Personalization.Bench.Data;
using Personalization.Bench.Events;
using Personalization.Bench.Load;
using Personalization.Bench.Servers;

namespace Personalization.Bench.Benches;

/// <summary>
/// About twice the load that can be done, from two sources of single events and one of bulk, while a third sends what is critical and
/// shoppers ask for recommendations; and one shopper of 100,000 events a minute beside the others.
/// </summary>
internal static class PressureBench
{
    private const int CriticalRate = 500;
    private const int QuestionRate = 500;
    private const int OthersRate = 1_000;
    private const double HotRate = 100_000 / 60.0;
    private const int BulkBatch = 100;
    private const int Connections = 64;

    /// <summary>Code is compiled anew while it is used: as long as a round does a tenth more than the one before, it is not warm.</summary>
    private const double Warm = 1.1;
    private const int MostWarmUps = 8;

    /// <summary>The door notices within a second or two that there is too much; what it keeps up after that is measured.</summary>
    private static readonly TimeSpan Onset = TimeSpan.FromSeconds(3);

    public static async Task RunAsync(BenchContext context)
    {
        int? core = CpuPinning.IsPossible ? CpuPinning.ServerCore : null;
        if (core is not null)
        {
            CpuPinning.KeepLoadOffTheServer();
        }

        using var product = await ProductServer.StartAsync(context.Files, context.Cancellation, core);
        await BenchCatalog.PutAsync(product.Control, ZipfMix.DefaultItems, context.Cancellation);
        var bench = new Setup(context, product);
        await bench.MeasureCapacityAsync();
        for (var run = 1; run <= context.Options.Runs; run++)
        {
            context.Report.Progress($"run {run} of {context.Options.Runs}");
            await bench.CompareOverloadAsync();
            await bench.CompareHotShopperAsync();
        }

        bench.Report();
    }

    private sealed record Setup(BenchContext Context, ProductServer Product)
    {
        private readonly Samples _samples = new();
        private readonly ZipfMix _mix = new();
        private readonly TimeSpan _duration = Context.Options.Measure(20);
        private readonly byte[][] _questions =
            [.. Enumerable.Range(0, 1_000).Select(i => HttpRequests.Get($"/v1/recommendations/for-you?items={Names.Item(i * 7)}&limit=20"))];

        private double _singles;
        private double _batches;

        private IPEndPoint Server => Product.EndPoint;

        /// <summary>What the machine does alone, warm: requests of one event, and of bulk, a second. And makes the measured load warm.</summary>
        public async Task MeasureCapacityAsync()
        {
            Context.Report.Progress("warming up and measuring the capacity");
            var before = 0.0;
            for (var round = 0; round < MostWarmUps && _singles >= Warm * before; round++)
            {
                before = _singles;
                _singles = await ClosedAsync(1);
                _batches = await ClosedAsync(BulkBatch);
            }

            Context.Report.Progress($"capacity alone: {_singles:N0} single events/s, or {_batches:N0} batches of {BulkBatch} a second");
            await SettleAsync();
            var (slowest, lastSlowest) = (double.MaxValue, double.PositiveInfinity);
            for (var round = 0; round < MostWarmUps && lastSlowest >= Warm * slowest; round++)
            {
                lastSlowest = slowest;
                slowest = (await CalmAsync()).Max();
                Context.Report.Progress($"what is measured alone: p99 {slowest:F1} ms");
            }
        }

        /// <summary>The critical events and the questions alone: p99 of both, in ms.</summary>
        private async Task<double[]> CalmAsync() =>
            [.. (await Task.WhenAll(CriticalAsync(), AskAsync())).Select(result => result.Latencies.Milliseconds(99))];

        public async Task CompareOverloadAsync()
        {
            var calm = await CalmAsync();
            _samples.Add("calm_critical_ack_p99_ms", calm[0]);
            _samples.Add("calm_decide_p99_ms", calm[1]);

            var changesBefore = await LevelChangesAsync();
            var busy = FloodAsync(ProductSettings.OtherSources[0], 1, 0.8 * _singles);
            var modest = FloodAsync(ProductSettings.OtherSources[1], 1, 0.2 * _singles);
            var bulk = FloodAsync(ProductSettings.OtherSources[2], BulkBatch, _batches);
            await Task.Delay(Onset, Context.Cancellation);
            var (critical, asked) = (CriticalAsync(), AskAsync());
            await Task.Delay(_duration / 2, Context.Cancellation);
            await ShowAsync();
            await Task.WhenAll(busy, modest, bulk, critical, asked);
            var bulkSent = (_duration.TotalSeconds + Onset.TotalSeconds + 1) * _batches;
            _samples.Add("critical_ack_p50_ms", (await critical).Latencies.Milliseconds(50));
            _samples.Add("critical_ack_p99_ms", (await critical).Latencies.Milliseconds(99));
            _samples.Add("decide_p50_ms", (await asked).Latencies.Milliseconds(50));
            _samples.Add("decide_p99_ms", (await asked).Latencies.Milliseconds(99));
            _samples.Add("critical_refused", (await critical).Refused + (await critical).Failed);
            _samples.Add("bulk_shed_share", await bulk / bulkSent);
            _samples.Add("busy_shed_share", await busy / ((_duration.TotalSeconds + Onset.TotalSeconds + 1) * 0.8 * _singles));
            _samples.Add("modest_shed_share", await modest / ((_duration.TotalSeconds + Onset.TotalSeconds + 1) * 0.2 * _singles));
            _samples.Add("level_changes_per_minute", (await LevelChangesAsync() - changesBefore) / (_duration + Onset + TimeSpan.FromSeconds(1)).TotalMinutes);
            await SettleAsync();
        }

        public async Task CompareHotShopperAsync()
        {
            var without = await EventsAsync(ProductSettings.OtherSources[1], 1, OthersRate, _mix);
            var hot = EventsAsync(ProductSettings.OtherSources[0], 1, HotRate, new ZipfMix(shoppers: 1));
            var others = await EventsAsync(ProductSettings.OtherSources[1], 1, OthersRate, new ZipfMix(shoppers: 5_000));
            _samples.Add("hot_shopper_others_ack_p99_ms", others.Latencies.Milliseconds(99));
            _samples.Add("no_hot_shopper_others_ack_p99_ms", without.Latencies.Milliseconds(99));
            _samples.Add("hot_shopper_others_refused", others.Refused + others.Failed);
            await hot;
            await SettleAsync();
        }

        public void Report()
        {
            var overload =
                $"open loop, {0.8 * _singles:F0} and {0.2 * _singles:F0} single events/s of two sources and {_batches:F0} batches/s of {BulkBatch} views of a third (each group alone what the machine does), {CriticalRate} critical events/s of a fourth, {QuestionRate} questions/s, {_duration.TotalSeconds:0.#} s a run, from the moment a request was due; the three floods from processes of their own that give way to the one that measures, {BenchContext.Machine}";
            var calm = $"the same critical events and questions alone: p99 {Median("calm_critical_ack_p99_ms"):F2} and {Median("calm_decide_p99_ms"):F2} ms";
            foreach (var metric in new[] { "critical_ack_p50_ms", "critical_ack_p99_ms", "decide_p50_ms", "decide_p99_ms" })
            {
                Add(metric, "ms", calm, overload);
            }

            Add("critical_refused", "requests", "0: they are within their source's share", overload);
            Add("bulk_shed_share", "of requests", "none", overload);
            Add("busy_shed_share", "of requests", "the modest source's", overload);
            Add("modest_shed_share", "of requests", "the busy source's", overload);
            Add("level_changes_per_minute", "1/min", "none", overload);
            var hot = $"open loop, {OthersRate} single events/s of others beside {HotRate:F0} a second of one shopper, {_duration.TotalSeconds:0.#} s a run, {BenchContext.Machine}";
            Add("hot_shopper_others_ack_p99_ms", "ms", $"without the hot shopper: {Median("no_hot_shopper_others_ack_p99_ms"):F2} ms", hot);
            Add("hot_shopper_others_refused", "requests", "0", hot);
        }

        private void Add(string metric, string unit, string reference, string conditions) =>
            Context.Report.Add(metric, unit, _samples[metric], reference, conditions);

        private double Median(string metric) => _samples[metric].Order().ElementAt(_samples[metric].Count / 2);

        private async Task<double> ClosedAsync(int batchSize)
        {
            var connections = Context.Options.Connections;
            var source = new EventRequests(batchSize, connections, _mix, BenchContext.Time, choose: EventTemplate.IsView);
            return (await ClosedLoop.RunAsync(Server, source, connections, TimeSpan.FromSeconds(3), Context.Cancellation)).PerSecond;
        }

        private Task<OpenLoopResult> CriticalAsync() =>
            EventsAsync(ProductSettings.OtherSources[3], 1, CriticalRate, _mix, static index => !EventTemplate.IsView(index));

        private Task<long> FloodAsync(string writeKey, int batchSize, double perSecond) => Flood.RunAsync(
            Server, writeKey, batchSize, perSecond, _duration + Onset, CpuPinning.IsPossible ? CpuPinning.LoadCore : null, Context.Cancellation);

        private Task<OpenLoopResult> AskAsync() => OpenLoop.RunAsync(
            Server, new FixedRequests(_questions, Connections), Connections, QuestionRate, _duration, Context.Cancellation);

        private Task<OpenLoopResult> EventsAsync(string writeKey, int batchSize, double perSecond, IEventMix mix, Func<int, bool>? choose = null) =>
            OpenLoop.RunAsync(
                Server,
                new EventRequests(batchSize, Connections, mix, BenchContext.Time, writeKey: writeKey, choose: choose),
                Connections,
                perSecond,
                _duration,
                Context.Cancellation);

        private async Task<long> LevelChangesAsync() =>
            (await Product.Control.GetAsync("/v1/pressure", Context.Cancellation)).GetProperty("levelChanges").GetInt64();

        /// <summary>What the server itself sees in the midst of it: the load's own queue is not in there.</summary>
        private async Task ShowAsync()
        {
            var pressure = await Product.Control.GetAsync("/v1/pressure", Context.Cancellation);
            var signals = pressure.GetProperty("signals").EnumerateArray()
                .Select(signal => $"{signal.GetProperty("name").GetString()} {signal.GetProperty("valueMs").GetDouble():F1} ms");
            Context.Report.Progress($"level {pressure.GetProperty("level").GetString()}: {string.Join(", ", signals)}");
        }

        /// <summary>Until everything is applied and the door is open again, so that one measurement does not begin in the other's end.</summary>
        private async Task SettleAsync()
        {
            await Product.Control.WaitUntilAppliedAsync(Context.Cancellation);
            for (var i = 0; i < 600; i++)
            {
                var pressure = await Product.Control.GetAsync("/v1/pressure", Context.Cancellation);
                if (pressure.GetProperty("level").GetString() == "Normal")
                {
                    return;
                }

                await Task.Delay(100, Context.Cancellation);
            }

            throw new InvalidOperationException("The pressure did not go within a minute of the load's end.");
        }
    }
}
