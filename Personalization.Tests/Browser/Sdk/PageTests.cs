using System.Text.Json;
using NUnit.Framework;
using Personalization.Tests.Support;

namespace Personalization.Tests.Browser.Sdk;

/// <summary>A guest on somebody else's page: it leaves no trace there, breaks nothing, and is broken by nothing.</summary>
[Parallelizable]
[TestFixture]
internal sealed class PageTests : SdkTests
{
    private const string Globals = "Object.getOwnPropertyNames(window)";

    [Test]
    public async Task The_module_leaves_no_global_name_and_no_line_in_the_console()
    {
        var page = await OpenAsync(before: $"window.before = {Globals}");

        await page.EvaluateAsync("p.page('Home'); p.track('One'); p.identify('ann'); p.consent({ collect: true })");
        await page.EvaluateAsync("p.recommend('for-you')");
        await SentAsync(page, 4);

        var added = await page.EvaluateAsync<string[]>($"{Globals}.filter(name => !before.includes(name))");
        Assert.That(added, Is.EquivalentTo(new[] { "before", "start", "p", "heard" }), "the page's own");
        Assert.That(Console, Is.Empty);
    }

    [TestCase("", "personalization")]
    [TestCase("data-global=\"shopEvents\"", "shopEvents")]
    public async Task The_classic_script_leaves_the_one_name_that_the_page_chose(string attribute, string name)
    {
        Door.Show("/classic", $$"""
            <!doctype html><title>Classic</title>
            <script>window.before = {{Globals}}</script>
            <script src="{{Origin}}/sdk/personalization.iife.js" {{attribute}}></script>
            """);
        var page = await Profile.NewPageAsync();
        await page.GotoAsync(Origin + "/classic");

        await page.EvaluateAsync($"{name}.init({{ writeKey: '{ShopServer.WriteKey}' }}).track('One')");

        await EventuallyAsync(async () => (await LoggedNamesAsync()).Contains("One"), "the event was logged");
        var added = await page.EvaluateAsync<string[]>($"{Globals}.filter(name => !before.includes(name))");
        Assert.That(added, Is.EquivalentTo(new[] { "before", name }));
        Assert.That(Console, Is.Empty);
    }

    [Test]
    public async Task A_handler_that_throws_hurts_nobody_else()
    {
        var page = await OpenAsync();

        await page.EvaluateAsync("""
            window.later = [];
            p.on('queued', () => { throw new Error('of the page'); });
            const end = p.on('queued', () => later.push('ended'));
            p.on('queued', detail => later.push(detail.messageId));
            end();
            p.track('One', {}, { messageId: 'message-1' });
            """);

        await SentAsync(page, 1);
        Assert.That(await page.EvaluateAsync<string[]>("later"), Is.EqualTo(new[] { "message-1" }));
        Assert.That(Console.Single(), Does.Contain("of the page"), "the page's mistake is shown as the page's");
    }

    [Test]
    public async Task The_page_may_change_its_objects_while_an_event_waits()
    {
        var page = await OpenAsync("waitForConsent: true");

        await page.EvaluateAsync("const cart = { items: 1 }; p.track('One', cart); cart.items = 2; p.consent({ collect: true })");

        await SentAsync(page, 2);
        Assert.That((await LoggedAsync())[0].GetProperty("properties").GetProperty("items").GetInt32(), Is.EqualTo(1));
    }

    [Test]
    public async Task Recommendations_are_the_servers_answer_for_this_shopper()
    {
        var items = new[] { "a,b", "sku-2", "sku-3" }.Select(id => new { id, name = id, price = 10, stock = 5, category = "Games" });
        using (var put = await Shop.Server.PutAsync("/v1/catalog/items", ShopServer.Json(items)))
        {
            Assert.That(put.IsSuccessStatusCode);
        }

        var page = await OpenAsync();
        await page.EvaluateAsync("p.identify('ann'); p.track('Product Viewed', { product_id: 'a,b' })");

        var slate = await page.EvaluateAsync<JsonElement>(
            "p.recommend('recently-viewed', { fresh: true, allowCurrentItem: true, limit: 3, exclude: ['sku-2', 'sku-3'] })");

        var question = Door.SeenAt("/v1/recommendations/recently-viewed").Single();
        Assert.That(question.Query, Does.Contain("userId=ann").And.Contain("anonymousId=").And.Contain("exclude=sku-2,sku-3").And.Contain("limit=3"));
        Assert.That(slate.GetProperty("items").EnumerateArray().Select(item => item.GetProperty("id").GetString()), Is.EqualTo(new[] { "a,b" }));
        Assert.That((await HeardAsync(page, "recommendation"))[0].GetProperty("slate").GetProperty("decisionId").GetString(), Is.Not.Empty);
    }

    [Test]
    public async Task A_recommendation_that_cannot_be_had_is_null()
    {
        var page = await OpenAsync();

        var unknown = await page.EvaluateAsync<string>("p.recommend('no-such-placement').then(String)");
        await Profile.SetOfflineAsync(true);
        var unreachable = await page.EvaluateAsync<string>("p.recommend('for-you').then(String)");

        Assert.That(unknown, Is.EqualTo("null"));
        Assert.That(unreachable, Is.EqualTo("null"));
    }

    [Test]
    public async Task Nothing_is_drawn_and_nothing_waits_for_the_server()
    {
        Door.Fault = (context, next) => context.Request.Path == "/v1/batch" ? Task.Delay(Timeout.Infinite, context.RequestAborted) : next(context);
        var page = await OpenAsync();
        var before = await page.EvaluateAsync<string>("document.documentElement.outerHTML");

        await page.EvaluateAsync("p.page(); p.track('One'); p.identify('ann'); p.flush(); 0");
        await EventuallyAsync(() => Task.FromResult(Door.SeenAt("/v1/batch").Count > 0), "the server does not answer");

        Assert.That(await page.EvaluateAsync<string>("document.documentElement.outerHTML"), Is.EqualTo(before));
    }
}
