using System.Collections.Concurrent;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using NUnit.Framework;
using Personalization.Tests.Support;
using Personalization.Tests.Tracking.DeadLetters;

namespace Personalization.Tests.Faults;

/// <summary>
/// Kills the process while a stage fails on every tenth event, and again while the parked events are replayed. In the end every stage has
/// seen every event once, and every failure has one letter.
/// </summary>
[Parallelizable]
public class ParkedKillTests
{
    private const int Kills = 4;
    private readonly Random _chance = new(20_27);
    private readonly ConcurrentDictionary<string, bool> _sent = new(StringComparer.Ordinal);
    private readonly ConcurrentQueue<string> _unacknowledged = [];
    private TemporaryFolder _folder;
    private TemporaryFolder _bugs;
    private int _number;

    [SetUp]
    public void CreateFolders() => (_folder, _bugs) = (new TemporaryFolder(), new TemporaryFolder());

    [TearDown]
    public void DeleteFolders()
    {
        _folder.Dispose();
        _bugs.Dispose();
    }

    [Test]
    public async Task No_parked_event_is_lost_or_doubled_by_any_number_of_kills()
    {
        await File.WriteAllTextAsync(_bugs.File("bug"), "");
        for (var kill = 0; kill < Kills; kill++)
        {
            using var host = await StartAsync();
            var sending = SendAsync(host.Client);
            await Task.Delay(_chance.Next(100, 700));
            await host.KillAsync();
            await sending;
        }

        using (var host = await StartAsync())
        {
            while (_unacknowledged.TryDequeue(out var id))
            {
                Assert.That(await SendOneAsync(host.Client, id), "the last host answers everything");
            }

            await AssertLettersAsync(host, "open");
            await host.KillAsync();
        }

        File.Delete(_bugs.File("bug"));
        for (var kill = 0; kill < Kills; kill++)
        {
            using var host = await StartAsync();
            var replaying = ReplayAsync(host.Server);
            await Task.Delay(_chance.Next(1, 60));
            await host.KillAsync();
            await replaying;
        }

        using (var host = await StartAsync())
        {
            Assert.That(await ReplayAsync(host.Server), "the last host replays everything");
            await AssertLettersAsync(host, "replayed");
            await host.KillAsync();
        }

        await AssertSeenOnceAsync();
        foreach (var file in Directory.GetFiles(_folder.Path).Where(file => !Path.GetFileName(file).StartsWith("log.", StringComparison.Ordinal)))
        {
            File.Delete(file);
        }

        await AssertSeenOnceAsync();
    }

    private Task<HostProcess> StartAsync() => HostProcess.StartPlantedAsync(_folder.Path, (PlantedStages.BugVariable, _bugs.File("bug")));

    private Task SendAsync(HttpClient client) => Task.WhenAll(Enumerable.Range(0, 3).Select(_ => Task.Run(async () =>
    {
        while (await SendOneAsync(client, $"message-{Interlocked.Increment(ref _number)}"))
        {
        }
    })));

    private async Task<bool> SendOneAsync(HttpClient client, string id)
    {
        _sent[id] = true;
        try
        {
            using var response = await client.PostAsync("/v1/track", ShopServer.Json(ShopEvents.View($"shopper-{id.Length + id[^1]}", "tent", id)));
            if (response.IsSuccessStatusCode)
            {
                return true;
            }
        }
        catch (HttpRequestException)
        {
            // Killed in mid-request: nobody knows whether it was stored, so it is sent again later.
        }

        _unacknowledged.Enqueue(id);
        return false;
    }

    /// <summary>Call after call until no letter is left; false when the process was gone before.</summary>
    private static async Task<bool> ReplayAsync(HttpClient server)
    {
        try
        {
            for (string? cursor = "0"; cursor is not null;)
            {
                var request = new { filter = new { reason = "failed" }, limit = 20, cursor };
                using var response = await server.PostAsync("/v1/dead-letters/replay", ShopServer.Json(request));
                cursor = JsonElement.Parse(await response.Content.ReadAsStringAsync()).GetProperty("nextCursor").GetString();
            }

            return true;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }

    private async Task AssertLettersAsync(HostProcess host, string state)
    {
        // The summary waits until everything is applied, and with it parked.
        await host.Server.GetStringAsync("/v1/log/summary");
        var ids = new List<string?>();
        for (string? cursor = ""; cursor is not null;)
        {
            var page = JsonElement.Parse(await host.Server.GetStringAsync($"/v1/dead-letters?reason=failed&state={state}&limit=1000&cursor={cursor}"));
            ids.AddRange(page.GetProperty("letters").EnumerateArray().Select(letter => letter.GetProperty("messageId").GetString()));
            cursor = page.GetProperty("nextCursor").GetString();
        }

        Assert.That(ids, Is.Not.Empty, "the stage never failed");
        Assert.That(ids, Is.EquivalentTo(_sent.Keys.Where(id => id.EndsWith('7'))), $"every failure has one letter, {state}");
    }

    private async Task AssertSeenOnceAsync()
    {
        await using var shop = await ShopServer.StartWithAsync(_folder.Path, PlantInFront);
        var once = _sent.Keys.ToDictionary(id => id, _ => 1);

        Assert.That(shop.Services.GetRequiredService<EarlyStage>().Seen, Is.EqualTo(once), "before the place of the fault");
        Assert.That(shop.Services.GetRequiredService<MiddleStage>().Seen, Is.EqualTo(once), "at the place of the fault");
        Assert.That(shop.Services.GetRequiredService<LateStage>().Seen, Is.EqualTo(once), "after the place of the fault");
        var views = 0;
        foreach (var shopper in _sent.Keys.Select(id => $"shopper-{id.Length + id[^1]}").Distinct())
        {
            var profile = JsonElement.Parse(await shop.Server.GetStringAsync($"/v1/profiles/lookup?anonymousId={shopper}"));
            views += profile.GetProperty("counters").GetProperty("views").GetInt32();
        }

        Assert.That(views, Is.EqualTo(_sent.Count), "the product's own stages");
    }

    /// <summary>Where the process had them: an event that stopped in one goes on with the stages behind it.</summary>
    private static void PlantInFront(IServiceCollection services)
    {
        var planted = new ServiceCollection();
        PlantedStages.Add(planted, new Tracking.DeadLetters.Faults());
        foreach (var (place, descriptor) in planted.Index())
        {
            services.Insert(place, descriptor);
        }
    }
}
