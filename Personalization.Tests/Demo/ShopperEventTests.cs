using System.Text.Json;
using NUnit.Framework;
using Personalization.Host.Demo;
using Personalization.Host.Demo.Shoppers;

namespace Personalization.Tests.Demo;

[TestFixture]
internal sealed class ShopperEventTests
{
    private static readonly List<SimulatedEvent> Events =
        [.. SimulatedEvents.History(1, 30_000), .. SimulatedEvents.Live(1, run: 1, seconds: 120, "RUN-0001", "TEN-0003")];

    private static readonly string[] Calls = ["track", "page", "identify"];

    [Test]
    public void Every_event_is_a_call_of_the_segment_protocol()
    {
        foreach (var simulated in Events)
        {
            var json = simulated.Json();
            var type = json.GetProperty("type").GetString()!;
            Assert.That(Calls, Does.Contain(type));
            Assert.That(type != "track" || json.GetProperty("event").GetString() == simulated.Name);
            Assert.That(json.GetProperty("timestamp").GetDateTimeOffset().ToUnixTimeMilliseconds(), Is.EqualTo(simulated.TimestampMs));
            Assert.That(json.GetProperty("anonymousId").GetString(), Is.EqualTo(Persona.Create(1, simulated.Shopper).AnonymousId));
            Assert.That(simulated.Json, Has.Length.LessThan(32 * 1024));
        }
    }

    [Test]
    public void Message_ids_are_never_used_twice_not_even_by_another_start()
    {
        var nextStart = SimulatedEvents.Live(1, run: 2, seconds: 60);

        Assert.That(Events.Concat(nextStart).Select(simulated => simulated.Json().GetProperty("messageId").GetString()), Is.Unique);
    }

    [Test]
    public void A_product_is_always_described_as_the_catalogue_does()
    {
        foreach (var simulated in Events.Where(simulated => simulated.Name is "Product Viewed" or "Product Added" or "Product Removed"))
        {
            var properties = simulated.Json().GetProperty("properties");
            var item = SimulatedEvents.Catalog.Find(properties.GetProperty("product_id").GetString()!);
            Assert.That(item, Is.Not.Null);
            Assert.That(properties.GetProperty("category").GetString(), Is.EqualTo(item!.Category.Name));
            Assert.That(properties.GetProperty("price").GetDecimal(), Is.EqualTo(item.Price));
            Assert.That(item.Stock, Is.Positive, "sold out products cannot be seen in the shop");
        }
    }

    [Test]
    public void A_user_id_appears_with_identify_and_stays()
    {
        foreach (var shopper in SimulatedEvents.History(1, 30_000).GroupBy(simulated => simulated.Shopper))
        {
            var signedIn = false;
            foreach (var simulated in shopper)
            {
                signedIn |= simulated.Name == "identify";
                Assert.That(simulated.Json().TryGetProperty("userId", out _), Is.EqualTo(signedIn));
            }
        }
    }

    [Test]
    public void Some_sign_in_and_some_never_do()
    {
        var shoppers = Events.GroupBy(simulated => simulated.Shopper).ToList();
        var identified = shoppers.Count(shopper => shopper.Any(simulated => simulated.Name == "identify"));

        Assert.That(identified / (double)shoppers.Count, Is.InRange(0.1, 0.6));
    }

    [Test]
    public void Orders_contain_exactly_what_was_added_and_not_removed()
    {
        var orders = 0;
        foreach (var shopper in SimulatedEvents.History(1, 30_000).GroupBy(simulated => simulated.Shopper))
        {
            var cart = new Dictionary<string, int>();
            foreach (var simulated in shopper)
            {
                var json = simulated.Json();
                if (simulated.Name is "Product Added" or "Product Removed")
                {
                    var properties = json.GetProperty("properties");
                    var id = properties.GetProperty("product_id").GetString()!;
                    var quantity = properties.GetProperty("quantity").GetInt32();
                    cart[id] = cart.GetValueOrDefault(id) + (simulated.Name == "Product Added" ? quantity : -quantity);
                }
                else if (simulated.Name is "Checkout Started" or "Order Completed")
                {
                    var expected = cart.Where(line => line.Value > 0).Select(line => (line.Key, line.Value));
                    Assert.That(json.Products(), Is.EquivalentTo(expected).And.Not.Empty);
                }

                if (simulated.Name == "Order Completed")
                {
                    orders++;
                    cart.Clear();
                }
            }
        }

        Assert.That(orders, Is.GreaterThan(100));
    }

    [Test]
    public void Totals_of_orders_add_up_and_order_ids_are_unique()
    {
        var orders = Events.Where(simulated => simulated.Name == "Order Completed")
            .Select(simulated => simulated.Json().GetProperty("properties")).ToList();

        Assert.That(orders.Select(order => order.GetProperty("order_id").GetString()), Is.Unique);
        foreach (var order in orders)
        {
            var lines = order.GetProperty("products").EnumerateArray()
                .Sum(line => line.GetProperty("price").GetDecimal() * line.GetProperty("quantity").GetInt32());
            Assert.That(order.GetProperty("subtotal").GetDecimal(), Is.EqualTo(lines));
            Assert.That(order.GetProperty("total").GetDecimal(), Is.EqualTo(lines + order.GetProperty("shipping").GetDecimal()));
        }
    }

    [Test]
    public void Those_who_refuse_say_so_with_every_event_and_those_who_did_not_answer_say_nothing()
    {
        var refusing = 0;
        foreach (var simulated in Events)
        {
            var choice = Persona.Create(1, simulated.Shopper).Consent;
            var states = simulated.Json().GetProperty("context").TryGetProperty("consent", out var consent);
            Assert.That(states, Is.EqualTo(choice is not ConsentChoice.Unanswered));
            if (states)
            {
                var preferences = consent.GetProperty("categoryPreferences");
                Assert.That(preferences.GetProperty("Profile").GetBoolean(), Is.EqualTo(choice is ConsentChoice.Granted));
                Assert.That(preferences.GetProperty("Collect").GetBoolean(), Is.True);
            }

            refusing += choice is ConsentChoice.Refused ? 1 : 0;
        }

        Assert.That(refusing / (double)Events.Count, Is.InRange(0.06, 0.2));
    }

    [Test]
    public void A_batch_carries_its_events_unchanged_and_the_time_of_sending()
    {
        using var body = JsonDocument.Parse(SegmentBatch.Write(Events.GetRange(0, 500), SimulatedEvents.Now));

        Assert.That(body.RootElement.GetProperty("batch").GetArrayLength(), Is.EqualTo(500));
        Assert.That(body.RootElement.GetProperty("sentAt").GetDateTimeOffset(), Is.EqualTo(SimulatedEvents.Now));
        Assert.That(body.RootElement.GetProperty("batch")[7].GetRawText(), Is.EqualTo(Events[7].Json().GetRawText()));
    }
}
