using Microsoft.Playwright;
using NUnit.Framework;

namespace Personalization.Tests.Browser.Support;

/// <summary>
/// Ends what a test has opened. Chromium may never answer when a profile is closed while one of its pages goes to another: then nobody waits for it any more,
/// and it ends with the browser.
/// </summary>
internal static class Closing
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    public static Task EndAsync(this IBrowserContext profile) => EndAsync(profile.CloseAsync(), "A profile");

    public static Task EndAsync(this IBrowser browser) => EndAsync(browser.CloseAsync(), "The browser");

    private static async Task EndAsync(Task closing, string what)
    {
        try
        {
            await closing.WaitAsync(Patience);
        }
        catch (TimeoutException)
        {
            await TestContext.Out.WriteLineAsync($"{what} did not close within {Patience.TotalSeconds} s.");
        }
    }
}
