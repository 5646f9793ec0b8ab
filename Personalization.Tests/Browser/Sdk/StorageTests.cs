using Microsoft.Playwright;
using NUnit.Framework;

namespace Personalization.Tests.Browser.Sdk;

/// <summary>Browsers that keep little or nothing.</summary>
[Parallelizable]
[TestFixture]
internal sealed class StorageTests : SdkTests
{
    private const string Throwing = "Object.defineProperty(window, 'localStorage', { get() { throw new DOMException('blocked', 'SecurityError'); } });";
    private const string Full = "Storage.prototype.setItem = () => { throw new DOMException('full', 'QuotaExceededError'); };";
    private const string NoCookies = "Object.defineProperty(document, 'cookie', { get() { throw new DOMException('sandboxed', 'SecurityError'); }, set() { throw new DOMException('sandboxed', 'SecurityError'); } });";

    [TestCase(Throwing)]
    [TestCase(Full)]
    public async Task Without_local_storage_a_cookie_keeps_the_id_and_events_leave_with_the_page(string fault)
    {
        var page = await OpenAsync("delay: 3600000", before: fault);
        await page.EvaluateAsync("p.track('One')");

        await page.ReloadAsync();
        await ReadyAsync(page);
        await page.EvaluateAsync("p.track('Two'); p.flush()");

        await SentAsync(page, 1);
        await EventuallyAsync(async () => (await LoggedNamesAsync()).Order().SequenceEqual(["One", "Two"]), "both were logged, of one person");
        var cookies = await Profile.CookiesAsync();
        Assert.That(cookies.Select(cookie => cookie.Name), Is.EquivalentTo(new[] { "pz.test-write-key.who", "pz.test-write-key.session" }));
        Assert.That(cookies.Select(cookie => cookie.SameSite), Has.All.EqualTo(SameSiteAttribute.Lax));
    }

    [Test]
    public async Task With_nothing_at_all_the_page_still_is_one_shopper()
    {
        var page = await OpenAsync(before: Throwing + NoCookies);

        await page.EvaluateAsync("p.track('One'); p.track('Two')");

        await SentAsync(page, 2);
        Assert.That(await LoggedNamesAsync(), Is.EqualTo(new[] { "One", "Two" }));
        Assert.That(Console, Is.Empty);
    }

    [Test]
    public async Task A_withdrawal_also_takes_the_cookie()
    {
        var page = await OpenAsync(before: Throwing);
        await page.EvaluateAsync("p.track('One')");
        await SentAsync(page, 1);

        await page.EvaluateAsync("p.consent({ collect: false })");

        await SentAsync(page, 2);
        Assert.That((await Profile.CookiesAsync()).Select(cookie => cookie.Name), Is.EqualTo(new[] { "pz.test-write-key.consent" }));
    }

    [Test]
    public async Task What_had_to_be_a_cookie_is_none_any_more_once_there_is_room()
    {
        var page = await OpenAsync(before: "const room = Storage.prototype.setItem;" + Full);
        await page.EvaluateAsync("p.track('One')");
        await SentAsync(page, 1);
        Assert.That(await Profile.CookiesAsync(), Is.Not.Empty);

        await page.EvaluateAsync("Storage.prototype.setItem = room; p.track('Two'); p.identify('ann')");
        await SentAsync(page, 3);

        Assert.That(await Profile.CookiesAsync(), Is.Empty);
        Assert.That(await LoggedNamesAsync(), Is.EqualTo(new[] { "One", "Two", "identify" }));
    }

    [Test]
    public async Task What_others_wrote_under_our_names_does_no_harm()
    {
        var page = await OpenAsync(before: """
            localStorage.setItem('pz.test-write-key.who', '{broken');
            localStorage.setItem('pz.test-write-key.consent', '7');
            localStorage.setItem('pz.test-write-key.wait', 'soon');
            localStorage.setItem('pz.test-write-key.q1.garbage', 'no JSON');
            """);

        await page.EvaluateAsync("p.track('One')");

        await SentAsync(page, 1);
        Assert.That(await LoggedNamesAsync(), Is.EqualTo(new[] { "One" }));
        Assert.That((await HeardAsync(page, "dropped")).Count + await QueueLengthAsync(page), Is.EqualTo(1), "the garbage is reported, not sent for ever");
    }

    /// <summary>Chromium as a shopper sets it who blocks all cookies and site data.</summary>
    [Test]
    public async Task A_browser_that_blocks_all_site_data_still_sends()
    {
        await using var browser = await CarefulBrowser.StartAsync("""{ "profile": { "default_content_setting_values": { "cookies": 2 } } }""");
        var page = await OpenAsync(profile: browser.Profile);
        var isBlocked = await page.EvaluateAsync<bool>("() => { try { localStorage.length; return false } catch { return true } }");
        Assert.That(isBlocked, Is.True, "else this tests nothing");

        await page.EvaluateAsync("p.track('One'); p.track('Two')");

        await SentAsync(page, 2);
        Assert.That(await LoggedNamesAsync(), Is.EqualTo(new[] { "One", "Two" }));
    }
}
