using System.Text.Json;
using Personalization.Host.Demo.Catalog;
using Personalization.Host.Demo.Shoppers;

namespace Personalization.Tests.Demo;

/// <summary>Runs simulations without a server.</summary>
internal static class SimulatedEvents
{
    public static readonly DateTimeOffset Now = new(2026, 3, 14, 12, 0, 0, TimeSpan.Zero);

    public static DemoCatalog Catalog { get; } = DemoCatalog.Create(1);

    public static List<SimulatedEvent> History(int seed, int events)
    {
        var endMs = Now.ToUnixTimeMilliseconds();
        var sent = new List<SimulatedEvent>();
        new ShopperSimulation(Catalog, SimulationPlan.History(seed, events, endMs, TimeSpan.FromDays(14))).Advance(endMs, sent, []);
        return sent;
    }

    /// <summary>Ten ticks a second, as the service does; everybody is shown the same items.</summary>
    public static List<SimulatedEvent> Live(int seed, int run, int seconds, params string[] shown)
    {
        var startMs = Now.ToUnixTimeMilliseconds();
        var simulation = new ShopperSimulation(Catalog, SimulationPlan.Live(seed, run, startMs, 75));
        var sent = new List<SimulatedEvent>();
        for (var tick = 1; tick <= seconds * 10; tick++)
        {
            var asking = new List<Shopper>();
            simulation.Advance(startMs + (tick * 100), sent, asking);
            foreach (var shopper in asking)
            {
                shopper.Show(new Slate("d-1", "for-you", [.. shown.Select(id => new SlateItem(id, "popular"))]));
            }
        }

        return sent;
    }

    public static JsonElement Json(this SimulatedEvent simulated)
    {
        using var document = JsonDocument.Parse(simulated.Json);
        return document.RootElement.Clone();
    }

    public static IEnumerable<(string Id, int Quantity)> Products(this JsonElement json) =>
        json.GetProperty("properties").GetProperty("products").EnumerateArray()
            .Select(static line => (line.GetProperty("product_id").GetString()!, line.GetProperty("quantity").GetInt32()));
}
