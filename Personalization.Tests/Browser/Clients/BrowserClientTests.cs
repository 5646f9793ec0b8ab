using System.Collections.Concurrent;
using Microsoft.Playwright;
using NUnit.Framework;
using Personalization.Tests.Browser.Support;
using Personalization.Tests.Clients;
using Personalization.Tests.Support;

namespace Personalization.Tests.Browser.Clients;

/// <summary>
/// Real browser clients, as npm has them, on pages of another site than the collector's, through the same bad day as
/// <see cref="NodeClientTests"/>.
/// </summary>
[Parallelizable]
internal sealed class BrowserClientTests
{
    private const int Events = 30;
    private static readonly string[] Clients = ["segment", "rudder", "snowplow", "posthog"];

    /// <summary>Jitsu's client tries nothing twice: what it lost, it said.</summary>
    private const string WithoutRetries = "jitsu";
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(80);
    private readonly ConcurrentQueue<string> _console = new();
    private TemporaryFolder _folder = null!;

    [SetUp]
    public void CreateFolder() => _folder = new TemporaryFolder();

    [TearDown]
    public void DeleteFolder() => _folder.Dispose();

    [Test]
    public async Task Every_event_arrives_exactly_once()
    {
        await ClientPackages.EnsureAsync();
        await ClientPackages.RunAsync("npm", ["run", "bundle"]);
        var host = await HostProcess.StartAsync(_folder.Path, arguments: LiveClients.Sources);
        IReadOnlyDictionary<string, IReadOnlyList<int>> missing;
        try
        {
            await using var proxy = await FaultyProxy.StartAsync(host.Client.BaseAddress!, LiveClients.BadDay);
            proxy.Show(Path.Combine(ClientPackages.Folder, "dist"));
            var contexts = new List<IBrowserContext>();
            foreach (var client in Clients.Append(WithoutRetries))
            {
                contexts.Add(await OpenAsync(client, proxy.Address));
            }

            await Task.Delay(TimeSpan.FromSeconds(2));
            await host.KillAsync();
            host.Dispose();
            host = await HostProcess.StartAsync(_folder.Path, proxy.Host.Port, LiveClients.Sources);
            var counting = Clients.Concat([WithoutRetries]).Select(async client =>
                (client, missing: await LiveClients.MissingAsync(host, client, Events, client == WithoutRetries ? Patience / 4 : Patience)));
            missing = (await Task.WhenAll(counting)).ToDictionary(counted => counted.client, counted => counted.missing);

            Assert.That(proxy.Met.Keys, Is.EquivalentTo(Enum.GetValues<Fault>()), "the day was not bad enough");
            foreach (var context in contexts)
            {
                await context.EndAsync();
            }
        }
        finally
        {
            host.Dispose();
        }

        await using var shop = await ShopServer.StartAsync(_folder.Path, LiveClients.Sources);
        Assert.Multiple(async () =>
        {
            foreach (var client in Clients)
            {
                Assert.That(await LiveClients.NumbersAsync(shop.Server, client), Is.Unique, $"{client}: doubled");
                Assert.That(missing[client], Is.Empty, $"{client}: lost; the console said {string.Join('\n', ConsoleOf(client))}");
            }

            var givenUp = ConsoleOf(WithoutRetries).Count(line => line.Contains("/track failed", StringComparison.Ordinal));
            Assert.That(await LiveClients.NumbersAsync(shop.Server, WithoutRetries), Is.Unique, "jitsu: doubled");
            Assert.That(missing[WithoutRetries], Has.Count.LessThanOrEqualTo(givenUp), "jitsu: lost without a word");
        });
    }

    private IEnumerable<string> ConsoleOf(string client) => _console.Where(line => line.StartsWith(client, StringComparison.Ordinal));

    private async Task<IBrowserContext> OpenAsync(string client, Uri address)
    {
        var context = await SharedBrowser.Browser.NewContextAsync();
        context.Console += (_, message) => _console.Enqueue($"{client}: {message.Text}");
        context.WebError += (_, error) => _console.Enqueue($"{client}: uncaught {error.Error}");
        var page = await context.NewPageAsync();
        var collector = $"http://collect.localhost:{address.Port}";
        var query = $"host={Uri.EscapeDataString(collector)}&writeKey={ShopServer.WriteKey}&shopper={LiveClients.Shopper(client)}&events={Events}&gapMs=120";
        await page.GotoAsync($"http://shop.localhost:{address.Port}/pages/{client}?{query}");
        return context;
    }
}
