using System.Net.Http.Json;
using NUnit.Framework;
using Personalization.Tests.Identity.Changes;
using Personalization.Tests.Support;

namespace Personalization.Tests.Faults;

/// <summary>Kills the process while people are merged and unmerged by hand under load, again and again.</summary>
[Parallelizable]
internal sealed class UnmergeKillTests
{
    private const int Kills = 4;
    private const int People = 12;

    [Test]
    public async Task After_any_number_of_kills_people_are_what_their_log_says()
    {
        using var folder = new TemporaryFolder();
        var (chance, delays) = (new Random(20_26), new Random(20_27));
        var applied = 0;
        for (var kill = 0; kill < Kills; kill++)
        {
            using var host = await HostProcess.StartAsync(folder.Path);
            var world = new RandomHistory(9_000 + kill);
            var sending = UntilKilledAsync(() => host.Client.PostAsync("/v1/batch", ShopServer.Json(ShopEvents.Batch(world.Events(20)))));
            var changing = UntilKilledAsync(async () =>
            {
                var (from, into) = (chance.Next(People), chance.Next(People));
                var merge = await host.Server.PostAsJsonAsync($"/v1/profiles/{from}/merge", new { into, reason = "one", force = true });
                applied += merge.IsSuccessStatusCode ? 1 : 0;
                return chance.Next(3) == 0 ? merge : await host.Server.PostAsJsonAsync($"/v1/profiles/{into}/unmerge", new { profileId = from, reason = "two" });
            });
            await Task.Delay(delays.Next(900, 1_800));
            await host.KillAsync();
            await Task.WhenAll(sending, changing);
        }

        Assert.That(applied, Is.Positive, "the test changed nobody");
        IReadOnlyList<string> lived;
        await using (var shop = await ShopServer.StartAsync(folder.Path))
        {
            lived = shop.Everything();
        }

        using var fresh = new TemporaryFolder();
        foreach (var file in Directory.GetFiles(folder.Path, "log.db*"))
        {
            File.Copy(file, fresh.File(Path.GetFileName(file)));
        }

        await using var replayed = await ShopServer.StartAsync(fresh.Path);
        Assert.That(ShopPeople.FirstDifference(replayed.Everything(), lived), Is.Null);
    }

    private static async Task UntilKilledAsync(Func<Task<HttpResponseMessage>> send)
    {
        try
        {
            while (true)
            {
                using var response = await send();
            }
        }
        catch (HttpRequestException)
        {
            // Killed in mid-request.
        }
    }
}
