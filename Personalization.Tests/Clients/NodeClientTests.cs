using System.Text.Json;
using NUnit.Framework;
using Personalization.Tests.Support;

namespace Personalization.Tests.Clients;

/// <summary>
/// Real server-side clients, as npm has them, against the real process through its worst day: answers of 429 and 500, connections that
/// break before and after the events were taken, and the process killed in the midst and started again.
/// </summary>
internal sealed class NodeClientTests
{
    private const int Events = 40;
    private static readonly string[] Scripts = ["segment", "rudder"];
    private TemporaryFolder _folder = null!;

    [SetUp]
    public void CreateFolder() => _folder = new TemporaryFolder();

    [TearDown]
    public void DeleteFolder() => _folder.Dispose();

    [Test]
    public async Task Every_event_arrives_exactly_once_unless_its_client_gave_it_up()
    {
        await ClientPackages.EnsureAsync();
        var runs = new Dictionary<string, Run>();
        var host = await HostProcess.StartAsync(_folder.Path);
        try
        {
            await using var proxy = await FaultyProxy.StartAsync(host.Client.BaseAddress!, BadDay);
            var running = Scripts.ToDictionary(script => script, script => RunAsync(script, proxy.Address));
            await Task.Delay(TimeSpan.FromSeconds(2));
            await host.KillAsync();
            host.Dispose();
            host = await HostProcess.StartAsync(_folder.Path, proxy.Host.Port);
            foreach (var (script, run) in running)
            {
                runs.Add(script, await run);
            }

            Assert.That(proxy.Met.Keys, Is.EquivalentTo(Enum.GetValues<Fault>()), "the day was not bad enough");
        }
        finally
        {
            host.Dispose();
        }

        await using var shop = await ShopServer.StartAsync(_folder.Path);
        Assert.Multiple(async () =>
        {
            foreach (var (script, run) in runs)
            {
                var arrived = await NumbersAsync(shop, Shopper(script));
                Assert.That(arrived, Is.Unique, $"{script}: doubled");
                Assert.That(Enumerable.Range(0, Events).Except(arrived).Except(run.GivenUp), Is.Empty, $"{script}: lost without a word");
            }
        });
        Assert.That(runs["segment"].GivenUp, Is.Empty, "this client tries for as long as this day lasts");
    }

    private static Fault BadDay(int request) => (request % 12) switch
    {
        2 => Fault.TooManyRequests,
        5 => Fault.ServerError,
        7 => Fault.LostAcknowledgement,
        10 => Fault.ResetBefore,
        _ => Fault.None,
    };

    private static string Shopper(string script) => $"shopper-of-{script}";

    private static async Task<Run> RunAsync(string script, Uri address)
    {
        var output = await ClientPackages.RunAsync("node", [$"node/{script}.mjs"], new Dictionary<string, string>
        {
            ["HOST"] = address.ToString().TrimEnd('/'),
            ["WRITE_KEY"] = ShopServer.WriteKey,
            ["SHOPPER"] = Shopper(script),
            ["EVENTS"] = Events.ToString(),
            ["GAP_MS"] = "120",
        });
        return JsonSerializer.Deserialize<Run>(output.Trim().Split('\n')[^1], JsonSerializerOptions.Web)!;
    }

    /// <summary>Numbers of the shopper's events, as the log has them.</summary>
    private static async Task<List<int>> NumbersAsync(ShopServer shop, string userId)
    {
        var profile = JsonElement.Parse(await shop.Server.GetStringAsync($"/v1/profiles/lookup?userId={userId}")).GetProperty("profileId").GetInt32();
        var events = JsonElement.Parse(await shop.Server.GetStringAsync($"/v1/profiles/{profile}/events?limit=1000"));
        return events.EnumerateArray()
            .Select(entry => entry.GetProperty("event").GetProperty("properties").GetProperty("n").GetInt32())
            .Order()
            .ToList();
    }

    private sealed record Run(int[] GivenUp);
}
