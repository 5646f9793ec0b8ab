using Microsoft.Extensions.DependencyInjection;
using NUnit.Framework;
using Personalization.Tests.Support;
using Personalization.Tests.Tracking.Clock;
using Personalization.Tracking.Pipeline.Clock;

namespace Personalization.Tests.Faults;

/// <summary>Kills the process while deadlines come by events and by ticks. What is rebuilt is what was there, and no deadline is lost.</summary>
[Parallelizable]
public class ClockKillTests
{
    private const int Kills = 4;
    private const long DeadlineMs = 150;
    private readonly Random _chance = new(20_29);
    private TemporaryFolder _folder;
    private int _number;

    [SetUp]
    public void CreateFolder() => _folder = new TemporaryFolder();

    [TearDown]
    public void DeleteFolder() => _folder.Dispose();

    [Test]
    public async Task Time_passes_between_the_same_events_again_after_any_number_of_kills()
    {
        for (var kill = 0; kill < Kills; kill++)
        {
            using var host = await HostProcess.StartPlantedAsync(_folder.Path, (PlantedDeadlines.Variable, $"{DeadlineMs}"));
            var sending = SendAsync(host.Client);
            await Task.Delay(_chance.Next(300, 1_500));
            await host.KillAsync();
            await sending;
        }

        var continued = await TracesAsync();
        foreach (var file in Directory.GetFiles(_folder.Path).Where(file => !Path.GetFileName(file).StartsWith("log.", StringComparison.Ordinal)))
        {
            File.Delete(file);
        }

        var rebuilt = await TracesAsync();

        Assert.That(rebuilt, Is.EqualTo(continued), "a replay from the start comes to what checkpoints and replays came to");
        var lines = continued.SelectMany(trace => trace.Split(' ')).ToList();
        Assert.That(lines.Count(line => line[0] == 'd'), Is.GreaterThan(Kills), "deadlines came");
        Assert.That(lines, Has.None.StartsWith("the"), "the clock never went back");
    }

    /// <summary>Shoppers come and go: with one of many events in a while, some deadlines are met by events and some by ticks.</summary>
    private async Task SendAsync(HttpClient client)
    {
        try
        {
            while (true)
            {
                var id = $"message-{++_number}";
                using var response = await client.PostAsync("/v1/track", ShopServer.Json(ShopEvents.View($"shopper-{_number % 7}", "tent", id)));
                await Task.Delay(_number % 10 == 0 ? 400 : 10);
            }
        }
        catch (HttpRequestException)
        {
            // Killed.
        }
    }

    /// <summary>What the stage saw, once every deadline has come.</summary>
    private async Task<string[]> TracesAsync()
    {
        await using var shop = await ShopServer.StartWithAsync(
            _folder.Path, services => ClockShop.Plant(services, DeadlineMs), ShopServer.WithoutTicks);
        var ticker = shop.Services.GetRequiredService<ClockTicker>();
        var stage = shop.Services.GetRequiredService<DeadlineStage>();
        while (Enumerable.Range(0, stage.Traces.Length).Any(partition => stage.NextDueMs(partition) < long.MaxValue))
        {
            await ticker.LookAsync();
            await shop.SettleAsync();
        }

        return stage.Traces;
    }
}
