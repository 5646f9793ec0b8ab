using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Personalization.Bench.Events;
using Personalization.Bench.Servers;
using Personalization.Host.Demo;
using Personalization.Host.Demo.Catalog;
using Personalization.Host.Demo.Shoppers;

namespace Personalization.Bench.Benches;

/// <summary>
/// The closed loop: the demo's shoppers, whose tastes are known, ask for recommendations over HTTP, react to what they are shown, and what they do goes back
/// as events. An experiment of the product divides them among personalised, popular and random; its own report says what came of it.
/// </summary>
internal static class UpliftBench
{
    private const string Placement = "for-you";
    private const int HistoryEvents = 40_000;
    private const int SessionsPerRun = 9_000;
    private const int StepMs = 1_000;
    private static readonly TimeSpan HistoryLength = TimeSpan.FromDays(14);
    private static readonly TimeSpan Length = TimeSpan.FromDays(5);

    private static readonly byte[] Experiment = """
        { "placement": "for-you", "control": "popular", "arms": [
            { "key": "personalised" }, { "key": "popular", "options": { "kind": "popular" } }, { "key": "random", "options": { "kind": "random" } } ] }
        """u8.ToArray();

    public static async Task RunAsync(BenchContext context)
    {
        var samples = new Samples();
        var (people, asked) = (0L, 0L);
        for (var run = 1; run <= context.Options.Runs; run++)
        {
            context.Report.Progress($"run {run} of {context.Options.Runs}");
            var result = await MeasureAsync(context, run, samples);
            (people, asked) = (people + result.People, asked + result.Asked);
        }

        var conditions = $"{context.Options.Runs} shops of {SimulationPlan.Population} simulated shoppers with seeds 1 to {context.Options.Runs}, {HistoryEvents} events of history, " +
            $"{Length.TotalDays:0} days in virtual time, {people} people and {asked} slates in all; clicks per slate seen, uplift with its always-valid 95 % interval of each shop's report; orders per person likewise";
        foreach (var metric in samples.Names)
        {
            context.Report.Add(metric, "relative", samples[metric], "the same shop's other arm, by the product's own report", conditions);
        }
    }

    private static async Task<(long People, long Asked)> MeasureAsync(BenchContext context, int seed, Samples samples)
    {
        var cancellation = context.Cancellation;
        var clock = new VirtualClock(BenchContext.Time.GetUtcNow().ToUnixTimeMilliseconds());
        await using var host = await EmbeddedHost.StartAsync(ChildProcess.FreeEndPoint(), cancellation, services: services => services.AddSingleton<TimeProvider>(clock));
        var catalog = DemoCatalog.Create(seed);
        foreach (var items in catalog.Items.Chunk(1_000))
        {
            await host.Control.PutItemsAsync(DemoCatalogJson.Write(items), cancellation);
        }

        var history = new List<SimulatedEvent>();
        new ShopperSimulation(catalog, SimulationPlan.History(seed, HistoryEvents, clock.NowMs, HistoryLength)).Advance(clock.NowMs, history, []);
        await SendAsync(host, clock, history, cancellation);
        await host.Control.WaitUntilAppliedAsync(cancellation);

        await host.Control.SendJsonAsync(HttpMethod.Put, "/v1/experiments/uplift", Experiment, cancellation);
        await host.Control.SendJsonAsync(HttpMethod.Post, "/v1/experiments/uplift/start", [], cancellation);
        var asked = await LiveAsync(host, clock, catalog, seed, cancellation);
        await host.Control.WaitUntilAppliedAsync(cancellation);

        var people = 0L;
        foreach (var control in new[] { "popular", "random" })
        {
            var report = await host.Control.SendJsonAsync(HttpMethod.Post, "/v1/experiments/uplift/results", QuestionAgainst(control), cancellation);
            people = report.GetProperty("people").EnumerateObject().Sum(arm => arm.Value.GetInt64());
            Take(report, 0, $"uplift_vs_{control}", samples);
            Take(report, 1, $"order_uplift_vs_{control}", samples);
            if (report.GetProperty("sampleRatio") is { ValueKind: JsonValueKind.Object } ratio && ratio.GetProperty("isMismatch").GetBoolean())
            {
                context.Report.Progress("WARNING: the arms have not as many people as they should");
            }
        }

        return (people, asked);
    }

    /// <returns>Slates that were asked for.</returns>
    private static async Task<long> LiveAsync(EmbeddedHost host, VirtualClock clock, DemoCatalog catalog, int seed, CancellationToken cancellation)
    {
        var startMs = clock.NowMs;
        var plan = SimulationPlan.Live(seed, run: 1, startMs, eventsPerSecond: 1) with
        {
            ArrivalMs = Length.TotalMilliseconds / SessionsPerRun,
            ThinkMs = 25_000,
            FashionMs = 8 * 3_600_000,
        };
        var simulation = new ShopperSimulation(catalog, plan);
        var (events, asking, asked) = (new List<SimulatedEvent>(), new List<Shopper>(), 0L);
        for (var nowMs = startMs; nowMs <= startMs + Length.TotalMilliseconds; nowMs += StepMs)
        {
            simulation.Advance(nowMs, events, asking);
            clock.NowMs = nowMs;
            if (asking.Count == 0 && events.Count < 500)
            {
                continue;
            }

            // What happened goes first: the answers are to know it.
            await SendAsync(host, clock, events, cancellation);
            foreach (var shopper in asking)
            {
                var user = shopper.UserId is { } id ? $"&userId={id}" : "";
                shopper.Show(SlateJson.Read(await host.Control.GetAsync($"/v1/recommendations/{Placement}?anonymousId={shopper.Persona.AnonymousId}{user}", cancellation)));
                asked++;
            }

            events.Clear();
            asking.Clear();
        }

        await SendAsync(host, clock, events, cancellation);
        return asked;
    }

    private static async Task SendAsync(EmbeddedHost host, VirtualClock clock, List<SimulatedEvent> events, CancellationToken cancellation)
    {
        foreach (var batch in events.Chunk(500))
        {
            await host.Control.PostEventsAsync(SegmentBatch.Write(batch, clock.GetUtcNow()), cancellation);
        }
    }

    private static byte[] QuestionAgainst(string control) => JsonSerializer.SerializeToUtf8Bytes(new
    {
        control,
        metrics = new object[]
        {
            new { id = "clicks", @event = "Recommendation Clicked", kind = "count", windowDays = 30, per = new { @event = "Recommendation Viewed", kind = "count" } },
            new { id = "orders", @event = "Order Completed", kind = "count", windowDays = 30 },
        },
    });

    private static void Take(JsonElement report, int metric, string name, Samples samples)
    {
        var arm = report.GetProperty("metrics")[metric].GetProperty("arms").EnumerateArray().Single(candidate => candidate.GetProperty("variation").GetString() == "personalised");
        if (arm.GetProperty("uplift") is not { ValueKind: JsonValueKind.Object } uplift)
        {
            return; // The control is not clearly apart from zero: there is no figure, and the report of the bench says so.
        }

        samples.Add(name, uplift.GetProperty("value").GetDouble());
        samples.Add(name + "_lower", uplift.GetProperty("alwaysValid").GetProperty("lower").GetDouble());
        samples.Add(name + "_upper", uplift.GetProperty("alwaysValid").GetProperty("upper").GetDouble());
    }
}
