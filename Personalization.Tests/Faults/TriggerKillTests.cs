using System.Net.Http.Json;
using System.Text.Json;
using NUnit.Framework;
using Personalization.Tests.Support;

namespace Personalization.Tests.Faults;

/// <summary>Kills the process while reminders are waited for and told of: each comes once along one chain of cursors, and none is lost.</summary>
[Parallelizable]
internal sealed class TriggerKillTests
{
    private const int Kills = 3;
    private const int Carts = 40;
    private const string Abandoned = """
        {"kind":"pattern","sequence":[{"event":"Product Viewed"},{"not":{"event":"Order Completed"},"within":"1s"}],"cooldown":"1s","expires":"1h"}
        """;

    private readonly Random _chance = new(31_40);
    private TemporaryFolder _folder;

    [SetUp]
    public void CreateFolder() => _folder = new TemporaryFolder();

    [TearDown]
    public void DeleteFolder() => _folder.Dispose();

    [Test]
    public async Task Every_abandoned_view_is_told_once_however_often_the_process_is_killed()
    {
        var (told, cursor) = (new List<string>(), "");
        for (var kill = 0; kill < Kills; kill++)
        {
            using var host = await HostProcess.StartAsync(_folder.Path);
            using var put = await host.Server.PutAsync("/v1/triggers/abandoned", ShopServer.Json(Abandoned));
            put.EnsureSuccessStatusCode();
            await SendAsync(host, kill);
            await Task.Delay(_chance.Next(0, 1_800));
            cursor = await ReadAsync(host, cursor, wait: 0, told);
            await host.KillAsync();
        }

        using var last = await HostProcess.StartAsync(_folder.Path);
        for (var look = 0; look < 20 && told.Count < Kills * Carts; look++)
        {
            cursor = await ReadAsync(last, cursor, wait: 5, told);
        }

        var all = new List<string>();
        await ReadAsync(last, "", wait: 0, all);
        Assert.That(told, Is.Unique);
        Assert.That(told, Has.Count.EqualTo(Kills * Carts), "half of the shoppers ordered in time");
        Assert.That(told.Order(), Is.EqualTo(all.Order()), "who reads from the beginning hears the same");
    }

    /// <summary>Of two shoppers one orders at once.</summary>
    private static async Task SendAsync(HostProcess host, int kill)
    {
        var events = new List<object>();
        for (var i = 0; i < Carts; i++)
        {
            events.Add(ShopEvents.View($"leaves-{kill}-{i}", "tent"));
            events.Add(ShopEvents.View($"buys-{kill}-{i}", "tent"));
            events.Add(ShopEvents.Order($"buys-{kill}-{i}", $"order-{kill}-{i}", "tent"));
        }

        using var response = await host.Client.PostAsJsonAsync("/v1/batch", ShopEvents.Batch(events));
        response.EnsureSuccessStatusCode();
    }

    private static async Task<string> ReadAsync(HostProcess host, string cursor, int wait, List<string> told)
    {
        while (true)
        {
            var page = await host.Server.GetFromJsonAsync<JsonElement>($"/v1/triggers/fired?limit=50&wait={wait}&after={cursor}");
            var fired = page.GetProperty("fired").EnumerateArray().Select(each => each.GetProperty("id").GetString()!).ToList();
            told.AddRange(fired);
            cursor = page.GetProperty("next").GetString()!;
            if (fired.Count == 0)
            {
                return cursor;
            }
        }
    }
}
