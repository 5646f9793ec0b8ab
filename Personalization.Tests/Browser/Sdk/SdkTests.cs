using System.Text.Json;
using Microsoft.Playwright;
using Personalization.Tests.Browser.Support;
using Personalization.Tests.Support;

namespace Personalization.Tests.Browser.Sdk;

/// <summary>Pages that load the SDK as a module, with <c>init</c> and what it reported at hand.</summary>
internal abstract class SdkTests : BrowserTests
{
    /// <summary>Opens a page of the shop and starts the SDK on it.</summary>
    /// <param name="options">Of <c>init</c>, as JavaScript, beside the write key.</param>
    /// <param name="profile">The browser profile; default the test's.</param>
    /// <param name="origin">Of the page; default that of the collector.</param>
    /// <param name="before">JavaScript that runs before the SDK is loaded.</param>
    /// <param name="withClock">Whether the page's clock is moved by hand.</param>
    protected async Task<IPage> OpenAsync(
        string options = "", IBrowserContext? profile = null, string? origin = null, string before = "", bool withClock = false)
    {
        Door.Show("/shop", $$"""
            <!doctype html><title>Shop</title>
            <script>{{before}}</script>
            <script type="module">
              import { init } from '{{Origin}}/sdk/personalization.js';
              window.start = options => {
                const p = init({ writeKey: '{{ShopServer.WriteKey}}', ...options });
                const heard = {};
                for (const name of ['queued', 'sent', 'retry', 'dropped', 'consent', 'recommendation']) {
                  heard[name] = [];
                  p.on(name, detail => heard[name].push(detail));
                }
                Object.assign(window, { p, heard });
              };
              start({ {{options}} });
            </script>
            """);
        var page = await (profile ?? Profile).NewPageAsync();
        if (withClock)
        {
            await page.Clock.InstallAsync();
        }

        await page.GotoAsync((origin ?? Origin) + "/shop");
        await ReadyAsync(page);
        return page;
    }

    protected static Task ReadyAsync(IPage page) => page.WaitForFunctionAsync("() => window.heard");

    /// <summary>What the SDK reported since it was started, by the name of the event.</summary>
    protected static async Task<IReadOnlyList<JsonElement>> HeardAsync(IPage page, string name) =>
        [.. (await page.EvaluateAsync<JsonElement>("name => window.heard[name]", name)).EnumerateArray()];

    /// <summary>Kills the tab's process: no handler of the page runs.</summary>
    protected static async Task CrashAsync(IPage page)
    {
        var crashed = new TaskCompletionSource();
        page.Crash += (_, _) => crashed.TrySetResult();
        var session = await page.Context.NewCDPSessionAsync(page);
        _ = session.SendAsync("Page.crash"); // Is never answered.
        await crashed.Task.WaitAsync(TimeSpan.FromSeconds(30));
    }

    protected static Task HeardOfAsync(IPage page, string name, int count) =>
        EventuallyAsync(async () => (await HeardAsync(page, name)).Count >= count, $"'{name}' was heard {count} times");

    /// <summary>Events that are stored in the browser.</summary>
    protected static Task<int> QueueLengthAsync(IPage page) =>
        page.EvaluateAsync<int>("Object.keys(localStorage).filter(key => /^pz[.].*[.]q/.test(key)).length");

    /// <summary>How many events the SDK knows to be on disk.</summary>
    protected static async Task<int> SentAsync(IPage page) =>
        (await HeardAsync(page, "sent")).Sum(detail => detail.GetProperty("messageIds").GetArrayLength());

    protected static Task SentAsync(IPage page, int count) =>
        EventuallyAsync(async () => await SentAsync(page) >= count, $"{count} events were sent");
}
