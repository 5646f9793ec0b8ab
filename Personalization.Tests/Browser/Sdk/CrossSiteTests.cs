using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.Playwright;
using NUnit.Framework;

namespace Personalization.Tests.Browser.Sdk;

/// <summary>The shop is one site and the collector another, as when the shop does not run it under its own name.</summary>
[Parallelizable]
[TestFixture]
internal sealed class CrossSiteTests : SdkTests
{
    [Test]
    public async Task Events_and_recommendations_cross_sites_without_preflight_and_without_cookies()
    {
        var page = await OpenAsync(origin: OtherSite);

        await page.EvaluateAsync("p.identify('ann'); p.track('One')");
        await SentAsync(page, 2);
        var slate = await page.EvaluateAsync<JsonElement>("p.recommend('for-you', { limit: 3 })");

        Assert.That(slate.GetProperty("decisionId").GetString(), Is.Not.Empty);
        Assert.That(await LoggedNamesAsync(), Is.EqualTo(new[] { "identify", "One" }));
        Assert.That(Door.Seen.Select(request => request.Method), Has.None.EqualTo("OPTIONS"));
        Assert.That(Door.Seen.Select(request => request.Headers.Cookie.Count), Has.All.Zero);
        Assert.That(Console, Is.Empty);
    }

    /// <summary>A header that is not exposed to other origins would be ignored, silently.</summary>
    [Test]
    public async Task Patience_is_heard_across_sites()
    {
        Door.Fault = (context, next) =>
        {
            if (context.Request.Path == "/v1/batch")
            {
                // Everything else about the answer is the server's own.
                context.Response.OnStarting(() =>
                {
                    context.Response.StatusCode = StatusCodes.Status429TooManyRequests;
                    context.Response.Headers.RetryAfter = "77";
                    return Task.CompletedTask;
                });
            }

            return next(context);
        };
        var page = await OpenAsync(origin: OtherSite);

        await page.EvaluateAsync("p.track('One')");

        await HeardOfAsync(page, "retry", 1);
        var retry = (await HeardAsync(page, "retry"))[0];
        Assert.That(retry.GetProperty("status").GetInt32(), Is.EqualTo(StatusCodes.Status429TooManyRequests));
        Assert.That(retry.GetProperty("delay").GetDouble(), Is.EqualTo(77_000));
    }

    [Test]
    public async Task A_shop_page_that_is_left_sends_across_sites()
    {
        var page = await OpenAsync("delay: 3600000", origin: OtherSite);
        Door.Show("/next", "<!doctype html><title>Next</title>");

        await page.EvaluateAsync("p.track('Product Clicked'); location.href = '/next'");

        await EventuallyAsync(async () => (await LoggedNamesAsync()).Contains("Product Clicked"), "the event was logged");
    }

    [Test]
    public async Task Without_third_party_cookies_shoppers_are_known_again_on_the_next_page()
    {
        await using var ordinary = await CarefulBrowser.StartAsync("""{ "profile": { "cookie_controls_mode": 0 } }""");
        await using var browser = await CarefulBrowser.StartAsync(
            """{ "profile": { "cookie_controls_mode": 1, "block_third_party_cookies": true } }""");
        Assert.That(await ThirdPartyCookieAsync(ordinary.Profile), Is.EqualTo("seen=1"), "an ordinary browser keeps them");
        Assert.That(await ThirdPartyCookieAsync(browser.Profile), Is.EqualTo("none"), "this one does not");
        var page = await OpenAsync(profile: browser.Profile, origin: OtherSite);
        await page.EvaluateAsync("p.track('One')");
        await SentAsync(page, 1);

        await page.ReloadAsync();
        await ReadyAsync(page);
        await page.EvaluateAsync("p.track('Two')");

        await SentAsync(page, 1);
        Assert.That(await LoggedNamesAsync(), Is.EqualTo(new[] { "One", "Two" }), "of one profile");
    }

    /// <summary>What a frame of the collector's site inside a page of the shop's site finds after it set a cookie.</summary>
    private async Task<string> ThirdPartyCookieAsync(IBrowserContext profile)
    {
        Door.Show("/frame", "<!doctype html><script>document.cookie = 'seen=1;samesite=none;secure'; document.title = document.cookie || 'none'</script>");
        Door.Show("/around", $"<!doctype html><iframe src='{Origin}/frame'></iframe>");
        var page = await profile.NewPageAsync();
        await page.GotoAsync(OtherSite + "/around");
        return await page.Frames.Single(frame => frame.Url.EndsWith("/frame", StringComparison.Ordinal)).TitleAsync();
    }
}
