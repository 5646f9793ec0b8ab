using System.Diagnostics;
using System.Text;
using Personalization.Bench.Servers;

namespace Personalization.Bench.Benches;

/// <summary>Previews of conditions of each kind over all profiles, one after the other.</summary>
internal static class SegmentPreviews
{
    private static readonly (string Name, string Condition)[] Asked =
    [
        ("count", """{"event":"Product Viewed","where":{"product":"category","op":"eq","value":"Tents"},"within":"7d","count":{"op":"gte","value":2}}"""),
        ("sum", """{"event":"Product Viewed","within":"30d","sum":{"product":"price","op":"gte","value":300}}"""),
        ("sequence", """{"sequence":[{"event":"Product Viewed"},{"event":"Product Added","within":"2h"},{"not":{"event":"Order Completed"},"within":"30m"}],"within":"7d"}"""),
        ("trait", """{"trait":"plan","op":"eq","value":"gold"}"""),
        ("segments", """{"all":[{"segment":"bench-0"},{"none":[{"segment":"bench-1"}]}]}"""),
        ("rare_event", """{"event":"Order Completed","within":"30d"}"""),
        ("mixed", """{"all":[{"event":"Product Added","within":"7d"},{"none":[{"event":"Order Completed","within":"7d"}]},{"any":[{"trait":"plan","op":"exists"},{"event":"Product Viewed","within":"1d","count":{"op":"gte","value":3}}]}]}"""),
    ];

    public static async Task MeasureAsync(BenchContext context, ProductServer product, string conditions)
    {
        var samples = new Samples();
        for (var run = 0; run <= context.Options.Runs; run++)
        {
            context.Report.Progress(run == 0 ? "previews, warming up" : $"previews, run {run} of {context.Options.Runs}");
            var worst = 0.0;
            foreach (var (name, condition) in Asked)
            {
                var body = Encoding.UTF8.GetBytes($$"""{"condition":{{condition}},"compareWith":["bench-0","bench-1"],"sample":20}""");
                var asked = Stopwatch.GetTimestamp();
                await product.Control.SendJsonAsync(HttpMethod.Post, "/v1/segments/preview", body, context.Cancellation);
                var ms = Stopwatch.GetElapsedTime(asked).TotalMilliseconds;
                worst = Math.Max(worst, ms);
                if (run > 0)
                {
                    samples.Add($"preview_{name}_ms", ms);
                }
            }

            if (run > 0)
            {
                samples.Add("preview_1m_ms", worst);
            }
        }

        foreach (var metric in samples.Names)
        {
            context.Report.Add(metric, "ms", samples[metric], "200 ms; preview_1m_ms is the slowest kind of each run", $"over HTTP, with a sample of 20 and the overlap with two segments, {conditions}");
        }
    }
}
