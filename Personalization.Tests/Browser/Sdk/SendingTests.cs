using System.Text.Json;
using Microsoft.AspNetCore.Http;
using NUnit.Framework;

namespace Personalization.Tests.Browser.Sdk;

/// <summary>From a call in a page to the log, through servers that are busy, broken or strict.</summary>
[Parallelizable]
[TestFixture]
internal sealed class SendingTests : SdkTests
{
    [Test]
    public async Task An_event_of_a_page_is_in_the_log()
    {
        var page = await OpenAsync();

        await page.EvaluateAsync("p.track('Product Viewed', { product_id: 'sku-1' })");

        await SentAsync(page, 1);
        var logged = (await LoggedAsync()).Single();
        var context = logged.GetProperty("context");
        Assert.That(logged.GetProperty("event").GetString(), Is.EqualTo("Product Viewed"));
        Assert.That(logged.GetProperty("properties").GetProperty("product_id").GetString(), Is.EqualTo("sku-1"));
        Assert.That(logged.GetProperty("anonymousId").GetString(), Does.Match("^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$"));
        Assert.That(context.GetProperty("page").GetProperty("path").GetString(), Is.EqualTo("/shop"));
        Assert.That(context.GetProperty("page").GetProperty("title").GetString(), Is.EqualTo("Shop"));
        Assert.That(context.GetProperty("sessionId").GetString(), Is.Not.Empty);
        Assert.That(context.TryGetProperty("consent", out _), Is.False, "nobody said anything");
    }

    [Test]
    public async Task Calls_of_one_moment_share_one_request_that_needs_no_preflight()
    {
        var page = await OpenAsync(origin: OtherSite);

        await page.EvaluateAsync("p.page('Home'); p.track('Product Viewed', { product_id: 'sku-1' }); p.identify('ann', { plan: 'gold' })");

        await EventuallyAsync(() => Task.FromResult(Door.SeenAt("/v1/batch").Count > 0), "a batch arrived");
        var request = Door.SeenAt("/v1/batch")[0];
        var body = JsonElement.Parse(request.Body);
        Assert.That(Door.Seen.Select(seen => seen.Method), Has.None.EqualTo("OPTIONS"));
        Assert.That(request.Headers.ContentType.ToString(), Does.StartWith("text/plain"));
        Assert.That(body.GetProperty("batch").GetArrayLength(), Is.EqualTo(3));
        Assert.That(body.GetProperty("batch")[2].GetProperty("userId").GetString(), Is.EqualTo("ann"));
        Assert.That(body.TryGetProperty("sentAt", out _), Is.True);
    }

    [Test]
    public async Task Who_signs_in_stays_the_same_person_and_who_signs_in_after_them_is_another()
    {
        var page = await OpenAsync();

        await page.EvaluateAsync("""
            p.track('One'); p.identify('ann'); p.track('Two'); p.identify('bob'); p.track('Three'); p.reset(); p.track('Four')
            """);

        await SentAsync(page, 6);
        var batch = JsonElement.Parse(Door.SeenAt("/v1/batch")[0].Body).GetProperty("batch").EnumerateArray().ToList();
        var anonymousIds = batch.Select(entry => entry.GetProperty("anonymousId").GetString()).ToList();
        var userIds = batch.Select(entry => entry.TryGetProperty("userId", out var user) ? user.GetString() : null);
        Assert.That(userIds, Is.EqualTo(new[] { null, "ann", "ann", "bob", "bob", null }));
        Assert.That(anonymousIds.Distinct().Count(), Is.EqualTo(3));
        Assert.That(anonymousIds[0], Is.EqualTo(anonymousIds[2]));
        Assert.That(anonymousIds[3], Is.EqualTo(anonymousIds[4]));
    }

    [Test]
    public async Task A_server_that_asks_for_patience_gets_it()
    {
        Door.Fault = FailOnce(429, "7");
        var page = await OpenAsync(withClock: true);

        await page.EvaluateAsync("p.track('One')");
        await page.Clock.RunForAsync(1_000);
        await HeardOfAsync(page, "retry", 1);
        await page.EvaluateAsync("p.track('Two'); p.flush()");
        await page.Clock.RunForAsync(5_500);

        Assert.That((await HeardAsync(page, "retry"))[0].GetProperty("delay").GetDouble(), Is.EqualTo(7_000));
        Assert.That(Door.SeenAt("/v1/batch"), Has.Count.EqualTo(1), "not even for a new event, or when the page asks for it");
        await page.Clock.RunForAsync(1_500);
        await SentAsync(page, 2);
        Assert.That(await LoggedNamesAsync(), Is.EqualTo(new[] { "One", "Two" }));
    }

    [Test]
    public async Task A_page_that_is_opened_meanwhile_is_as_patient()
    {
        Door.Fault = FailOnce(503, "600");
        var page = await OpenAsync();
        await page.EvaluateAsync("p.track('One')");
        await HeardOfAsync(page, "retry", 1);

        await page.ReloadAsync();
        await ReadyAsync(page);
        await page.EvaluateAsync("p.track('Two'); p.flush()");

        Assert.That(Door.SeenAt("/v1/batch"), Has.Count.EqualTo(1));
    }

    [Test]
    public async Task Each_attempt_carries_the_same_message_and_a_time_of_its_own()
    {
        var answers = new Queue<int>([500, 502, 503]);
        Door.Fault = (context, next) => Fail(
            context, next, context.Request.Path == "/v1/batch" && answers.TryDequeue(out var status) ? status : 0);
        var page = await OpenAsync(withClock: true);

        await page.EvaluateAsync("p.track('One')");
        for (var attempt = 1; attempt <= 3; attempt++)
        {
            await page.Clock.RunForAsync(400);
            await EventuallyAsync(
                async () =>
                {
                    await page.Clock.RunForAsync(400);
                    return (await HeardAsync(page, "retry")).Count >= attempt;
                },
                $"attempt {attempt} failed");
        }

        await page.Clock.RunForAsync(10_000);
        await SentAsync(page, 1);
        var bodies = Door.SeenAt("/v1/batch").Select(request => JsonElement.Parse(request.Body)).ToList();
        var delays = (await HeardAsync(page, "retry")).Select(retry => retry.GetProperty("delay").GetDouble()).ToList();
        Assert.That(bodies.Select(body => body.GetProperty("batch")[0].GetProperty("messageId").GetString()).Distinct().Count(), Is.EqualTo(1));
        Assert.That(bodies.Select(body => body.GetProperty("sentAt").GetString()).Distinct().Count(), Is.EqualTo(4));
        Assert.That(delays[0], Is.InRange(500, 1_000));
        Assert.That(delays[1], Is.InRange(1_000, 2_000));
        Assert.That(delays[2], Is.InRange(2_000, 4_000));
        Assert.That(await LoggedNamesAsync(), Is.EqualTo(new[] { "One" }));
    }

    [Test]
    public async Task An_event_whose_answer_was_lost_counts_once()
    {
        var isFirst = true;
        Door.Fault = async (context, next) =>
        {
            if (!isFirst || context.Request.Path != "/v1/batch")
            {
                await next(context);
                return;
            }

            isFirst = false;
            context.Response.Body = Stream.Null;
            await next(context);
            context.Abort();
        };
        var page = await OpenAsync();

        await page.EvaluateAsync("p.track('Order Completed', { order_id: '1' })");

        await SentAsync(page, 1);
        Assert.That(Door.SeenAt("/v1/batch"), Has.Count.EqualTo(2));
        Assert.That(await LoggedNamesAsync(), Is.EqualTo(new[] { "Order Completed" }));
    }

    [Test]
    public async Task What_the_server_refuses_for_good_is_reported_and_forgotten()
    {
        var page = await OpenAsync("writeKey: 'nobody knows this key'");

        await page.EvaluateAsync("p.track('One')");

        await HeardOfAsync(page, "dropped", 1);
        var dropped = (await HeardAsync(page, "dropped"))[0];
        Assert.That(dropped.GetProperty("reason").GetString(), Is.EqualTo("refused"));
        Assert.That(dropped.GetProperty("status").GetInt32(), Is.EqualTo(401));
        Assert.That(await QueueLengthAsync(page), Is.Zero);
    }

    [Test]
    public async Task One_bad_event_is_refused_alone()
    {
        Door.Fault = (context, next) => Fail(context, next, Door.Seen[^1].Body.Contains("Poison", StringComparison.Ordinal) ? 400 : 0);
        var page = await OpenAsync();

        await page.EvaluateAsync("p.track('One'); p.track('Poison'); p.track('Two')");

        await SentAsync(page, 2);
        await HeardOfAsync(page, "dropped", 1);
        Assert.That(await LoggedNamesAsync(), Is.EqualTo(new[] { "One", "Two" }));
    }

    [Test]
    public async Task What_the_server_refuses_beside_others_is_reported_as_refused_and_only_the_others_as_sent()
    {
        var page = await OpenAsync();

        await page.EvaluateAsync("p.track('One'); p.track('', {}, { messageId: 'nameless' }); p.track('Two')");
        await SentAsync(page, 2);
        await page.EvaluateAsync("p.track('', {}, { messageId: 'nameless and alone' })");

        await HeardOfAsync(page, "dropped", 2);
        var dropped = await HeardAsync(page, "dropped");
        Assert.That(dropped.Select(detail => detail.GetProperty("messageIds")[0].GetString()), Is.EqualTo(new[] { "nameless", "nameless and alone" }));
        Assert.That(dropped.Select(detail => detail.GetProperty("reason").GetString()), Is.All.EqualTo("refused"));
        Assert.That(dropped[0].GetProperty("status").GetInt32(), Is.EqualTo(200));
        Assert.That((await HeardAsync(page, "sent")).Select(detail => detail.GetProperty("messageIds").GetArrayLength()), Is.EqualTo(new[] { 2 }));
        Assert.That(await QueueLengthAsync(page), Is.Zero);
        Assert.That(await LoggedNamesAsync(), Is.EqualTo(new[] { "One", "Two" }));
    }

    [Test]
    public async Task A_browser_without_time_limits_for_requests_sends_and_gives_up_after_as_long()
    {
        var isOver = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Door.Fault = async (context, next) =>
        {
            if (context.Request.Path == "/v1/batch" && !isOver.Task.IsCompleted)
            {
                await isOver.Task;
                return;
            }

            await next(context);
        };
        var page = await OpenAsync(before: "AbortSignal.timeout = undefined", withClock: true);

        await page.EvaluateAsync("p.track('One')");
        await page.Clock.RunForAsync(400);
        await EventuallyAsync(() => Task.FromResult(Door.SeenAt("/v1/batch").Count == 1), "the request arrived");
        await page.Clock.RunForAsync(30_000);

        await HeardOfAsync(page, "retry", 1);
        isOver.SetResult();
        await page.Clock.RunForAsync(1_000);
        await SentAsync(page, 1);
        Assert.That(await LoggedNamesAsync(), Is.EqualTo(new[] { "One" }));
    }

    [Test]
    public async Task Many_events_are_sent_in_requests_that_browsers_let_outlive_the_page()
    {
        var page = await OpenAsync();

        await page.EvaluateAsync("for (let n = 0; n < 150; n++) p.track('Number ' + n, { text: 'ä'.repeat(500) })");

        await SentAsync(page, 150);
        var lengths = Door.SeenAt("/v1/batch").Select(request => System.Text.Encoding.UTF8.GetByteCount(request.Body)).ToList();
        Assert.That(lengths, Has.Count.GreaterThan(3).And.All.LessThan(64 * 1024));
        Assert.That(await LoggedNamesAsync(), Is.EqualTo(Enumerable.Range(0, 150).Select(number => "Number " + number)));
    }

    [Test]
    public async Task The_queue_is_bounded_and_refuses_the_newest()
    {
        var page = await OpenAsync();
        await Profile.SetOfflineAsync(true);

        await page.EvaluateAsync("for (let n = 0; n < 1003; n++) p.track('Number ' + n)");

        var dropped = await HeardAsync(page, "dropped");
        Assert.That(await QueueLengthAsync(page), Is.EqualTo(1_000));
        Assert.That(dropped.Select(detail => detail.GetProperty("reason").GetString()), Is.EqualTo(Enumerable.Repeat("full", 3)));
    }

    [Test]
    public async Task What_cannot_be_an_event_is_reported_and_never_thrown()
    {
        var page = await OpenAsync();

        await page.EvaluateAsync("""
            const circle = {}; circle.self = circle;
            p.track('Circle', circle);
            p.track('Number', { big: 1n });
            p.track('Large', { text: 'x'.repeat(40000) });
            p.track('Time', {}, { timestamp: new Date(NaN) });
            p.track('Fine');
            """);

        await SentAsync(page, 2);
        var reasons = (await HeardAsync(page, "dropped")).Select(detail => detail.GetProperty("reason").GetString());
        Assert.That(reasons, Is.EqualTo(new[] { "invalid", "invalid", "too-large" }));
    }

    private static Func<HttpContext, RequestDelegate, Task> FailOnce(int status, string retryAfter)
    {
        var isFirst = true;
        return (context, next) =>
        {
            if (!isFirst || context.Request.Path != "/v1/batch")
            {
                return next(context);
            }

            isFirst = false;
            context.Response.Headers.RetryAfter = retryAfter;
            return Fail(context, next, status);
        };
    }

    /// <summary>Answers a batch with the status, or lets it through for 0.</summary>
    private static Task Fail(HttpContext context, RequestDelegate next, int status)
    {
        if (status == 0 || context.Request.Path != "/v1/batch")
        {
            return next(context);
        }

        context.Response.StatusCode = status;
        return context.Response.WriteAsync("no");
    }
}
