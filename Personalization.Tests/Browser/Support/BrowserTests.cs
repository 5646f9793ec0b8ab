using System.Text.Json;
using Microsoft.Playwright;
using NUnit.Framework;
using Personalization.Tests.Support;

namespace Personalization.Tests.Browser.Support;

/// <summary>
/// Tests of pages in a real browser against the whole application: each gets an empty application, a front door and a fresh browser
/// profile. What the page writes to its console and throws is kept, and shown when the test fails.
/// </summary>
internal abstract class BrowserTests
{
    private readonly List<string> _console = [];
    private TemporaryFolder _folder = null!;

    protected FrontDoor Door { get; private set; } = null!;

    protected ShopServer Shop { get; private set; } = null!;

    protected IBrowserContext Profile { get; private set; } = null!;

    /// <summary>Where the shop and the collector are one origin, for example <c>http://127.0.0.1:1234</c>.</summary>
    protected string Origin => Shop.Client.BaseAddress!.GetLeftPart(UriPartial.Authority);

    /// <summary>The same port under a name that is another site to a browser than <see cref="Origin"/>.</summary>
    protected string OtherSite => $"http://shop.localhost:{Shop.Client.BaseAddress!.Port}";

    /// <summary>Lines of consoles and uncaught errors of all pages of the test.</summary>
    protected IReadOnlyList<string> Console => _console;

    /// <summary>Further settings of the application.</summary>
    protected virtual string[] Settings => [];

    [SetUp]
    public async Task StartBrowsing()
    {
        _console.Clear();
        _folder = new TemporaryFolder();
        Door = new FrontDoor();
        Shop = await ShopServer.StartAsync(_folder.Path, Door.Attach, Settings);
        Profile = await NewProfileAsync();
    }

    [TearDown]
    public async Task StopBrowsing()
    {
        await Profile.EndAsync();
        await Shop.DisposeAsync();
        _folder.Dispose();
        if (TestContext.CurrentContext.Result.Outcome.Status == NUnit.Framework.Interfaces.TestStatus.Failed)
        {
            await TestContext.Out.WriteLineAsync(string.Join('\n', _console.Concat(Door.Seen.Select(request => request.ToString()))));
        }
    }

    /// <summary>A shopper's browser with nothing in it; the caller closes it.</summary>
    protected async Task<IBrowserContext> NewProfileAsync(IBrowser? browser = null)
    {
        var profile = await (browser ?? SharedBrowser.Browser).NewContextAsync();
        profile.SetDefaultTimeout(20_000);
        profile.Console += (_, message) => _console.Add($"{message.Type}: {message.Text}");
        profile.WebError += (_, error) => _console.Add($"uncaught: {error.Error}");
        return profile;
    }

    /// <summary>
    /// Polls until the condition holds. The bound only ends a test that hangs: nothing depends on how long it really takes.
    /// </summary>
    protected static async Task EventuallyAsync(Func<Task<bool>> condition, string what)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        while (!await condition())
        {
            if (patience.IsCancellationRequested)
            {
                Assert.Fail($"It never happened that {what}.");
            }

            await Task.Delay(20);
        }
    }

    /// <summary>Every event in the log of a profile, newest first, as received.</summary>
    protected async Task<IReadOnlyList<JsonElement>> LoggedAsync(int profile = 0)
    {
        await Shop.SettleAsync();
        using var response = await Shop.Server.GetAsync($"/v1/profiles/{profile}/events?limit=1000");
        return response.IsSuccessStatusCode
            ? [.. JsonElement.Parse(await response.Content.ReadAsStringAsync()).EnumerateArray().Select(entry => entry.GetProperty("event"))]
            : [];
    }

    /// <summary>Names of the logged track calls and types of the others, oldest first.</summary>
    protected async Task<IReadOnlyList<string>> LoggedNamesAsync(int profile = 0) =>
        [.. (await LoggedAsync(profile)).Reverse().Select(
            entry => entry.TryGetProperty("event", out var name) ? name.GetString()! : entry.GetProperty("type").GetString()!)];
}
