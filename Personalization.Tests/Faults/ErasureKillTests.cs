using System.Text.Json;
using NUnit.Framework;
using Personalization.Kernel.Privacy;
using Personalization.Tests.Support;

namespace Personalization.Tests.Faults;

/// <summary>Kills the process behind each step of an erasure. The next start finishes it before it serves, and proves it.</summary>
[Parallelizable]
public class ErasureKillTests
{
    private const string Canary = "zyzzyva-canary-0815";
    private TemporaryFolder _folder;

    [SetUp]
    public void CreateFolder() => _folder = new TemporaryFolder();

    [TearDown]
    public void DeleteFolder() => _folder.Dispose();

    [TestCase("ordered")]
    [TestCase("log")]
    [TestCase("tracking/dead-letters")]
    [TestCase("identity/identifiers")]
    [TestCase("checkpoint")]
    [TestCase("files")]
    [TestCase("receipts")]
    public async Task An_erasure_that_was_cut_short_is_finished_by_the_next_start_and_proven(string step)
    {
        using (var host = await HostProcess.StartPlantedAsync(_folder.Path, (PlantedDeath.StepVariable, step)))
        {
            await PlantAsync(host.Client);
            var lookup = JsonElement.Parse(await host.Server.GetStringAsync($"/v1/profiles/lookup?anonymousId={Canary}"));
            Assert.That(DiskSearch.Find(_folder.Path, DiskSearch.Texts(Canary)), Is.Not.Empty, "the search would find it");
            Assert.That(await EraseAsync(host.Server, lookup.GetProperty("profileId").GetInt32()), Is.EqualTo("died"));
        }

        await using (var shop = await ShopServer.StartAsync(_folder.Path))
        {
            Assert.That((await shop.RecommendAsync($"recently-viewed?anonymousId={Canary}")).Ids(), Is.Empty);
            Assert.That((await shop.RecommendAsync("recently-viewed?anonymousId=ann")).Ids(), Is.EqualTo(new[] { "stove" }));
            await AssertProvenAsync(shop);
        }

        Assert.That(DiskSearch.Find(_folder.Path, DiskSearch.Texts(Canary)), Is.Empty);

        // And it is done only once: the next start has nothing to do.
        await using var again = await ShopServer.StartAsync(_folder.Path);
        var tombstone = (await TombstonesAsync(again)).Single();
        Assert.That(tombstone.GetProperty("state").GetInt32(), Is.EqualTo((int)TombstoneState.Erased));
        Assert.That((await again.RecommendAsync("recently-viewed?anonymousId=ann")).Ids(), Is.EqualTo(new[] { "stove" }));
    }

    private static async Task<string> EraseAsync(HttpClient server, int profileId)
    {
        try
        {
            using var answer = await server.DeleteAsync($"/v1/profiles/{profileId}");
            return $"{(int)answer.StatusCode}: {await answer.Content.ReadAsStringAsync()}";
        }
        catch (HttpRequestException)
        {
            return "died";
        }
    }

    private static async Task AssertProvenAsync(ShopServer shop)
    {
        var tombstone = (await TombstonesAsync(shop)).Single();
        var proof = JsonElement.Parse(await shop.Server.GetStringAsync($"/v1/privacy/erasures/{tombstone.GetProperty("requestId").GetString()}"));
        var stores = proof.GetProperty("receipts").EnumerateArray().Select(receipt => receipt.GetProperty("store").GetString()).ToList();
        Assert.That(proof.GetProperty("chainIsWhole").GetBoolean());
        Assert.That(stores, Does.Contain("log/events").And.Contain("tracking/dead-letters").And.Contain("file/log.db"));
    }

    private static async Task<IReadOnlyList<JsonElement>> TombstonesAsync(ShopServer shop) =>
        [.. JsonElement.Parse(await shop.Server.GetStringAsync("/v1/privacy/suppressions")).GetProperty("suppressions").EnumerateArray()];

    private static async Task PlantAsync(HttpClient client)
    {
        foreach (var body in new[]
        {
            ShopEvents.Batch([ShopEvents.View(Canary, "tent"), ShopEvents.View("ann", "stove")]),
            ShopEvents.Batch([ShopEvents.View(Canary, "lamp"), ShopEvents.View(Canary, "tent"), ShopEvents.Identify($"user-{Canary}", Canary)]),
        })
        {
            using var response = await client.PostAsync("/v1/batch", ShopServer.Json(body));
            response.EnsureSuccessStatusCode();
        }

        // No type: refused, and kept as a dead letter.
        using var refused = await client.PostAsync("/v1/batch", ShopServer.Json(ShopEvents.Batch([new { anonymousId = Canary, secret = Canary }])));

        // A checkpoint a second: the person stands in it.
        await Task.Delay(1_500);
    }
}
