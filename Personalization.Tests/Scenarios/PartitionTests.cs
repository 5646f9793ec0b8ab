using Microsoft.Extensions.DependencyInjection;
using NUnit.Framework;
using Personalization.Features.Domain;
using Personalization.Identity.Contracts;
using Personalization.Tests.Support;

namespace Personalization.Tests.Scenarios;

/// <summary>Partitions share the work and nothing else: their number must not be visible in what is known of anyone.</summary>
[Parallelizable]
public class PartitionTests
{
    private const int Devices = 40;
    private const int People = 15;

    [Test]
    public async Task Any_number_of_partitions_gives_the_same_features_though_profiles_merge_across_them()
    {
        var bodies = Bodies(seed: 5).ToList();

        var one = await DigestsAsync(bodies, partitions: 1);
        var four = await DigestsAsync(bodies, partitions: 4);

        Assert.That(four, Is.EqualTo(one));
        Assert.That(one.Values.Distinct().Count(), Is.AtLeast(People), "the people differ");
    }

    /// <summary>Batches and single events of devices that browse, and of people who sign in on them.</summary>
    private static IEnumerable<(string Path, object Body)> Bodies(int seed)
    {
        var chance = new Random(seed);
        for (var i = 0; i < 150; i++)
        {
            var events = Enumerable.Range(0, chance.Next(1, 30)).Select(n => Event(chance, $"{i}-{n}")).ToList();
            yield return events.Count == 1 ? ("/v1/track", events[0]) : ("/v1/batch", ShopEvents.Batch(events));
        }
    }

    private static object Event(Random chance, string messageId)
    {
        var device = $"device-{chance.Next(Devices)}";
        var person = $"person-{chance.Next(People)}";
        var timestamp = DateTimeOffset.FromUnixTimeMilliseconds(1_790_000_000_000 + chance.NextInt64(10_000_000));
        var properties = new { product_id = $"item-{chance.Next(50)}", category = $"category-{chance.Next(5)}" };
        return chance.Next(6) == 0
            ? new { type = "track", @event = "Product Added", userId = person, anonymousId = device, messageId, timestamp, properties }
            : new { type = "track", @event = "Product Viewed", anonymousId = device, messageId, timestamp, properties };
    }

    private static async Task<Dictionary<string, string>> DigestsAsync(IEnumerable<(string Path, object Body)> bodies, int partitions)
    {
        using var folder = new TemporaryFolder();
        await using var shop = await ShopServer.StartAsync(folder.Path, ShopServer.WithoutTicks, $"--Personalization:Tracking:Partitions={partitions}");
        foreach (var (path, body) in bodies)
        {
            await shop.TrackAsync(path, body);
        }

        await shop.SettleAsync();
        var store = shop.Services.GetRequiredService<ProfileFeatureStore>();
        var directory = shop.Services.GetRequiredService<IProfileDirectory>();
        return Enumerable.Range(0, Devices).Select(i => (Name: $"device-{i}", Profile: directory.Find(default, $"device-{i}")))
            .Concat(Enumerable.Range(0, People).Select(i => (Name: $"person-{i}", Profile: directory.Find($"person-{i}", default))))
            .ToDictionary(found => found.Name, found => found.Profile < 0 ? "" : Convert.ToHexString(store.Digest(found.Profile)));
    }
}
