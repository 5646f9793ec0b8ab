using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using NUnit.Framework;
using Personalization.Features.Contracts;
using Personalization.Features.Domain;
using Personalization.Features.Domain.Cold;
using Personalization.Features.Domain.Declared;
using Personalization.Features.Domain.History;
using Personalization.Features.Domain.Traits;
using Personalization.Features.Pipeline.Cold;
using Personalization.Identity.Contracts;
using Personalization.Kernel.Pipelines;
using Personalization.Kernel.Privacy;
using Personalization.Tests.Support;

namespace Personalization.Tests.Features.Cold;

/// <summary>More profiles than fit: what is known of anyone must not show it.</summary>
[Parallelizable]
public class ColdProfilesTests
{
    private const int Devices = 1_600;
    private const int People = 300;
    private const string Looks = "--Personalization:Features:Definitions:looks={\"aggregate\":\"count\",\"events\":[\"Product Viewed\"],\"window\":\"lifetime\",\"lateness\":\"365d\"}";
    private const string Liked = "--Personalization:Features:Definitions:liked={\"aggregate\":\"affinity\",\"by\":{\"product\":\"category\"},\"events\":[\"Product Viewed\"],\"lateness\":\"365d\"}";
    private const string OneMebi = "--Personalization:Features:Memory:CeilingMiB=1";
    private TemporaryFolder _folder;
    private TemporaryFolder _roomy;

    [SetUp]
    public void CreateFolders() => (_folder, _roomy) = (new TemporaryFolder(), new TemporaryFolder());

    [TearDown]
    public void DeleteFolders()
    {
        _folder.Dispose();
        _roomy.Dispose();
    }

    [Test]
    public async Task The_ceiling_holds_and_everything_is_known_as_without_one()
    {
        var bodies = Bodies(seed: 20_31).ToList();
        Dictionary<string, string> roomy;
        await using (var shop = await ShopServer.StartAsync(_roomy.Path, ShopServer.WithoutTicks, Looks, Liked))
        {
            await UntilLiveAsync(shop);
            await SendAsync(shop, bodies);
            roomy = Digests(shop);
        }

        await using (var shop = await StartAsync(Looks, Liked))
        {
            await UntilLiveAsync(shop);
            await SendAsync(shop, bodies[..(bodies.Count / 2)]);
        }

        await using (var shop = await StartAsync(Looks, Liked))
        {
            var ceiling = shop.Services.GetRequiredService<MemoryCeiling>();
            var store = shop.Services.GetRequiredService<ProfileFeatureStore>();
            Assert.That(ceiling.Bytes, Is.LessThanOrEqualTo(1 << 20), "no more is loaded than fits");
            Assert.That(store.ColdCount, Is.GreaterThan(0), "more profiles than fit");
            await SendAsync(shop, bodies[(bodies.Count / 2)..]);

            Assert.That(ceiling.Evicted, Is.GreaterThan(0), "profiles left");
            Assert.That(shop.Services.GetServices<IColdState>().Select(state => state.ColdReads), Is.All.GreaterThan(0), "and came back, of every state");
            Assert.That(Digests(shop).Except(roomy), Is.Empty);
            Assert.That(Digests(shop), Has.Count.EqualTo(roomy.Count));
        }

        Assert.That(roomy.Values.Distinct().Count(), Is.GreaterThan(Devices / 2), "people differ");
    }

    [Test]
    public async Task A_question_waits_for_a_profile_that_is_on_disk_and_a_decision_in_process_says_that_it_is_not_there()
    {
        await using var shop = await StartAsync("--Personalization:Features:Memory:ColdWaitMs=1000");
        var (profile, item) = await OneColdAsync(shop);

        var isCold = shop.Services.GetRequiredService<IColdProfiles>().IsCold(profile);
        var inProcess = Ask();
        var answer = await shop.RecommendAsync("for-you?anonymousId=device-0");
        var later = shop.Services.GetRequiredService<IColdProfiles>().IsCold(profile);
        var isThere = Ask();
        await shop.Services.GetRequiredService<Sequencer>().AtRestAsync(
            () => Task.FromResult(shop.Services.GetRequiredService<ProfileTraits>().TryEvict(profile)), CancellationToken.None);
        var inPart = Ask();

        Assert.That(isCold, item);
        Assert.That((inProcess.IsPersonalized, inProcess.NotPersonalizedReason), Is.EqualTo((false, "profile_not_in_memory")), "a decision never waits by itself");
        Assert.That(answer.GetProperty("isPersonalized").GetBoolean(), answer.GetRawText());
        Assert.That(later, Is.False, "it is back for the next question");
        Assert.That((isThere.IsPersonalized, inPart.NotPersonalizedReason), Is.EqualTo((true, "profile_not_in_memory")), "a rule might ask for the part that is not there");

        Personalization.Decisioning.Contracts.Recommendations Ask() =>
            shop.Services.GetRequiredService<Personalization.Decisioning.Contracts.IPersonalizer>().Recommend(new() { Placement = "for-you", AnonymousId = "device-0" })!;
    }

    [Test]
    public async Task A_person_who_is_on_disk_only_is_found_exported_and_erased()
    {
        await using var shop = await StartAsync(Looks);
        await UntilLiveAsync(shop);
        var (profile, _) = await OneColdAsync(shop);
        var lookup = JsonElement.Parse(await shop.Server.GetStringAsync("/v1/profiles/lookup?anonymousId=device-0"));
        await EvictAllAsync(shop);
        var subject = new ErasureSubject(new HashSet<int> { profile }, [], new HashSet<UInt128>());
        var stores = shop.Services.GetServices<IPersonalDataStore>().Where(store => store.Name is "features/profiles" or "features/history" or "features/traits" or "features/declared").ToList();
        var found = await SumAsync(stores, store => store.CountAsync(subject, CancellationToken.None));

        var sequencer = shop.Services.GetRequiredService<Sequencer>();
        await sequencer.AtRestAsync(
            async () =>
            {
                await SumAsync(stores, store => store.EraseAsync(subject, CancellationToken.None));
                await sequencer.CheckpointAtRestAsync();
            },
            CancellationToken.None);
        var left = await SumAsync(stores, store => store.CountAsync(subject, CancellationToken.None));
        await shop.DisposeAsync();
        await using var again = await StartAsync();

        Assert.That(lookup.GetProperty("counters").GetProperty("views").GetInt32(), Is.GreaterThan(0));
        Assert.That((found, left), Is.EqualTo((4L, 0L)), "features, history, a trait and what is declared");
        Assert.That(again.Services.GetRequiredService<ProfileFeatureStore>().Digest(profile), Is.Empty, "its row is gone, too");
        Assert.That(again.Services.GetRequiredService<ProfileHistory>().Digest(profile), Is.Empty);
        Assert.That(again.Services.GetRequiredService<ProfileTraits>().Digest(profile), Is.Empty);
        Assert.That(again.Services.GetRequiredService<FeatureStates>().Digest(FeatureKey.Profile, profile), Is.Empty);
    }

    private Task<ShopServer> StartAsync(params string[] arguments) =>
        ShopServer.StartAsync(_folder.Path, [OneMebi, ShopServer.WithoutTicks, "--Personalization:Features:Memory:SweepMs=60000", .. arguments]);

    /// <summary>Fills the shop until somebody has left memory; returns the profile of the first device, which is among them.</summary>
    private static async Task<(int Profile, string Item)> OneColdAsync(ShopServer shop)
    {
        await shop.TrackAsync("/v1/batch", ShopEvents.Batch([ShopEvents.View("device-0", "item-1"), ShopEvents.View("device-0", "item-2"), ShopEvents.View("device-0", "item-3"), Likes("device-0", "m-0", "tea", DateTimeOffset.FromUnixTimeMilliseconds(1_790_000_000_000))]));
        await SendAsync(shop, Bodies(seed: 20_32).Take(40).ToList());
        await EvictAllAsync(shop);
        return (shop.Services.GetRequiredService<IProfileDirectory>().Find(default, "device-0"), "item-1");
    }

    private static async Task UntilLiveAsync(ShopServer shop)
    {
        var registry = shop.Services.GetRequiredService<FeatureRegistry>();
        for (var look = 0; registry.Current.Versions is not { Length: > 0 } versions || versions.Any(version => version.Phase != VersionPhase.Live); look++)
        {
            Assert.That(look, Is.LessThan(1_000), "it never was");
            await Task.Delay(20);
        }
    }

    private static Task EvictAllAsync(ShopServer shop)
    {
        var states = shop.Services.GetServices<IColdState>().ToList();
        var sequencer = shop.Services.GetRequiredService<Sequencer>();
        return sequencer.AtRestAsync(
            async () =>
            {
                await sequencer.CheckpointAtRestAsync();
                foreach (var state in states)
                {
                    for (var profile = 0; profile < state.Capacity; profile++)
                    {
                        state.TryEvict(profile);
                    }
                }
            },
            CancellationToken.None);
    }

    private static async Task<long> SumAsync(List<IPersonalDataStore> stores, Func<IPersonalDataStore, ValueTask<long>> count)
    {
        var sum = 0L;
        foreach (var store in stores)
        {
            sum += await count(store);
        }

        return sum;
    }

    /// <summary>Sends, and looks at the ceiling now and then, as the product does by itself.</summary>
    private static async Task SendAsync(ShopServer shop, List<object> bodies)
    {
        var keeper = shop.Services.GetRequiredService<CeilingKeeper>();
        var ceiling = shop.Services.GetRequiredService<MemoryCeiling>();
        for (var i = 0; i < bodies.Count; i++)
        {
            await shop.TrackAsync("/v1/batch", bodies[i]);
            if (i % 20 == 19)
            {
                await shop.SettleAsync();
                await keeper.KeepAsync(CancellationToken.None);
                Assert.That(ceiling.IsExceeded, Is.False, $"after batch {i}");
            }
        }

        await shop.SettleAsync();
    }

    private static IEnumerable<object> Bodies(int seed)
    {
        var chance = new Random(seed);
        for (var i = 0; i < 120; i++)
        {
            yield return ShopEvents.Batch(Enumerable.Range(0, 60).Select(n => Event(chance, $"{seed}-{i}-{n}")).ToList());
        }
    }

    private static object Event(Random chance, string messageId)
    {
        var device = $"device-{chance.Next(1, Devices)}";
        var timestamp = DateTimeOffset.FromUnixTimeMilliseconds(1_790_000_000_000 + chance.NextInt64(10_000_000));
        var properties = new { product_id = $"item-{chance.Next(50)}", category = $"category-{chance.Next(5)}", coupon = $"coupon-{chance.Next(9)}" };
        return chance.Next(10) == 0 ? Likes(device, messageId, $"drink-{chance.Next(5)}", timestamp)
            : chance.Next(8) == 0
            ? new { type = "track", @event = "Product Added", userId = $"person-{chance.Next(People)}", anonymousId = device, messageId, timestamp, properties }
            : new { type = "track", @event = "Product Viewed", anonymousId = device, messageId, timestamp, properties };
    }

    private static object Likes(string anonymousId, string messageId, string drink, DateTimeOffset timestamp) =>
        new { type = "identify", anonymousId, messageId, timestamp, traits = new { drink } };

    private static Dictionary<string, string> Digests(ShopServer shop)
    {
        var store = shop.Services.GetRequiredService<ProfileFeatureStore>();
        var history = shop.Services.GetRequiredService<ProfileHistory>();
        var traits = shop.Services.GetRequiredService<ProfileTraits>();
        var declared = shop.Services.GetRequiredService<FeatureStates>();
        var directory = shop.Services.GetRequiredService<IProfileDirectory>();
        return Enumerable.Range(0, Devices).Select(i => (Name: $"device-{i}", Profile: directory.Find(default, $"device-{i}")))
            .Concat(Enumerable.Range(0, People).Select(i => (Name: $"person-{i}", Profile: directory.Find($"person-{i}", default))))
            .Where(found => found.Profile >= 0)
            .ToDictionary(found => found.Name, found => string.Join(
                '/',
                Convert.ToHexString(store.Digest(found.Profile)),
                Convert.ToHexString(history.Digest(found.Profile)),
                Convert.ToHexString(traits.Digest(found.Profile)),
                Convert.ToHexString(declared.Digest(FeatureKey.Profile, found.Profile))));
    }
}
