using Microsoft.Playwright;
using NUnit.Framework;
using Personalization.Tests.Browser.Support;

namespace Personalization.Tests.Browser;

/// <summary>
/// One headless Chromium for all browser tests of a run; each test has a context of its own, which is what profiles and cookies
/// belong to. Without a Chromium the tests of this namespace are skipped, and say why.
/// </summary>
[SetUpFixture]
internal sealed class SharedBrowser
{
    /// <summary>
    /// Chromium's sandbox needs a user other than root or namespaces that containers rarely allow, and only our own pages are shown.
    /// The rest keeps it from calling home, which a closed network answers with noise.
    /// </summary>
    private static readonly string[] Arguments =
    [
        "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update",
        "--disable-sync",
    ];

    private static IPlaywright? _playwright;
    private static IBrowser? _browser;

    public static IBrowser Browser => _browser ?? throw new InvalidOperationException("The browser is started once for all tests of this namespace.");

    /// <summary>Starts one more Chromium, for a test that needs other arguments; the caller closes it.</summary>
    public static Task<IBrowser> StartAnotherAsync(params string[] arguments) => LaunchAsync(_path!, arguments);

    private static string? _path;

    [OneTimeSetUp]
    public async Task Start()
    {
        (_path, var reason) = await Chromium.FindAsync();
        if (_path is null)
        {
            Assert.Ignore(reason);
        }

        _playwright = await Playwright.CreateAsync();
        _browser = await LaunchAsync(_path);
    }

    [OneTimeTearDown]
    public async Task Stop()
    {
        if (_browser is not null)
        {
            await _browser.CloseAsync();
        }

        _playwright?.Dispose();
    }

    private static Task<IBrowser> LaunchAsync(string path, params string[] arguments) => _playwright!.Chromium.LaunchAsync(new BrowserTypeLaunchOptions
    {
        ExecutablePath = path.Length == 0 ? null : path,
        Headless = true,
        Args = [.. Arguments, .. arguments],
    });
}
