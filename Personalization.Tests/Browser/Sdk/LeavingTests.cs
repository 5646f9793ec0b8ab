using System.Text.Json;
using Microsoft.Playwright;
using NUnit.Framework;

namespace Personalization.Tests.Browser.Sdk;

/// <summary>Pages that are left, closed and killed, networks that come and go: every event is in the log, and once.</summary>
[Parallelizable]
[TestFixture]
internal sealed class LeavingTests : SdkTests
{
    /// <summary>Longer than any test: only what makes the SDK hurry lets the event go.</summary>
    private const string Unhurried = "delay: 3600000";

    private static readonly PageCloseOptions AsShoppersDo = new() { RunBeforeUnload = true };

    [Test]
    public async Task A_click_that_leads_to_another_page_is_sent_on_leaving()
    {
        var page = await OpenAsync(Unhurried);
        Door.Show("/next", "<!doctype html><title>Next</title>");

        await page.EvaluateAsync("p.track('Product Clicked', { product_id: 'sku-1' }); location.href = '/next'");

        await EventuallyAsync(async () => (await LoggedNamesAsync()).Contains("Product Clicked"), "the event was logged");
    }

    [Test]
    public async Task What_was_sent_on_leaving_is_sent_again_by_the_next_page_and_counts_once()
    {
        var page = await OpenAsync(Unhurried);
        await page.EvaluateAsync("p.track('One'); p.track('Two')");

        await page.ReloadAsync();
        await ReadyAsync(page);

        await SentAsync(page, 2);
        Assert.That(Door.SeenAt("/v1/batch"), Has.Count.EqualTo(2));
        Assert.That(MessageIds().Distinct().Count(), Is.EqualTo(2));
        Assert.That(await LoggedNamesAsync(), Is.EqualTo(new[] { "One", "Two" }));
        Assert.That(await QueueLengthAsync(page), Is.Zero);
    }

    [Test]
    public async Task More_than_one_beacon_can_carry_leaves_in_several_or_waits_for_the_next_page()
    {
        var page = await OpenAsync(Unhurried);
        await page.EvaluateAsync("for (let n = 0; n < 40; n++) p.track('Number ' + n, { text: 'x'.repeat(4000) })");

        await page.ReloadAsync();
        await ReadyAsync(page);

        await SentAsync(page, 40);
        Assert.That(await LoggedNamesAsync(), Is.EquivalentTo(Enumerable.Range(0, 40).Select(number => "Number " + number)));
    }

    [TestCase(false, TestName = "A_tab_closed_while_its_request_is_lost_leaves_the_event_to_the_next_page")]
    [TestCase(true, TestName = "A_tab_closed_before_it_heard_the_answer_leaves_the_event_to_the_next_page")]
    public async Task Close(bool isCommitted)
    {
        using var closed = new CancellationTokenSource();
        Door.Fault = async (context, next) =>
        {
            if (closed.IsCancellationRequested || context.Request.Path != "/v1/batch")
            {
                await next(context);
                return;
            }

            if (isCommitted)
            {
                context.Response.Body = Stream.Null;
                await next(context);
            }

            await UntilAsync(closed.Token);
            context.Abort();
        };
        var page = await OpenAsync();
        await page.EvaluateAsync("p.track('Order Completed', { order_id: '1' })");
        await EventuallyAsync(() => Task.FromResult(Door.SeenAt("/v1/batch").Count > 0), "the request is under way");

        await page.CloseAsync(AsShoppersDo);
        await EventuallyAsync(() => Task.FromResult(page.IsClosed), "the tab closed");
        await closed.CancelAsync();
        var next = await OpenAsync();

        await SentAsync(next, 1);
        Assert.That(MessageIds().Distinct().Count(), Is.EqualTo(1), "the same event");
        Assert.That(await LoggedNamesAsync(), Is.EqualTo(new[] { "Order Completed" }));
    }

    [Test]
    public async Task A_tab_that_dies_without_a_word_leaves_its_events_to_the_next_page()
    {
        var page = await OpenAsync(Unhurried);
        await page.EvaluateAsync("p.track('One'); p.track('Two')");

        await CrashAsync(page);
        Assert.That(Door.SeenAt("/v1/batch"), Is.Empty);
        var next = await OpenAsync();

        await SentAsync(next, 2);
        Assert.That(await LoggedNamesAsync(), Is.EqualTo(new[] { "One", "Two" }));
    }

    [Test]
    public async Task A_tab_that_is_hidden_sends_at_once()
    {
        var page = await OpenAsync(Unhurried);

        await page.EvaluateAsync("""
            p.track('One');
            Object.defineProperty(document, 'hidden', { value: true });
            document.dispatchEvent(new Event('visibilitychange'));
            """);

        await SentAsync(page, 1);
    }

    [Test]
    public async Task Offline_and_back_loses_and_doubles_nothing()
    {
        var page = await OpenAsync();
        await page.EvaluateAsync("p.track('Before')");
        await SentAsync(page, 1);
        await Profile.SetOfflineAsync(true);

        await page.EvaluateAsync("p.track('One'); p.track('Two'); p.flush()");
        await page.EvaluateAsync("p.track('Three'); p.flush()");
        Assert.That(await QueueLengthAsync(page), Is.EqualTo(3));
        Assert.That(await HeardAsync(page, "retry"), Is.Empty, "nothing is tried without a network");
        await Profile.SetOfflineAsync(false);

        await SentAsync(page, 4);
        Assert.That(await LoggedNamesAsync(), Is.EqualTo(new[] { "Before", "One", "Two", "Three" }));
        Assert.That(await QueueLengthAsync(page), Is.Zero);
    }

    [Test]
    public async Task Offline_then_closed_then_back_another_day()
    {
        var page = await OpenAsync();
        await Profile.SetOfflineAsync(true);
        await page.EvaluateAsync("p.track('One'); p.track('Two')");
        await page.CloseAsync(AsShoppersDo);
        await EventuallyAsync(() => Task.FromResult(page.IsClosed), "the tab closed");

        await Profile.SetOfflineAsync(false);
        var next = await OpenAsync();

        await SentAsync(next, 2);
        Assert.That(await LoggedNamesAsync(), Is.EqualTo(new[] { "One", "Two" }));
    }

    [Test]
    public async Task A_network_that_breaks_requests_without_saying_so_is_tried_again()
    {
        var broken = 2;
        Door.Fault = (context, next) =>
        {
            if (context.Request.Path != "/v1/batch" || Interlocked.Decrement(ref broken) < 0)
            {
                return next(context);
            }

            context.Abort();
            return Task.CompletedTask;
        };
        var page = await OpenAsync();

        await page.EvaluateAsync("p.track('One')");

        await SentAsync(page, 1);
        Assert.That((await HeardAsync(page, "retry"))[0].GetProperty("status").GetInt32(), Is.Zero);
        Assert.That(await LoggedNamesAsync(), Is.EqualTo(new[] { "One" }));
    }

    private IEnumerable<string> MessageIds() =>
        Door.SeenAt("/v1/batch").SelectMany(request => JsonElement.Parse(request.Body).GetProperty("batch").EnumerateArray())
            .Select(entry => entry.GetProperty("messageId").GetString()!);

    private static async Task UntilAsync(CancellationToken token)
    {
        var done = new TaskCompletionSource();
        await using var registration = token.Register(done.SetResult);
        await done.Task;
    }
}
