using System.Globalization;
using System.Net;
using System.Text;
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
