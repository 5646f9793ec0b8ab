using Microsoft.Extensions.DependencyInjection;
using NUnit.Framework;
using Personalization.Identity.Domain;
using Personalization.Tests.Support;

namespace Personalization.Tests.Identity.Changes;

/// <summary>Over random histories: an unmerge is exact, and a replay does it again.</summary>
[Parallelizable]
internal sealed class UnmergePropertyTests
{
    private const int Worlds = 12;
    private const int Events = 60;

    [Test]
    public async Task After_an_unmerge_everybody_is_as_if_the_merge_had_never_been([Values(1_000, 2_000, 3_000)] int seed)
    {
        using var folder = new TemporaryFolder();
        var cuts = new List<(int Profile, int Parent)>();
        IReadOnlyList<string> lived;
        await using (var shop = await ShopServer.StartAsync(folder.Path, ShopServer.WithoutTicks))
        {
            var worlds = await BeginAsync(shop, seed);
            cuts.AddRange(Cuts(shop, worlds, new Random(seed)));
            foreach (var (profile, _) in cuts)
            {
                var person = shop.Services.GetRequiredService<IdentityMap>().Canonical(profile);
                await shop.ChangedAsync(person, "unmerge", new { profileId = profile, reason = "two people" });
            }

            await GoOnAsync(shop, worlds);
            lived = shop.Everything();
        }

        Assert.That(cuts, Has.Count.GreaterThan(Worlds / 2), "the histories merge too little to test anything");
        Assert.That(ShopPeople.FirstDifference(await NeverMergedAsync(seed, cuts), lived), Is.Null);
        Assert.That(ShopPeople.FirstDifference(await ReplayedAsync(folder), lived), Is.Null);
    }

    [Test]
    public async Task Merges_by_hand_that_are_taken_back_change_nothing([Values(4_000, 5_000)] int seed)
    {
        using var folder = new TemporaryFolder();
        await using var shop = await ShopServer.StartAsync(folder.Path, ShopServer.WithoutTicks);
        await BeginAsync(shop, seed);
        var map = shop.Services.GetRequiredService<IdentityMap>();
        var (before, sessions) = (shop.Everything(), shop.SessionIndex());
        var chance = new Random(seed);
        var merged = new Stack<int>();
        while (merged.Count < 10)
        {
            var (from, into) = (map.Canonical(chance.Next(map.Count)), map.Canonical(chance.Next(map.Count)));
            if (from != into)
            {
                await shop.ChangedAsync(into, "merge", new { from, reason = "one", force = true });
                merged.Push(from);
            }
        }

        Assert.That(shop.Everything(), Is.Not.EqualTo(before));
        while (merged.TryPop(out var profile))
        {
            await shop.ChangedAsync(map.Canonical(profile), "unmerge", new { profileId = profile, reason = "two" });
        }

        Assert.That(ShopPeople.FirstDifference(shop.Everything(), before), Is.Null);
        Assert.That(ShopPeople.FirstDifference(shop.SessionIndex(), sessions), Is.Null, "not even the age of a session among everybody's has changed");
        await shop.DisposeAsync();
        Assert.That(ShopPeople.FirstDifference(await ReplayedAsync(folder), before), Is.Null);
    }

    private static async Task<RandomHistory[]> BeginAsync(ShopServer shop, int seed)
    {
        var worlds = Enumerable.Range(0, Worlds).Select(world => new RandomHistory(seed + world)).ToArray();
        await SendAsync(shop, worlds);
        return worlds;
    }

    private static Task GoOnAsync(ShopServer shop, RandomHistory[] worlds) => SendAsync(shop, worlds);

    private static async Task SendAsync(ShopServer shop, RandomHistory[] worlds)
    {
        foreach (var chunk in worlds.SelectMany(world => world.Events(Events)).Chunk(100))
        {
            await shop.TrackAsync("/v1/batch", ShopEvents.Batch(chunk));
        }

        await shop.SettleAsync();
    }

    /// <summary>One merge of each history in which there is any.</summary>
    private static IEnumerable<(int Profile, int Parent)> Cuts(ShopServer shop, RandomHistory[] worlds, Random chance)
    {
        var map = shop.Services.GetRequiredService<IdentityMap>();
        foreach (var world in worlds)
        {
            var people = world.Devices.Select(device => shop.Profile(device: device)).Where(profile => profile >= 0).ToHashSet();
            var merged = Enumerable.Range(0, map.Count).Where(profile => map.MergedInto(profile) >= 0 && people.Contains(map.Canonical(profile))).ToArray();
            if (merged.Length > 0)
            {
                var cut = merged[chance.Next(merged.Length)];
                yield return (cut, map.MergedInto(cut));
            }
        }
    }

    private static async Task<IReadOnlyList<string>> NeverMergedAsync(int seed, List<(int Profile, int Parent)> cuts)
    {
        using var folder = new TemporaryFolder();
        await using var shop = await ShopServer.StartAsync(folder.Path, ShopServer.WithoutTicks);
        var history = shop.Services.GetRequiredService<MergeHistory>();
        cuts.ForEach(cut => history.Sever(cut.Profile, cut.Parent));
        var worlds = await BeginAsync(shop, seed);
        foreach (var _ in cuts)
        {
            await shop.SkipAsync();
        }

        await GoOnAsync(shop, worlds);
        return shop.Everything();
    }

    private static async Task<IReadOnlyList<string>> ReplayedAsync(TemporaryFolder folder)
    {
        using var fresh = new TemporaryFolder();
        foreach (var file in Directory.GetFiles(folder.Path, "log.db*"))
        {
            File.Copy(file, fresh.File(Path.GetFileName(file)));
        }

        await using var shop = await ShopServer.StartAsync(fresh.Path, ShopServer.WithoutTicks);
        return shop.Everything();
    }
}
