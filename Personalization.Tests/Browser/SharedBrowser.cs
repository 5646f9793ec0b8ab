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

    /// <summary>Empty for Playwright's own.</summary>
    private static string? _path;

    public static IBrowser Browser => _browser ?? throw new InvalidOperationException("The browser is started once for all tests of this namespace.");

    /// <summary>Starts one more Chromium on a user's data folder, for a test that needs other settings; the caller closes it.</summary>
    public static Task<IBrowserContext> StartWithProfileAsync(string folder) => _playwright!.Chromium.LaunchPersistentContextAsync(
        folder, new BrowserTypeLaunchPersistentContextOptions { ExecutablePath = Executable, Headless = true, Args = Arguments });

    private static string? Executable => string.IsNullOrEmpty(_path) ? null : _path;

    [OneTimeSetUp]
    public async Task Start()
    {
        (_path, var reason) = await Chromium.FindAsync();
        if (_path is null)
        {
            Assert.Ignore(reason);
        }

        _playwright = await Playwright.CreateAsync();
        _browser = await _playwright.Chromium.LaunchAsync(
            new BrowserTypeLaunchOptions { ExecutablePath = Executable, Headless = true, Args = Arguments });
    }

    [OneTimeTearDown]
    public async Task Stop()
    {
        if (_browser is not null)
        {
            await _browser.EndAsync();
        }

        _playwright?.Dispose();
    }
}
