using System.Diagnostics;
using Personalization.Bench.Data;
using Personalization.Bench.Load;
using Personalization.Bench.Servers;
using Personalization.Decisioning.Contracts;

namespace Personalization.Bench.Benches;

/// <summary>
/// Next item, given the beginning of a session: the training clicks go in through the real endpoint in the order of time, then every
/// prefix of every test session is a case, its next item the only target, and all items compete.
/// </summary>
internal static class QualityBench
{
    private const int Passes = 3;

    /// <summary>A small set is gone through more often: a few thousand questions last no longer than the checkpoint beside them.</summary>
    private const int LeastQuestions = 100_000;
    private const int MaxRepeats = 20;

    public static async Task RunAsync(BenchContext context)
    {
        if (context.Options is { TrainFile: { } train, TestFile: { } test })
        {
            await MeasureAsync(context, ClickSet.Read("set", train, test), prefix: "");
            return;
        }

        foreach (var name in new[] { "yc64", "toy" })
        {
            if (ClickSet.Find(context.Options, name, context.Report.Progress) is { } set)
            {
                await MeasureAsync(context, set, name + "_");
            }
        }

        if (RetailSet.Find(context.Options, context.Report.Progress) is { } retail)
        {
            var late = 0;
            await RetailQuality.MeasureAsync(context, retail, (personalizer, request) => AnswerOf(personalizer, request, ref late));
            context.Report.Progress($"retail: {late} answers were late on this machine and asked again");
        }
    }

    private static async Task MeasureAsync(BenchContext context, ClickSet set, string prefix)
    {
        await using var host = await EmbeddedHost.StartAsync(ChildProcess.FreeEndPoint(), context.Cancellation);
        var start = Stopwatch.GetTimestamp();
        context.Report.Progress($"{set.Name}: teaching {set.Train.Sum(session => session.Items.Length)} clicks");
        await Teacher.TeachAsync(host.Control, set, context.Cancellation);
        var trained = await host.Control.SendJsonAsync(HttpMethod.Post, "/v1/learned-models/train", "{}"u8.ToArray(), context.Cancellation);
        context.Report.Progress($"{set.Name}: trained: {trained}");
        context.Report.Progress($"{set.Name}: taught in {Stopwatch.GetElapsedTime(start).TotalSeconds:F1} s");
        var conditions = $"{set.Train.Count} sessions learnt, current item {{0}}, slates of {Questions.Limit}, prefixes of at least {context.Options.MinPrefix}, {{1}} cases, {BenchContext.Machine}";
        Measure(context, host.Personalizer, set, prefix, allowCurrentItem: true, conditions);
        Measure(context, host.Personalizer, set, prefix, allowCurrentItem: false, conditions);
    }

    private static void Measure(
        BenchContext context, IPersonalizer personalizer, ClickSet set, string prefix, bool allowCurrentItem, string conditions)
    {
        var cases = Questions.InProcess(set, context.Options.MinPrefix, allowCurrentItem).ToArray();
        var ranks = new int[cases.Length];
        var repeated = 0;
        for (var i = 0; i < cases.Length; i++)
        {
            ranks[i] = RankOf(AnswerOf(personalizer, cases[i].Request, ref repeated), cases[i].Target);
        }

        context.Report.Progress($"{set.Name}: {repeated} answers of {cases.Length} were late on this machine and asked again");
        var suffix = allowCurrentItem ? "" : "_current_removed";
        var text = string.Format(conditions, allowCurrentItem ? "allowed" : "removed", cases.Length);
        const string Reference = "the held-out next item of each prefix, ranked among all items";
        context.Report.Add($"{prefix}hr20{suffix}", "ratio", [ranks.Average(rank => rank > 0 ? 1.0 : 0.0)], Reference, text);
        context.Report.Add($"{prefix}mrr20{suffix}", "ratio", [ranks.Average(rank => rank > 0 ? 1.0 / rank : 0.0)], Reference, text);

        var samples = new Samples();
        for (var pass = 0; pass < Math.Max(Passes, LeastQuestions / cases.Length); pass++)
        {
            context.Cancellation.ThrowIfCancellationRequested();
            var latencies = Time(personalizer, cases);
            samples.Add("mean", latencies.MeanNanoseconds / 1e3);
            samples.Add("p90", latencies.Microseconds(90));
        }

        const string Absolute = "none: an absolute figure";
        context.Report.Add($"{prefix}mean_us{suffix}", "us", samples["mean"], Absolute, $"in process, one thread, {text}");
        context.Report.Add($"{prefix}p90_us{suffix}", "us", samples["p90"], Absolute, $"in process, one thread, {text}");
    }

    /// <summary>
    /// How well the models rank does not depend on whether the machine was busy: an answer that ran out of its time is asked again.
    /// </summary>
    private static Recommendations? AnswerOf(IPersonalizer personalizer, RecommendationRequest request, ref int repeated)
    {
        var answer = personalizer.Recommend(request);
        for (var attempt = 0; attempt < MaxRepeats && answer?.FallbackReason == "budget_exceeded"; attempt++)
        {
            repeated++;
            answer = personalizer.Recommend(request);
        }

        return answer;
    }

    private static Histogram Time(IPersonalizer personalizer, (RecommendationRequest Request, string Target)[] cases)
    {
        var latencies = new Histogram();
        foreach (var (request, _) in cases)
        {
            var start = Stopwatch.GetTimestamp();
            personalizer.Recommend(request);
            latencies.RecordTicks(Stopwatch.GetTimestamp() - start);
        }

        return latencies;
    }

    /// <returns>From 1; 0 when the target is not in the slate.</returns>
    private static int RankOf(Recommendations? answer, string target)
    {
        var items = answer?.Items ?? [];
        for (var i = 0; i < Math.Min(items.Count, Questions.Limit); i++)
        {
            if (items[i].Id == target)
            {
                return i + 1;
            }
        }

        return 0;
    }
}
