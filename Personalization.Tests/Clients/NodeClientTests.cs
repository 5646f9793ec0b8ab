using System.Text.Json;
using NUnit.Framework;
using Personalization.Tests.Support;

namespace Personalization.Tests.Clients;

/// <summary>
/// Real server-side clients, as npm has them, against the real process through its worst day: answers of 429 and 500, connections that
/// break before and after the events were taken, and the process killed in the midst and started again.
/// </summary>
[Parallelizable]
internal sealed class NodeClientTests
{
    private const int Events = 40;
    private static readonly string[] Scripts = ["segment", "rudder", "snowplow", "posthog"];
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
        var host = await HostProcess.StartAsync(_folder.Path, arguments: LiveClients.Sources);
        try
        {
            await using var proxy = await FaultyProxy.StartAsync(host.Client.BaseAddress!, LiveClients.BadDay);
            var running = Scripts.ToDictionary(script => script, script => RunAsync(script, proxy.Address));
            await Task.Delay(TimeSpan.FromSeconds(2));
            await host.KillAsync();
            host.Dispose();
            host = await HostProcess.StartAsync(_folder.Path, proxy.Host.Port, LiveClients.Sources);
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

        await using var shop = await ShopServer.StartAsync(_folder.Path, LiveClients.Sources);
        Assert.Multiple(async () =>
        {
            foreach (var (script, run) in runs)
            {
                var arrived = await LiveClients.NumbersAsync(shop.Server, script);
                Assert.That(arrived, Is.Unique, $"{script}: doubled");
                Assert.That(Enumerable.Range(0, Events).Except(arrived).Except(run.GivenUp), Is.Empty, $"{script}: lost without a word");
            }
        });
        Assert.That(runs["segment"].GivenUp, Is.Empty, "this client tries for as long as this day lasts");
    }

    private static async Task<Run> RunAsync(string script, Uri address)
    {
        var output = await ClientPackages.RunAsync("node", [$"node/{script}.mjs"], new Dictionary<string, string>
        {
            ["HOST"] = address.ToString().TrimEnd('/'),
            ["WRITE_KEY"] = ShopServer.WriteKey,
            ["SHOPPER"] = LiveClients.Shopper(script),
            ["EVENTS"] = Events.ToString(),
            ["GAP_MS"] = "120",
        });
        return JsonSerializer.Deserialize<Run>(output.Trim().Split('\n')[^1], JsonSerializerOptions.Web)!;
    }

    private sealed record Run(int[] GivenUp);
}
