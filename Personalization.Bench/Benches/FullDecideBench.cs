using Personalization.Bench.Data;
using Personalization.Bench.Servers;

namespace Personalization.Bench.Benches;

/// <summary>
/// The same figures as <c>decide</c> with everything on that a decision can do, from 100,000 items; and what is left of them when one model hangs
/// for ten seconds whenever it is asked.
/// </summary>
internal static class FullDecideBench
{
    public static async Task RunAsync(BenchContext context)
    {
        await MeasureInProcessAsync(context);
        await MeasureHttpAsync(context, isStuck: false);
        await MeasureHttpAsync(context, isStuck: true);
    }

    private static async Task MeasureInProcessAsync(BenchContext context)
    {
        using var server = await EmbeddedDecisions.StartAsync(context, "--full");
        context.Report.Progress("filling the embedded shop");
        var isOn = await FullShop.FillAsync(server.Control, context.Cancellation);
        await DecisionsBesideEvents.MeasureInProcessAsync(context, server, isOn + ", ");
    }

    private static async Task MeasureHttpAsync(BenchContext context, bool isStuck)
    {
        using var server = await EmbeddedDecisions.StartAsync(context, isStuck ? "--stuck" : "--full");
        context.Report.Progress(isStuck ? "filling the shop with a model that hangs" : "filling the shop");
        var isOn = await FullShop.FillAsync(server.Control, context.Cancellation);
        var questions = FullShop.OverHttp().ToArray();
        var prefix = isStuck ? "stuck_" : "http_";
        var samples = new Samples();
        var duration = context.Options.Measure(10);
        await DecisionsBesideEvents.AskAsync(context, server.EndPoint, questions, TimeSpan.FromSeconds(2));

        for (var run = 1; run <= context.Options.Runs; run++)
        {
            context.Report.Progress($"{prefix}: {DecisionsBesideEvents.QuestionRate}/s beside {DecisionsBesideEvents.EventRate} events/s, run {run} of {context.Options.Runs}");
            var asked = DecisionsBesideEvents.AskAsync(context, server.EndPoint, questions, duration);
            if (isStuck && run == 1)
            {
                // In the midst of what is measured: those who ask it first are what the figure is about.
                await Task.Delay(TimeSpan.FromSeconds(2), context.Cancellation);
                await server.HangAsync(context.Cancellation);
            }

            var latencies = await asked;
            samples.Add(prefix + "p50_ms", latencies.Milliseconds(50));
            samples.Add(prefix + "p99_ms", latencies.Milliseconds(99));
            samples.Add(prefix + "p999_ms", latencies.Milliseconds(99.9));
        }

        var hangs = isStuck ? $", one model holds whoever asks it for {StuckParts.HoldSeconds} s (budget of the placement: 20 ms)" : "";
        var conditions = $"open loop, {DecisionsBesideEvents.QuestionRate} requests/s beside {DecisionsBesideEvents.EventRate} single events/s, {isOn}{hangs}, {duration.TotalSeconds:0.#} s a run, from the moment a request was due, {BenchContext.Machine}";
        foreach (var metric in new[] { "p50_ms", "p99_ms", "p999_ms" })
        {
            context.Report.Add(prefix + metric, "ms", samples[prefix + metric], "none: an absolute figure", conditions);
        }
    }
}
