using Personalization.Bench.Events;
using Personalization.Bench.Load;
using Personalization.Bench.Servers;

namespace Personalization.Bench.Benches;

/// <summary>
/// Kills the product under load and counts every shopper's events afterwards; then has it rebuild everything from a large log.
/// </summary>
internal static class RecoveryBench
{
    private const int Shoppers = 2_000;
    private const int BatchSize = 100;

    public static async Task RunAsync(BenchContext context)
    {
        await KillUnderLoadAsync(context);
        await ReplayAsync(context);
    }

    private static async Task KillUnderLoadAsync(BenchContext context)
    {
        using var product = await ProductServer.StartAsync(context.Files, context.Cancellation);
        var ledger = new AckLedger(Shoppers);
        var ready = new List<double>();
        for (var run = 1; run <= context.Options.Runs; run++)
        {
            context.Report.Progress($"kill {run} of {context.Options.Runs}");
            var source = new EventRequests(
                run % 2 == 1 ? 1 : BatchSize, context.Options.Connections, new ZipfMix(shoppers: Shoppers), BenchContext.Time, ledger);
            using var loop = new ClosedLoop(product.EndPoint, source, context.Options.Connections);
            loop.Start();
            await Task.Delay(context.Options.Measure(3), context.Cancellation);
            product.Kill();
            await loop.StopAsync(context.Cancellation);
            ready.Add((await product.StartAgainAsync(context.Cancellation)).TotalSeconds);
            SendAgain(product, source, ledger);
        }

        await product.Control.WaitUntilAppliedAsync(context.Cancellation);
        var (lost, doubled) = await CountAsync(product, ledger, context.Cancellation);
        var conditions = $"{context.Options.Runs} kills, each after {context.Options.Measure(3).TotalSeconds:0.#} s of {context.Options.Connections} connections sending without pause, single events and batches of {BatchSize} in turn, {ledger.TotalAcknowledged} events acknowledged, {BenchContext.Machine}";
        context.Report.Add("ready_s", "s", ready, "the start of the process", conditions);
        const string Reference = "what was sent, shopper by shopper; requests without an answer were sent again after the restart";
        context.Report.Add("lost", "events", [lost], Reference, conditions);
        context.Report.Add("doubled", "events", [doubled], Reference, conditions);
    }

    /// <summary>A client repeats what it got no answer to; the log may or may not have it already.</summary>
    private static void SendAgain(ProductServer product, EventRequests source, AckLedger ledger)
    {
        using var connection = new BlockingConnection(product.EndPoint);
        foreach (var (request, shoppers) in source.Unanswered())
        {
            if (!connection.Exchange(request).IsOk)
            {
                throw new InvalidOperationException("A repeated request was refused.");
            }

            ledger.Acknowledged(shoppers);
        }
    }

    private static async Task<(long Lost, long Doubled)> CountAsync(ProductServer product, AckLedger ledger, CancellationToken cancellationToken)
    {
        var (lost, doubled) = (0L, 0L);
        for (var shopper = 0; shopper < ledger.Shoppers; shopper++)
        {
            var counted = await product.Control.CountEventsAsync(Names.Shopper(shopper), cancellationToken);
            lost += Math.Max(0, ledger.AcknowledgedOf(shopper) - counted);
            doubled += Math.Max(0, counted - ledger.SentOf(shopper));
        }

        return (lost, doubled);
    }

    private static async Task ReplayAsync(BenchContext context)
    {
        using var product = await ProductServer.StartAsync(context.Files, context.Cancellation);
        var empty = (await product.StartAgainAsync(context.Cancellation)).TotalSeconds;
        context.Report.Progress($"writing {context.Options.Events} events");
        var source = new EventRequests(BatchSize, context.Options.Connections, new ZipfMix(shoppers: 50_000), BenchContext.Time);
        using (var loop = new ClosedLoop(product.EndPoint, source, context.Options.Connections))
        {
            loop.Start();
            while (loop.Answered * BatchSize < context.Options.Events)
            {
                await Task.Delay(20, context.Cancellation);
            }

            await loop.StopAsync(context.Cancellation);
        }

        var events = (await product.Control.WaitUntilAppliedAsync(context.Cancellation)).GetProperty("events").GetInt64();
        var (speeds, readies) = (new List<double>(), new List<double>());
        for (var run = 1; run <= context.Options.Runs; run++)
        {
            product.Kill();
            product.DeleteDerivedState();
            readies.Add((await product.StartAgainAsync(context.Cancellation)).TotalSeconds);
            speeds.Add(events / readies[^1]);
            context.Report.Progress($"replay {run} of {context.Options.Runs}: {readies[^1]:F2} s");
        }

        var replayed = (await product.Control.WaitUntilAppliedAsync(context.Cancellation)).GetProperty("events").GetInt64();
        var conditions = $"{replayed} of {events} events from the log alone, no checkpoint, {ZipfMix.DefaultItems} items, 50000 shoppers; the start of the process is in the time ({empty:F2} s with an empty log), {BenchContext.Machine}";
        context.Report.Add("replay_events_per_s", "events/s", speeds, "the start of the process", conditions);
        context.Report.Add("replay_ready_s", "s", readies, "the start of the process", conditions);
    }
}
