using System.Diagnostics;
using Personalization.Bench.Data;
using Personalization.Bench.Load;
using Personalization.Bench.Servers;
using Personalization.Decisioning.Contracts;

namespace Personalization.Bench.Benches;

/// <summary>
/// Next purchases of customers: the orders of the training part go in through the real endpoint, the product trains on them by itself, and each
/// customer is then asked about by id; what was bought in the weeks after is the target, and all items compete.
/// </summary>
internal static class RetailQuality
{
    private const int Places = 20;
    private static readonly TimeSpan FirstLook = TimeSpan.FromSeconds(3);
    private const string Prefix = "Personalization:Decisioning:Placements:buy-next:";

    private static readonly double[] Gains = [.. Enumerable.Range(0, Places).Select(place => 1 / Math.Log2(place + 2))];

    public static async Task MeasureAsync(BenchContext context, RetailSet set, Func<IPersonalizer, RecommendationRequest, Recommendations?> answerOf)
    {
        await using var host = await EmbeddedHost.StartAsync(
            ChildProcess.FreeEndPoint(),
            context.Cancellation,
            [new(Prefix + "Kind", "ForYou"), new(Prefix + "ExcludePurchased", "false")]);

        // The product looks for something to learn a second after its start: half of two years, which is there by then, is no model to be measured against.
        await Task.Delay(FirstLook, context.Cancellation);
        context.Report.Progress($"retail: teaching {set.Train.Count} orders");
        await RetailTeacher.TeachAsync(host.Control, set, context.Cancellation);
        var start = Stopwatch.GetTimestamp();
        var trained = await host.Control.SendJsonAsync(HttpMethod.Post, "/v1/learned-models/train", "{}"u8.ToArray(), context.Cancellation);
        var seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
        context.Report.Progress($"retail: trained in {seconds:F1} s: {trained}");
        Measure(context, host.Personalizer, "retail_all", "buy-next", set.Cases, answerOf);
        var onlyNew = set.Cases
            .Select(one => one with { Targets = one.Targets.Except(one.Bought).ToHashSet() })
            .Where(one => one.Targets.Count > 0)
            .ToList();
        Measure(context, host.Personalizer, "retail_new", "for-you", onlyNew, answerOf);
        context.Report.Add("retail_train_s", "s", [seconds], "none: an absolute figure", $"in the background, one thread, {set.Train.Count} orders, {BenchContext.Machine}");
    }

    private static void Measure(
        BenchContext context, IPersonalizer personalizer, string name, string placement, IReadOnlyList<RetailCase> cases, Func<IPersonalizer, RecommendationRequest, Recommendations?> answerOf)
    {
        var (hits, recall, ndcg, mrr) = (0d, 0d, 0d, 0d);
        var latencies = new Histogram();
        foreach (var one in cases)
        {
            var request = new RecommendationRequest { Placement = placement, UserId = one.Id, Limit = Places };
            var answer = answerOf(personalizer, request);
            var start = Stopwatch.GetTimestamp();
            personalizer.Recommend(request);
            latencies.RecordTicks(Stopwatch.GetTimestamp() - start);
            var found = (answer?.Items ?? []).Take(Places).Index().Where(item => one.Targets.Contains(item.Item.Id)).Select(item => item.Index).ToArray();
            hits += found.Length > 0 ? 1 : 0;
            recall += (double)found.Length / Math.Min(Places, one.Targets.Count);
            ndcg += found.Sum(place => Gains[place]) / Gains.Take(one.Targets.Count).Sum();
            mrr += found.Length > 0 ? 1.0 / (found[0] + 1) : 0;
        }

        const string Reference = "the items that the customer bought in the month after the training part, ranked among all items";
        var conditions = $"events through the pipeline, model trained by the product, asked by customer id, slates of {Places}, {cases.Count} customers, {BenchContext.Machine}";
        context.Report.Add($"{name}_hr", "ratio", [hits / cases.Count], Reference, conditions);
        context.Report.Add($"{name}_recall", "ratio", [recall / cases.Count], Reference, conditions);
        context.Report.Add($"{name}_ndcg", "ratio", [ndcg / cases.Count], Reference, conditions);
        context.Report.Add($"{name}_mrr", "ratio", [mrr / cases.Count], Reference, conditions);
        context.Report.Add($"{name}_mean_us", "us", [latencies.MeanNanoseconds / 1e3], "none: an absolute figure", $"in process, one thread, {conditions}");
    }
}
