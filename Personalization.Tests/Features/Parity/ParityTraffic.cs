using System.Globalization;
using System.Net;
using System.Text;
using NUnit.Framework;
using Personalization.Tests.Identity.Changes;
using Personalization.Tests.Support;

namespace Personalization.Tests.Features.Parity;

/// <summary>
/// A shop's days in little: shoppers who look, buy, sign in on shared devices, withdraw consent and take it back, send things twice, late and
/// in the name of others; imports, a catalogue that changes, and administrators who merge people and part them again.
/// </summary>
internal sealed class ParityTraffic(ShopServer shop, int seed)
{
    private static readonly DateTimeOffset Start = new(2026, 3, 1, 8, 0, 0, TimeSpan.Zero);
    private readonly Random _chance = new(seed);
    private int _number;

    public async Task RunAsync(int rounds)
    {
        await CatalogAsync();
        for (var round = 0; round < rounds; round++)
        {
            await shop.TrackAsync("/v1/batch", ShopEvents.Batch(Enumerable.Range(0, _chance.Next(1, 12)).Select(_ => Any())));
            if (round % 10 == 3)
            {
                await CatalogAsync();
            }

            if (round % 15 == 7)
            {
                await ChangePeopleAsync();
            }
        }

        await ImportAsync();
    }

    /// <summary>
    /// Declares what is made of all that, over what has happened already, and says who is on a list. What it sends is dated long ago, so lateness is none.
    /// </summary>
    public async Task DefineAsync()
    {
        await PutAsync("lists/press", new { name = "Press" });
        await MembersAsync("add", Enumerable.Range(0, 8).Select(i => new { userId = $"user-{i}" }));
        await MembersAsync("replace", Enumerable.Range(4, 8).Select(i => new { userId = $"user-{i}" }));
        await MembersAsync("remove", [new { userId = "user-5" }]);
        await PutAsync("features/views_ever", new { aggregate = "count", events = new[] { "Product Viewed" }, window = "lifetime", lateness = "400d" });
        await PutAsync("features/views_lately", new { aggregate = "count", events = new[] { "Product Viewed" }, window = "lifetime", lateness = "400d", ttl = "400d" });
        await TraitsAsync();
        await PutAsync("features/bought_of", new { key = "item", aggregate = "sum", of = new { product = "quantity" }, events = new[] { "Order Completed" }, window = "lifetime", lateness = "400d" });
        await PutAsync("features/views_session", new { aggregate = "count", events = new[] { "Product Viewed" }, window = "session" });
        await PutAsync("funnels/checkout", new { steps = new object[] { new { @event = "Product Viewed" }, new { @event = "Order Completed", within = "7d" } } });
        await PutAsync("segments/lookers", new { condition = new { any = new object[] { new { feature = "views_ever", op = "gte", value = 5 }, new { list = "press" } } } });
        await PutAsync("segments/buyers", new { condition = new { all = new object[] { new { segment = "lookers" }, new { funnel = "checkout", op = "gte", step = 2 } } } });
        await shop.SettleAsync();
    }

    private async Task PutAsync(string path, object definition)
    {
        // What others are made of may take a moment to be live.
        for (var look = 0; ; look++)
        {
            using var answer = await shop.Server.PutAsync("/v1/" + path, ShopServer.Json(definition));
            if (answer.IsSuccessStatusCode)
            {
                return;
            }

            Assert.That(look, Is.LessThan(100), await answer.Content.ReadAsStringAsync());
            await Task.Delay(50);
        }
    }

    /// <summary>What somebody else says of people, for a day.</summary>
    private async Task TraitsAsync()
    {
        var lines = string.Concat(Enumerable.Range(0, 6).Select(i => $"{{\"userId\":\"user-{i}\",\"traits\":{{\"income\":\"{i % 2}\"}}}}\n"));
        using var body = new StringContent(lines, Encoding.UTF8, "application/x-ndjson");
        using var answer = await shop.Server.PostAsync("/v1/traits/import?source=Acme&licence=x&ttlDays=1", body);
        answer.EnsureSuccessStatusCode();
    }

    private async Task MembersAsync(string mode, IEnumerable<object> members)
    {
        using var answer = await shop.Server.PostAsync($"/v1/lists/press/members?mode={mode}", ShopServer.Json(members.ToList()));
        Assert.That(answer.IsSuccessStatusCode, Is.True, await answer.Content.ReadAsStringAsync());
    }

    private object Any()
    {
        var messageId = $"{seed}-{(_chance.Next(12) == 0 ? _chance.Next(_number + 1) : ++_number)}";
        var anonymousId = $"device-{_chance.Next(25)}";
        var userId = _chance.Next(4) == 0 ? $"user-{_chance.Next(12)}" : null;
        var timestamp = Start.AddMinutes((_number * 7) - (_chance.Next(5) == 0 ? _chance.Next(5_000) : 0)).ToString("O", CultureInfo.InvariantCulture);
        return _chance.Next(10) switch
        {
            0 => new { type = "identify", userId = userId ?? "user-0", anonymousId, messageId, timestamp, traits = new { email = $"{userId}@shop.example", plan = "gold" } },
            1 => Track("Product Added", new { product_id = Item(), price = _chance.Next(1, 90), quantity = 1 }),
            2 => Track("Order Completed", new { order_id = messageId, products = Enumerable.Range(0, 3).Select(_ => new { product_id = Item(), price = 12, quantity = 2 }) }),
            3 => new
            {
                type = "track", @event = "Product Viewed", anonymousId, userId, messageId, timestamp, properties = new { product_id = Item() },
                context = new { consent = new { categoryPreferences = new { profile = _chance.Next(2) == 0, train = _chance.Next(2) == 0 } } },
            },
            4 => new { type = "alias", userId = $"user-{_chance.Next(12)}", previousId = anonymousId, messageId, timestamp },
            5 => Track("Products Searched", new { query = "tent" }),
            _ => Track("Product Viewed", new { product_id = Item(), category = $"c{_chance.Next(5)}", brand = $"b{_chance.Next(4)}" }),
        };

        object Track(string name, object properties) => new { type = "track", @event = name, anonymousId, userId, messageId, timestamp, properties };
    }

    private string Item() => $"item-{_chance.Next(60)}";

    private async Task CatalogAsync()
    {
        var items = Enumerable.Range(0, 15).Select(_ => new { id = Item(), category = $"c{_chance.Next(5)}", brand = $"b{_chance.Next(4)}", stock = _chance.Next(3), price = _chance.Next(100) });
        using var answer = await shop.Server.PutAsync("/v1/catalog/items", ShopServer.Json(items.DistinctBy(item => item.id).ToList()));
        answer.EnsureSuccessStatusCode();
    }

    private async Task ChangePeopleAsync()
    {
        await shop.SettleAsync();
        var (one, other) = (shop.Profile(device: $"device-{_chance.Next(25)}"), shop.Profile(device: $"device-{_chance.Next(25)}"));
        if (one < 0 || other < 0 || one == other)
        {
            return;
        }

        using var merged = await shop.Server.PostAsync($"/v1/profiles/{one}/merge", ShopServer.Json(new { into = other, reason = "one person" }));
        if (merged.StatusCode == HttpStatusCode.OK && _chance.Next(2) == 0)
        {
            using var parted = await shop.Server.PostAsync($"/v1/profiles/{other}/unmerge", ShopServer.Json(new { profileId = one, reason = "no, two" }));
        }
    }

    private async Task ImportAsync()
    {
        var lines = Enumerable.Range(0, 200).Select(line => string.Create(
            CultureInfo.InvariantCulture,
            $"{{\"event\":\"Product Viewed\",\"anonymousId\":\"device-{line % 40}\",\"timestamp\":{1_700_000_000 + (line * 1_000)},\"properties\":{{\"product_id\":\"{Item()}\"}}}}\n"));
        using var body = new StringContent(string.Concat(lines), Encoding.UTF8, "application/x-ndjson");
        using var answer = await shop.Server.PostAsync($"/v1/import?source=shop&id=past-{++_number}", body);
        answer.EnsureSuccessStatusCode();
    }
}
