using System.Net.Http.Json;
using System.Text.Json;
using NUnit.Framework;
using Personalization.Tests.Support;

namespace Personalization.Tests.Faults;

/// <summary>Kills the process while a segment is being prepared, and while people come in: everybody is told of once, along one chain of cursors.</summary>
[Parallelizable]
internal sealed class SegmentKillTests
{
    private const int Before = 1_500;
    private const int During = 30;
    private readonly Random _chance = new(30_60);
    private TemporaryFolder _folder;

    [SetUp]
    public void CreateFolder() => _folder = new TemporaryFolder();

    [TearDown]
    public void DeleteFolder() => _folder.Dispose();

    [Test]
    public async Task A_kill_in_the_midst_of_preparing_or_of_telling_loses_and_doubles_nothing()
    {
        var told = new List<string>();
        string cursor;
        using (var host = await HostProcess.StartAsync(_folder.Path))
        {
            for (var i = 0; i < Before; i += 100)
            {
                await SendAsync(host, Enumerable.Range(i, 100));
            }

            using var put = await host.Server.PutAsync("/v1/segments/seen", ShopServer.Json(new { condition = new { @event = "Product Viewed" } }));
            put.EnsureSuccessStatusCode();
            cursor = await ReadAsync(host, "", told);
            await host.KillAsync();
        }

        for (var kill = 0; kill < 2; kill++)
        {
            using var host = await HostProcess.StartAsync(_folder.Path);
            await UntilLiveAsync(host);
            await SendAsync(host, Enumerable.Range(Before + (kill * During), During));
            await Task.Delay(_chance.Next(0, 1_500));
            cursor = await ReadAsync(host, cursor, told);
            await host.KillAsync();
        }

        using var last = await HostProcess.StartAsync(_folder.Path);
        await ReadAsync(last, cursor, told);

        Assert.That(told, Is.Unique);
        Assert.That(told, Has.Count.EqualTo(Before + (2 * During)));
        Assert.That((await StatusAsync(last)).GetProperty("members").GetInt32(), Is.EqualTo(Before + (2 * During)));
    }

    private static async Task SendAsync(HostProcess host, IEnumerable<int> shoppers)
    {
        using var response = await host.Client.PostAsJsonAsync("/v1/batch", ShopEvents.Batch(shoppers.Select(i => ShopEvents.View($"shopper-{i}", "tent"))));
        response.EnsureSuccessStatusCode();
    }

    private static async Task<string> ReadAsync(HostProcess host, string cursor, List<string> told)
    {
        while (true)
        {
            var answer = await host.Server.GetFromJsonAsync<JsonElement>($"/v1/segments/changes?limit=200&after={cursor}");
            told.AddRange(answer.GetProperty("changes").EnumerateArray().Select(change => $"{change.GetProperty("profileId")} {change.GetProperty("isMember")}"));
            var next = answer.GetProperty("next").GetString()!;
            if (next == cursor)
            {
                return cursor;
            }

            cursor = next;
        }
    }

    private static async Task<JsonElement> StatusAsync(HostProcess host) =>
        (await host.Server.GetFromJsonAsync<JsonElement>("/v1/segments/seen")).GetProperty("status");

    private static async Task UntilLiveAsync(HostProcess host)
    {
        for (var look = 0; look < 600; look++)
        {
            if ((await StatusAsync(host)).GetProperty("state").GetString() == "live")
            {
                return;
            }

            await Task.Delay(50);
        }

        throw new TimeoutException("The segment did not become live.");
    }
}
