using System.Text;
using System.Text.Json;
using Personalization.Bench.Events;
using Personalization.Bench.Load;
using Personalization.Bench.Servers;

namespace Personalization.Bench.Benches;

/// <summary>
/// What validating every event costs: batches of 100 to one server, whose schemas are switched off (<c>allow</c>) and on (<c>warn</c>) in turn.
/// That the events have schemas, and are valid under them, is asked before.
/// </summary>
internal static class SchemaIngestBench
{
    private const int BatchSize = 100;

    public static async Task RunAsync(BenchContext context)
    {
        using var product = await ProductServer.StartAsync(context.Files, context.Cancellation);
        await Data.BenchCatalog.PutAsync(product.Control, ZipfMix.DefaultItems, context.Cancellation);
        var setup = new Setup(context, product, new Samples());
        await setup.RequireValidEventsAsync();
        context.Report.Progress("warming up");
        foreach (var isOn in new[] { true, false })
        {
            await setup.LoadAsync(isOn, TimeSpan.FromSeconds(4));
        }

        for (var run = 1; run <= context.Options.Runs; run++)
        {
            context.Report.Progress($"run {run} of {context.Options.Runs}");
            await setup.CompareAsync();
        }

        setup.Report();
    }

    private sealed record Setup(BenchContext Context, ProductServer Product, Samples Samples)
    {
        private readonly ZipfMix _mix = new();
        private readonly TimeSpan _measure = Context.Options.Measure(3);

        /// <summary>Without a schema nothing would be measured, and an event that breaks its schema costs more than an event should.</summary>
        public async Task RequireValidEventsAsync()
        {
            foreach (var body in EventBodies.Make(_mix, EventTemplate.Count))
            {
                var sent = JsonElement.Parse(body);
                var name = sent.GetProperty("event").GetString()!;
                var answer = await Product.Control.SendJsonAsync(
                    HttpMethod.Post, $"/v1/schemas/{Uri.EscapeDataString(name)}/validate", Utf8(sent.GetProperty("properties").GetRawText()), Context.Cancellation);
                if (!answer.GetProperty("valid").GetBoolean())
                {
                    throw new InvalidOperationException($"The load's own events break the schema of {name}: {answer}");
                }
            }
        }

        /// <summary>Off, on, on, off: what drifts while the log grows hits both alike.</summary>
        public async Task CompareAsync()
        {
            var off = await LoadAsync(false, _measure);
            var on = await LoadAsync(true, _measure);
            on += await LoadAsync(true, _measure);
            off += await LoadAsync(false, _measure);
            Samples.Add("batch100_with_schemas_ratio", on / off);
            Samples.Add("batch100_with_schemas_events_per_s", on / 2);
            Samples.Add("batch100_without_schemas_events_per_s", off / 2);
        }

        /// <returns>Acknowledged events a second.</returns>
        public async Task<double> LoadAsync(bool isOn, TimeSpan duration)
        {
            await SwitchAsync(isOn ? "warn" : "allow");
            var connections = Context.Options.Connections;
            var source = new EventRequests(BatchSize, connections, _mix, BenchContext.Time);
            var result = await ClosedLoop.RunAsync(Product.EndPoint, source, connections, duration, Context.Cancellation);
            Context.ComplainOf($"schemas {(isOn ? "on" : "off")}", result.Refused, result.Failed);
            return result.PerSecond * BatchSize;
        }

        public void Report()
        {
            var conditions = $"{Context.Options.Connections} connections, closed loop, batches of {BatchSize}, {_measure.TotalSeconds:0.#} s a turn, " +
                $"every event validated against the starter set, {BenchContext.Machine}";
            Add("batch100_with_schemas_ratio", "ratio", "the same load in the same run, schemas switched off");
            Add("batch100_with_schemas_events_per_s", "events/s", "batch100_without_schemas_events_per_s");
            Add("batch100_without_schemas_events_per_s", "events/s", "itself");

            void Add(string metric, string unit, string reference) => Context.Report.Add(metric, unit, Samples[metric], reference, conditions);
        }

        private async Task SwitchAsync(string mode)
        {
            var schemas = await Product.Control.GetAsync("/v1/schemas", Context.Cancellation);
            foreach (var schema in schemas.GetProperty("schemas").EnumerateArray())
            {
                var path = $"/v1/schemas/{Uri.EscapeDataString(schema.GetProperty("event").GetString()!)}/mode";
                await Product.Control.SendJsonAsync(HttpMethod.Put, path, Utf8($$"""{"mode":"{{mode}}"}"""), Context.Cancellation);
            }

            await Product.Control.WaitUntilAppliedAsync(Context.Cancellation);
        }

        private static byte[] Utf8(string text) => Encoding.UTF8.GetBytes(text);
    }
}
