using System.Globalization;
using System.Net.Http.Json;
using System.Text.Json;
using NUnit.Framework;
using Personalization.Tests.Support;

namespace Personalization.Tests.Decisioning.Experiments;

/// <summary>From events over HTTP to the report.</summary>
[Parallelizable]
internal sealed class ExperimentResultsTests : ShopTests
{
    private static readonly DateTimeOffset Start = new(2026, 3, 1, 0, 0, 0, TimeSpan.Zero);

    private const string Question = """
        { "control": "a", "weights": { "a": 0.5, "b": 0.5 }, "metrics": [
          { "id": "conversion", "event": "Order Completed", "windowDays": 7 },
          { "id": "revenue", "event": "Order Completed", "kind": "sum", "windowDays": 7, "covariateDays": 14, "cap": 1000 },
          { "id": "order value", "event": "Order Completed", "kind": "sum", "windowDays": 7, "per": { "event": "Order Completed", "kind": "count" } },
          { "id": "week 2", "event": "Product Viewed", "delayDays": 7, "windowDays": 7 },
          { "id": "returns", "event": "Order Refunded", "windowDays": 14, "decreaseIsBetter": true, "guardrail": 0.02 } ] }
        """;

    [Test]
    public async Task People_count_from_their_first_exposure_within_the_window_of_each_metric()
    {
        await SendAsync(
            [
                .. Person("a1", "a", orders: [(1, 100), (6.9, 50), (7.1, 999)]),
                .. Person("a2", "a", orders: [(-1, 70)]),
                .. Person("b1", "b", orders: [(2, 5_000)], views: [8]),
                .. Person("b2", "b", orders: []),
                .. Person("mixed", "a", orders: [(1, 1)]),
                Exposure("mixed", "b", 3),
                Exposure("other", "a", 0, experiment: "another"),
                Event("nobody", "Order Completed", 1, new { order_id = "x", revenue = 5 }),
            ]);

        var report = await AskAsync("colours", Question);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(report.GetProperty("people").ToString(), Is.EqualTo("""{"a":2,"b":2}"""));
            Assert.That(report.GetProperty("mixed").GetInt64(), Is.EqualTo(1));
            Assert.That(Value(report, 0, "a"), Is.EqualTo(0.5));
            Assert.That(Value(report, 0, "b"), Is.EqualTo(0.5));
            Assert.That(Value(report, 2, "a"), Is.EqualTo(75), "150 in two orders");
            Assert.That(Value(report, 2, "b"), Is.EqualTo(5_000), "only the revenue metric has a cap");
            Assert.That(Value(report, 3, "b"), Is.EqualTo(0.5));
            Assert.That(Value(report, 3, "a"), Is.Zero);
            Assert.That(report.GetProperty("sampleRatio").GetProperty("isMismatch").GetBoolean(), Is.False);
        }
    }

    [Test]
    public async Task Days_and_sessions_and_whatever_somebody_did_can_be_counted()
    {
        await SendAsync(
            [
                .. Person("a1", "a", orders: [], views: [1.0, 1.01, 3.0]),
                .. Person("a2", "a", orders: [(0.5, 10)]),
                Event("a2", "Products Searched", 8.5, new { query = "tent" }),
                .. Person("b1", "b", orders: []),
            ]);

        var report = await AskAsync("colours", """
            { "control": "a", "metrics": [ { "id": "days", "event": "Product Viewed", "kind": "days" }, { "id": "sessions", "event": "*", "kind": "sessions", "windowDays": 20 },
              { "id": "came back", "event": "*", "delayDays": 7, "windowDays": 7 }, { "id": "never", "event": "Nothing Like It", "kind": "days" } ] }
            """);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(Value(report, 0, "a"), Is.EqualTo(1), "two days of one, none of the other");
            Assert.That(Value(report, 1, "a"), Is.EqualTo(2), "an exposure is nothing that somebody did");
            Assert.That(Value(report, 2, "a"), Is.EqualTo(0.5));
            Assert.That(Enumerable.Range(0, 4).Select(metric => Value(report, metric, "b")), Is.All.Zero);
            Assert.That(Value(report, 3, "a"), Is.Zero);
        }
    }

    [Test]
    public async Task A_clear_effect_is_found_and_a_broken_guardrail_stops_the_arm()
    {
        var chance = new Random(5);
        var events = new List<object>();
        for (var i = 0; i < 3_000; i++)
        {
            var arm = i % 2 == 0 ? "a" : "b";
            events.Add(Exposure($"p{i}", arm, 0));
            if (chance.NextDouble() < (arm == "a" ? 0.2 : 0.35))
            {
                events.Add(Event($"p{i}", "Order Completed", 1, new { order_id = $"o{i}", revenue = 20 + chance.Next(10) }));
            }

            if (chance.NextDouble() < (arm == "a" ? 0.1 : 0.3))
            {
                events.Add(Event($"p{i}", "Order Refunded", 2, new { order_id = $"o{i}" }));
            }
        }

        await SendAsync([.. events]);
        var report = await AskAsync("colours", Question);
        var (conversion, returns) = (Arm(report, 0, "b"), Arm(report, 4, "b"));

        using (Assert.EnterMultipleScope())
        {
            Assert.That(conversion.GetProperty("people").GetInt64(), Is.EqualTo(1_500));
            Assert.That(conversion.GetProperty("difference").GetProperty("alwaysValid").GetProperty("lower").GetDouble(), Is.Positive);
            Assert.That(conversion.GetProperty("holmP").GetDouble(), Is.LessThan(0.001));
            Assert.That(conversion.GetProperty("uplift").GetProperty("value").GetDouble(), Is.EqualTo(0.75).Within(0.25));
            Assert.That(conversion.GetProperty("belief").GetProperty("chanceToWin").GetDouble(), Is.GreaterThan(0.99));
            Assert.That(conversion.GetProperty("isHarmed").GetBoolean(), Is.False);
            Assert.That(returns.GetProperty("isHarmed").GetBoolean());
            Assert.That(returns.GetProperty("belief").GetProperty("chanceToWin").GetDouble(), Is.LessThan(0.01), "more is worse here");
            Assert.That(returns.GetProperty("holmP").ValueKind, Is.EqualTo(JsonValueKind.Null), "a guardrail takes no part in the correction");
        }
    }

    [Test]
    public async Task Who_may_not_be_measured_does_not_count()
    {
        await SendAsync([.. Person("a1", "a", orders: [(1, 100)]), .. Person("a2", "a", orders: [(1, 100)])]);
        using var refused = await Shop.Client.PostAsync("/v1/consent", ShopServer.Json("""{"anonymousId":"a2","purposes":{"measure":false}}"""));
        refused.EnsureSuccessStatusCode();

        Assert.That((await AskAsync("colours", Question)).GetProperty("people").ToString(), Is.EqualTo("""{"a":1}"""));
    }

    [Test]
    public async Task Weights_come_from_the_flags_and_a_missing_arm_is_a_mismatch()
    {
        using var put = await Shop.Server.PutAsync("/v1/flags", ShopServer.Json("""
            {"features":{"hero":{"defaultValue":0,"rules":[{"key":"colours","variations":[0,1],"weights":[0.5,0.5],"meta":[{"key":"a"},{"key":"b"}]}]}}}
            """));
        put.EnsureSuccessStatusCode();
        await SendAsync([.. Enumerable.Range(0, 60).Select(i => Exposure($"p{i}", "a", 0))]);

        var ratio = (await AskAsync("colours", """{"control":"a","metrics":[{"id":"m","event":"Order Completed"}]}""")).GetProperty("sampleRatio");

        Assert.That(ratio.GetProperty("isMismatch").GetBoolean());
    }

    [Test]
    public async Task All_that_is_wrong_with_a_question_is_told_at_once()
    {
        using var response = await Shop.Server.PostAsync("/v1/experiments/colours/results", ShopServer.Json("""
            {"alpha":2,"metric":[],"metrics":[{"event":"","kind":"median"},{"id":"x","event":"e","kind":"count","property":"p","windowDays":-1}]}
            """));
        var problem = await response.Content.ReadFromJsonAsync<JsonElement>();

        Assert.That((int)response.StatusCode, Is.EqualTo(400));
        Assert.That(problem.GetProperty("faults").EnumerateArray().Select(fault => fault.GetProperty("pointer").GetString()), Is.EquivalentTo(
            new[] { "/metric", "/control", "/alpha", "/metrics/0/id", "/metrics/0/event", "/metrics/0/kind", "/metrics/1/property", "/metrics/1/windowDays" }));
    }

    private static double Value(JsonElement report, int metric, string variation) => Arm(report, metric, variation).GetProperty("value").GetDouble();

    private static JsonElement Arm(JsonElement report, int metric, string variation) => report.GetProperty("metrics")[metric].GetProperty("arms")
        .EnumerateArray().Single(arm => arm.GetProperty("variation").GetString() == variation);

    private static IEnumerable<object> Person(string id, string variation, (double Day, double Revenue)[] orders, params double[] views) =>
    [
        Exposure(id, variation, 0),
        .. orders.Select(order => Event(id, "Order Completed", order.Day, new { order_id = $"{id}-{order.Day.ToString(CultureInfo.InvariantCulture)}", revenue = order.Revenue })),
        .. views.Select(day => Event(id, "Product Viewed", day, new { product_id = "tent" })),
    ];

    private static object Exposure(string id, string variation, double day, string experiment = "colours") =>
        Event(id, "Experiment Viewed", day, new { experiment_id = experiment, variation_id = variation });

    private static object Event(string id, string name, double day, object properties) => new
    {
        type = "track",
        @event = name,
        anonymousId = id,
        messageId = $"{id}-{name}-{day.ToString(CultureInfo.InvariantCulture)}",
        timestamp = Start.AddDays(day),
        properties,
    };

    private async Task SendAsync(object[] events)
    {
        foreach (var part in events.Chunk(1_000))
        {
            await Shop.TrackAsync("/v1/batch", ShopEvents.Batch(part));
        }

        await Shop.SettleAsync();
    }

    private async Task<JsonElement> AskAsync(string experiment, string question)
    {
        using var response = await Shop.Server.PostAsync($"/v1/experiments/{experiment}/results", ShopServer.Json(question));
        Assert.That((int)response.StatusCode, Is.EqualTo(200), await response.Content.ReadAsStringAsync());
        return await response.Content.ReadFromJsonAsync<JsonElement>();
    }
}
