using System.Text.Json;
using Microsoft.Playwright;
using NUnit.Framework;

namespace Personalization.Tests.Browser.Sdk;

/// <summary>What the shopper, the page's consent platform and the browser say, and what the SDK then keeps and sends.</summary>
[Parallelizable]
[TestFixture]
internal sealed class ConsentTests : SdkTests
{
    private const string Waiting = "waitForConsent: true";
    private const string Gpc = "Object.defineProperty(navigator, 'globalPrivacyControl', { value: true })";

    /// <summary>A consent platform as the TCF describes it; the page says with <c>tcf(data)</c> what it tells its listeners.</summary>
    private const string ConsentPlatform = """
        const listeners = [];
        window.__tcfapi = (command, version, callback) => {
          if (command === 'addEventListener') { listeners.push(callback); if (window.tcData) callback(tcData, true); }
        };
        window.tcf = data => { window.tcData = data; listeners.forEach(listener => listener(data, true)); };
        """;

    [Test]
    public async Task Nothing_is_stored_or_sent_until_the_shopper_has_chosen()
    {
        var page = await OpenAsync(Waiting);

        await page.EvaluateAsync("p.page('Home'); p.track('Product Viewed', { product_id: 'sku-1' }); p.flush()");
        await page.EvaluateAsync("p.recommend('for-you', { fresh: true })");

        Assert.That(await StoredAsync(page), Is.Empty);
        Assert.That(Door.SeenAt("/v1/batch"), Is.Empty);
        Assert.That(Door.SeenAt("/v1/recommendations/for-you").Single().Query, Does.Not.Contain("anonymousId"));
        Assert.That(await HeardAsync(page, "queued"), Has.Count.EqualTo(2));
    }

    /// <summary>As on pages without TLS, where tabs take turns by an entry in the storage.</summary>
    [Test]
    public async Task Without_locks_nothing_is_stored_before_the_choice_either_not_even_for_a_moment()
    {
        var page = await OpenAsync(Waiting, before: """
            Object.defineProperty(navigator, 'locks', { value: undefined });
            window.stored = [];
            const store = Storage.prototype.setItem;
            Storage.prototype.setItem = function (key, value) { stored.push(key); store.call(this, key, value); };
            """);

        await page.EvaluateAsync("p.page('Home'); p.flush()");

        Assert.That(await page.EvaluateAsync<string[]>("stored"), Is.Empty);
    }

    [Test]
    public async Task What_was_held_is_sent_once_the_shopper_agrees_with_when_it_happened()
    {
        var page = await OpenAsync(Waiting);
        await page.EvaluateAsync("p.page('Home'); p.identify('ann'); p.reset(); p.track('Product Viewed')");

        await page.EvaluateAsync("p.consent({ collect: true, profile: true, personalise: false })");

        await SentAsync(page, 4);
        var batch = JsonElement.Parse(Door.SeenAt("/v1/batch")[0].Body).GetProperty("batch").EnumerateArray().ToList();
        var preferences = batch[1].GetProperty("context").GetProperty("consent").GetProperty("categoryPreferences");
        Assert.That(batch[0].GetProperty("event").GetString(), Is.EqualTo("Consent Updated"));
        Assert.That(batch[1].GetProperty("timestamp").GetDateTimeOffset(), Is.LessThanOrEqualTo(batch[0].GetProperty("timestamp").GetDateTimeOffset()));
        Assert.That(preferences.GetProperty("profile").GetBoolean(), Is.True);
        Assert.That(preferences.GetProperty("personalise").GetBoolean(), Is.False);
        Assert.That(batch[2].GetProperty("userId").GetString(), Is.EqualTo("ann"));
        Assert.That(batch[3].TryGetProperty("userId", out _), Is.False, "she had left when this happened");
        Assert.That(batch[3].GetProperty("anonymousId").GetString(), Is.Not.EqualTo(batch[2].GetProperty("anonymousId").GetString()));
    }

    [Test]
    public async Task The_next_page_knows_the_choice()
    {
        var page = await OpenAsync(Waiting);
        await page.EvaluateAsync("p.consent({ collect: true })");
        await SentAsync(page, 1);

        await page.ReloadAsync();
        await ReadyAsync(page);
        await page.EvaluateAsync("p.track('One'); p.consent({ collect: true })");

        await SentAsync(page, 1);
        Assert.That(await LoggedNamesAsync(), Is.EqualTo(new[] { "Consent Updated", "One" }), "what was said before is not said again");
    }

    [TestCase("{ collect: false }")]
    [TestCase("{ collection: false, analytics: true }")]
    [TestCase("{ analytics: false, ads: false }")]
    public async Task A_refusal_leaves_nothing_behind_but_itself(string choice)
    {
        var page = await OpenAsync(Waiting);
        await page.EvaluateAsync("p.track('One')");

        await page.EvaluateAsync($"p.consent({choice}); p.track('Two'); p.flush()");

        var reasons = (await HeardAsync(page, "dropped")).Select(detail => detail.GetProperty("reason").GetString());
        Assert.That(reasons, Is.EqualTo(new[] { "consent", "consent" }));
        Assert.That(await StoredAsync(page), Is.EqualTo(new[] { "pz.test-write-key.consent" }));
        Assert.That(Door.SeenAt("/v1/batch"), Is.Empty, "nobody whom the server knows refused");
    }

    [Test]
    public async Task A_withdrawal_is_told_the_ids_go_and_what_waited_goes_with_them()
    {
        var page = await OpenAsync();
        await page.EvaluateAsync("p.track('One')");
        await SentAsync(page, 1);
        await Profile.SetOfflineAsync(true);
        await page.EvaluateAsync("p.track('Two')");

        await page.EvaluateAsync("p.consent({ collect: false, profile: false }); p.track('Three')");

        Assert.That(await QueueLengthAsync(page), Is.EqualTo(1), "only the withdrawal is kept, until it is delivered");
        await Profile.SetOfflineAsync(false);
        await SentAsync(page, 2);
        var logged = await LoggedAsync();
        var preferences = logged[0].GetProperty("context").GetProperty("consent").GetProperty("categoryPreferences");
        Assert.That(await LoggedNamesAsync(), Is.EqualTo(new[] { "One", "Consent Updated" }), "of the same person");
        Assert.That(preferences.GetProperty("profile").GetBoolean(), Is.False);
        Assert.That(await StoredAsync(page), Is.SubsetOf(new[] { "pz.test-write-key.consent", "pz.test-write-key.told", "pz.test-write-key.wait" }));
    }

    [Test]
    public async Task Other_tabs_follow()
    {
        var one = await OpenAsync(Waiting);
        var two = await OpenAsync(Waiting);
        await two.EvaluateAsync("p.track('Of two')");

        await one.EvaluateAsync("p.consent({ collect: true })");
        await EventuallyAsync(async () => (await LoggedNamesAsync()).Count == 2, "what the other tab held was sent");
        await one.EvaluateAsync("p.consent({ collect: false })");
        await EventuallyAsync(async () => (await LoggedNamesAsync()).Count == 3, "the withdrawal was told once");
        await two.EvaluateAsync("p.track('Too late')");

        Assert.That((await HeardAsync(two, "dropped"))[^1].GetProperty("reason").GetString(), Is.EqualTo("consent"));
        Assert.That((await LoggedNamesAsync()).Order(), Is.EqualTo(new[] { "Consent Updated", "Consent Updated", "Of two" }));
    }

    [TestCase("[1, 5, 6]", "{ collect: true, profile: true, personalise: true, measure: false, activate: false, train: false }")]
    [TestCase("[1, 3, 4, 5, 6, 8, 10]", "{ collect: true, profile: true, personalise: true, measure: true, activate: true, train: true }")]
    [TestCase("[1, 4, 10]", "{ collect: true, profile: false, personalise: false, measure: false, activate: false, train: false }")]
    public async Task The_publishers_consents_of_the_tcf_become_purposes(string granted, string purposes)
    {
        var page = await OpenAsync("tcf: true", before: ConsentPlatform);
        await page.EvaluateAsync("p.track('One')");

        await page.EvaluateAsync($$"""
            tcf({ eventStatus: 'tcloaded', gdprApplies: true, publisher: { consents: Object.fromEntries({{granted}}.map(id => [id, true])) } })
            """);

        await SentAsync(page, 2);
        Assert.That(await IsSamePurposesAsync(page, purposes), Is.True);
    }

    [TestCase("purpose: { consents: all }, vendor: { consents: { 42: true } }", true)]
    [TestCase("purpose: { consents: all }, vendor: { consents: { 43: true } }", false)]
    [TestCase("purpose: { consents: {} }, vendor: { consents: { 42: true } }", false)]
    [TestCase("purpose: { consents: all }, vendor: { consents: { 42: true } }, publisher: { restrictions: { 1: { 42: 0 } } }", false)]
    [TestCase("purpose: { consents: all }, vendor: { consents: { 42: true } }, publisher: { restrictions: { 1: { 42: 1 } } }", true)]
    [TestCase("purpose: { consents: all }, vendor: { consents: { 42: true } }, publisher: { restrictions: { 1: { 42: 2 } } }", false)]
    [TestCase("publisher: { consents: all }", false)]
    public async Task A_vendors_consents_need_purpose_vendor_and_no_restriction(string data, bool isAllowed)
    {
        var page = await OpenAsync("tcf: 42", before: ConsentPlatform);

        await page.EvaluateAsync($$"""
            const all = { 1: true, 2: true, 3: true, 4: true, 5: true, 6: true, 7: true, 8: true, 9: true, 10: true };
            tcf({ eventStatus: 'useractioncomplete', gdprApplies: true, {{data}} });
            """);

        Assert.That((await HeardAsync(page, "consent"))[^1].GetProperty("isAllowed").GetBoolean(), Is.EqualTo(isAllowed));
        Assert.That(await StoredAsync(page), isAllowed ? Is.Not.Empty : Is.Empty);
    }

    [Test]
    public async Task While_the_shopper_has_the_dialog_open_nothing_was_said()
    {
        var page = await OpenAsync("tcf: true", before: ConsentPlatform);

        await page.EvaluateAsync("p.track('One'); tcf({ eventStatus: 'cmpuishown', gdprApplies: true, publisher: { consents: { 1: true } } })");
        Assert.That(await StoredAsync(page), Is.Empty);
        await page.EvaluateAsync("tcf({ eventStatus: 'useractioncomplete', gdprApplies: true, publisher: { consents: { 1: true } } })");

        await SentAsync(page, 2);
    }

    [Test]
    public async Task Where_the_gdpr_does_not_apply_nobody_waits()
    {
        var page = await OpenAsync("tcf: true, waitForConsent: true", before: ConsentPlatform);

        await page.EvaluateAsync("p.track('One'); tcf({ eventStatus: 'tcloaded', gdprApplies: false })");

        await SentAsync(page, 1);
        Assert.That((await LoggedAsync())[0].GetProperty("context").TryGetProperty("consent", out _), Is.False);
    }

    [Test]
    public async Task A_consent_platform_may_come_late()
    {
        var page = await OpenAsync("tcf: true", withClock: true);
        await page.EvaluateAsync("p.track('One')");
        await page.Clock.RunForAsync(3_000);
        Assert.That(await StoredAsync(page), Is.Empty);

        await page.EvaluateAsync(ConsentPlatform + "tcf({ eventStatus: 'tcloaded', publisher: { consents: { 1: true } } })");
        await page.Clock.RunForAsync(2_000);

        await SentAsync(page, 2);
    }

    [Test]
    public async Task What_the_shopper_denied_to_the_shop_no_consent_platform_grants()
    {
        var page = await OpenAsync("tcf: true", before: ConsentPlatform);

        await page.EvaluateAsync("""
            p.consent({ personalise: false });
            tcf({ eventStatus: 'tcloaded', gdprApplies: true, publisher: { consents: { 1: true, 5: true, 6: true } } });
            """);

        await SentAsync(page, 1);
        Assert.That(
            await IsSamePurposesAsync(page, "{ collect: true, profile: true, personalise: false, measure: false, activate: false, train: false }"), Is.True);
    }

    [Test]
    public async Task Global_privacy_control_forbids_to_pass_on_and_leaves_the_shops_own_site_alone()
    {
        var page = await OpenAsync(before: Gpc);

        await page.EvaluateAsync("p.track('One'); p.consent({ personalise: true, activate: true })");

        await SentAsync(page, 2);
        foreach (var logged in await LoggedAsync())
        {
            var preferences = logged.GetProperty("context").GetProperty("consent").GetProperty("categoryPreferences");
            Assert.That(preferences.GetProperty("activate").GetBoolean(), Is.False);
        }

        Assert.That(await IsSamePurposesAsync(page, "{ personalise: true, activate: false }"), Is.True);
    }

    [Test]
    public async Task The_server_goes_by_it()
    {
        var page = await OpenAsync();
        await page.EvaluateAsync("p.consent({ profile: false, personalise: false }); p.track('Product Viewed', { product_id: 'sku-1' })");
        await SentAsync(page, 2);
        await Shop.SettleAsync();

        var slate = await page.EvaluateAsync<JsonElement>("p.recommend('for-you')");

        Assert.That(slate.GetProperty("isPersonalized").GetBoolean(), Is.False);
        Assert.That(slate.GetProperty("notPersonalizedReason").GetString(), Does.Contain("consent"));
    }

    private static async Task<bool> IsSamePurposesAsync(IPage page, string expected) => await page.EvaluateAsync<bool>($$"""
        () => {
          const sorted = purposes => JSON.stringify(Object.entries(purposes).sort());
          return sorted(heard.consent[heard.consent.length - 1].purposes) === sorted({{expected}});
        }
        """);

    /// <summary>Names of everything that the page has stored, cookies included.</summary>
    private static async Task<string[]> StoredAsync(IPage page) =>
        await page.EvaluateAsync<string[]>("Object.keys(localStorage).concat(document.cookie ? document.cookie.split('; ') : []).sort()");
}
