using Personalization.Bench.Data;
using Personalization.Bench.Events;
using Personalization.Bench.Load;
using Personalization.Bench.Servers;

namespace Personalization.Bench.Benches;

/// <summary>How the server's memory grows with profiles that have 32 recent items each.</summary>
internal static class MemoryBench
{
    private const int ViewsEach = 32;
    private const int BatchSize = 100;
    private const int WarmupShoppers = 2_000;

    private static readonly int[] Sizes = [100_000, 1_000_000];

    public static async Task RunAsync(BenchContext context)
    {
        using var product = await ProductServer.StartAsync(context.Files, context.Cancellation);
        await BenchCatalog.PutAsync(product.Control, FillMix.Items, context.Cancellation);
        await FillAsync(context, product, new FillMix(100_000_000, ViewsEach), WarmupShoppers);
        var before = await product.Control.ReadMemoryAsync(context.Cancellation);

        var mix = new FillMix(firstShopper: 0, ViewsEach);
        var wanted = Sizes.Where(size => size <= context.Options.Profiles).DefaultIfEmpty(context.Options.Profiles);
        var last = (Profiles: 0L, Memory: before);
        foreach (var size in wanted)
        {
            context.Report.Progress($"filling {size} profiles");
            await FillAsync(context, product, mix, size);
            var now = (Profiles: mix.Filled, Memory: await product.Control.ReadMemoryAsync(context.Cancellation));
            Add(context, NameOf(size), before, now);
            if (last.Profiles > 0)
            {
                var growth = (double)(now.Memory.Managed - last.Memory.Managed) / (now.Profiles - last.Profiles);
                AddOne(context, $"bytes_per_profile_{NameOf(size)}_marginal", growth, $"memory at {last.Profiles} profiles", now.Profiles);
            }

            last = now;
        }
    }

    private static void Add(
        BenchContext context, string name, (long Managed, long WorkingSet) before, (long Profiles, (long Managed, long WorkingSet) Memory) now)
    {
        const string Reference = "memory before the first of them; what the models and the duplicate check keep of the events is in the figure";
        AddOne(context, $"bytes_per_profile_{name}", (double)(now.Memory.Managed - before.Managed) / now.Profiles, Reference, now.Profiles);
        AddOne(context, $"bytes_per_profile_{name}_rss", (double)(now.Memory.WorkingSet - before.WorkingSet) / now.Profiles, Reference, now.Profiles);
    }

    private static void AddOne(BenchContext context, string metric, double value, string reference, long profiles) => context.Report.Add(
        metric, "bytes/profile", [value], reference,
        $"{profiles} profiles with {ViewsEach} views of different items each, through batches of {BatchSize} over HTTP; managed bytes after a full collection, rss the working set, {BenchContext.Machine}");

    private static async Task FillAsync(BenchContext context, ProductServer product, FillMix mix, int profiles)
    {
        var source = new EventRequests(BatchSize, context.Options.Connections, mix, BenchContext.Time);
        using var loop = new ClosedLoop(product.EndPoint, source, context.Options.Connections);
        loop.Start();
        while (mix.Filled < profiles)
        {
            await Task.Delay(20, context.Cancellation);
        }

        await loop.StopAsync(context.Cancellation);
        await product.Control.WaitUntilAppliedAsync(context.Cancellation);
    }

    private static string NameOf(int profiles) => profiles switch
    {
        100_000 => "100k",
        1_000_000 => "1m",
        _ => $"{profiles}",
    };
}
