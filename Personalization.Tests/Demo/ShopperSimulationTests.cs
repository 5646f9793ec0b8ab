using NUnit.Framework;
using Personalization.Host.Demo.Shoppers;

namespace Personalization.Tests.Demo;

[TestFixture]
internal sealed class ShopperSimulationTests
{
    private static readonly List<SimulatedEvent> History = SimulatedEvents.History(1, 30_000);

    [Test]
    public void The_same_seed_gives_the_same_history_to_the_byte()
    {
        var again = SimulatedEvents.History(1, 30_000);

        Assert.That(again.Select(simulated => simulated.Json), Is.EqualTo(History.Select(simulated => simulated.Json)));
    }

    [Test]
    public void Another_seed_gives_another_history()
    {
        var other = SimulatedEvents.History(2, 30_000);

        Assert.That(other.Select(simulated => simulated.Name), Is.Not.EqualTo(History.Select(simulated => simulated.Name)));
    }

    [Test]
    public void Given_the_same_answers_the_live_shoppers_do_the_same()
    {
        var first = SimulatedEvents.Live(1, run: 1, seconds: 60, "RUN-0001", "TEN-0003");
        var again = SimulatedEvents.Live(1, run: 1, seconds: 60, "RUN-0001", "TEN-0003");

        Assert.That(again.Select(simulated => simulated.Json), Is.EqualTo(first.Select(simulated => simulated.Json)));
    }

    [Test]
    public void Shoppers_who_are_shown_something_view_it_and_sometimes_click_it()
    {
        var live = SimulatedEvents.Live(1, run: 1, seconds: 120, "RUN-0001", "TEN-0003", "COF-0002");

        var seen = live.Count(simulated => simulated.Name == "Recommendation Viewed");
        var clicked = live.Count(simulated => simulated.Name == "Recommendation Clicked");
        Assert.That(seen, Is.GreaterThan(100));
        Assert.That(clicked / (double)seen, Is.InRange(0.03, 0.3), "the same three items for everybody suit few");
        Assert.That(History.Select(simulated => simulated.Name), Has.None.StartsWith("Recommendation"));
    }

    /// <summary>Without this no experiment with them could find anything.</summary>
    [Test]
    public void Shoppers_click_more_on_what_suits_them()
    {
        var (suiting, others) = (0.0, 0.0);
        for (var number = 0; number < 200; number++)
        {
            var taste = Persona.Create(1, number).Taste;
            var bySuit = SimulatedEvents.Catalog.Items.OrderByDescending(item => taste.Suits(item, taste.Categories[0])).ToList();
            suiting += bySuit.Take(20).Average(item => taste.Suits(item, taste.Categories[0]));
            others += bySuit.Average(item => taste.Suits(item, taste.Categories[0]));
        }

        Assert.That(suiting / others, Is.GreaterThan(3));
    }

    [Test]
    public void A_click_names_its_decision_and_is_followed_by_the_product_page()
    {
        var live = SimulatedEvents.Live(1, run: 1, seconds: 120, "RUN-0001", "TEN-0003", "COF-0002");

        foreach (var click in live.Where(simulated => simulated.Name == "Recommendation Clicked"))
        {
            var properties = click.Json().GetProperty("properties");
            var next = live.SkipWhile(simulated => simulated != click).Skip(1).FirstOrDefault(simulated => simulated.Shopper == click.Shopper);
            Assert.That(properties.GetProperty("decision_id").GetString(), Is.EqualTo("d-1"));
            Assert.That(properties.GetProperty("placement").GetString(), Is.EqualTo("for-you"));
            Assert.That(properties.GetProperty("position").GetInt32(), Is.InRange(1, 3));
            Assert.That(next?.Name, Is.EqualTo("Product Viewed").Or.Null);
        }
    }

    [Test]
    public void The_history_has_about_the_size_asked_for_and_ends_now()
    {
        var endMs = SimulatedEvents.Now.ToUnixTimeMilliseconds();

        Assert.That(History, Has.Count.InRange(27_000, 33_000));
        Assert.That(History.Select(simulated => simulated.TimestampMs), Is.Ordered);
        Assert.That(History[0].TimestampMs, Is.GreaterThanOrEqualTo(endMs - TimeSpan.FromDays(14).TotalMilliseconds));
        Assert.That(History[^1].TimestampMs, Is.InRange(endMs - 3_600_000, endMs));
    }

    [Test]
    public void Live_shoppers_keep_the_rate()
    {
        var live = SimulatedEvents.Live(1, run: 1, seconds: 300, "RUN-0001");

        Assert.That(live.Count(simulated => simulated.TimestampMs >= SimulatedEvents.Now.ToUnixTimeMilliseconds() + 60_000) / 240.0, Is.InRange(60, 95));
    }

    [Test]
    public void After_a_stall_the_shoppers_go_on_where_they_were()
    {
        var startMs = SimulatedEvents.Now.ToUnixTimeMilliseconds();
        var simulation = new ShopperSimulation(SimulatedEvents.Catalog, SimulationPlan.Live(1, 1, startMs, 75));
        simulation.Advance(startMs + 10_000, [], []);
        var afterStall = new List<SimulatedEvent>();

        simulation.Postpone(600_000);
        simulation.Advance(startMs + 611_000, afterStall, []);

        Assert.That(afterStall, Has.Count.InRange(10, 200));
        Assert.That(afterStall.Select(simulated => simulated.TimestampMs), Has.All.GreaterThan(startMs + 609_999));
    }

    [Test]
    public void The_funnel_is_that_of_a_lively_but_believable_shop()
    {
        var sessions = History.GroupBy(simulated => simulated.Json().GetProperty("context").GetProperty("sessionId").GetString()!).ToList();
        double Share(string name) => sessions.Count(session => session.Any(simulated => simulated.Name == name)) / (double)sessions.Count;

        TestContext.Out.WriteLine(
            $"{sessions.Count} sessions of {History.Count / (double)sessions.Count:0.0} events; view {Share("Product Viewed"):P1}, add "
            + $"{Share("Product Added"):P1}, checkout {Share("Checkout Started"):P1}, order {Share("Order Completed"):P1}");
        Assert.That(Share("Product Viewed"), Is.GreaterThan(0.8));
        Assert.That(Share("Product Added"), Is.InRange(0.12, 0.3));
        Assert.That(Share("Checkout Started"), Is.InRange(0.05, 0.18));
        Assert.That(Share("Order Completed"), Is.InRange(0.03, 0.12));
        Assert.That(Share("Order Completed") / Share("Product Added"), Is.InRange(0.2, 0.6), "most carts are abandoned");
    }
}
