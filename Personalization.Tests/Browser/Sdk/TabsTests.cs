using NUnit.Framework;

namespace Personalization.Tests.Browser.Sdk;

/// <summary>Several tabs of one shopper share one queue: nothing is lost, nothing sent twice.</summary>
[Parallelizable]
[TestFixture]
internal sealed class TabsTests : SdkTests
{
    private const int EventsPerTab = 60;

    [Test]
    public async Task Two_tabs_at_once_neither_lose_nor_double()
    {
        var underWay = 0;
        var overlaps = 0;
        Door.Fault = async (context, next) =>
        {
            overlaps += Interlocked.Increment(ref underWay) > 1 ? 1 : 0;
            await next(context);
            Interlocked.Decrement(ref underWay);
        };
        var one = await OpenAsync("delay: 1");
        var two = await OpenAsync("delay: 1");

        await Task.WhenAll(
            one.EvaluateAsync(TrackMany("One")),
            two.EvaluateAsync(TrackMany("Two")));

        await EventuallyAsync(async () => await QueueLengthAsync(one) + await QueueLengthAsync(two) == 0, "nothing waits");
        var logged = await LoggedNamesAsync();
        Assert.That(logged, Has.Count.EqualTo(2 * EventsPerTab));
        Assert.That(logged, Is.Unique);
        Assert.That(overlaps, Is.Zero, "only one tab sends at a time");
    }

    [Test]
    public async Task Without_locks_two_tabs_still_neither_lose_nor_double()
    {
        const string NoLocks = "Object.defineProperty(navigator, 'locks', { value: undefined })";
        var one = await OpenAsync("delay: 1", before: NoLocks);
        var two = await OpenAsync("delay: 1", before: NoLocks);

        await Task.WhenAll(
            one.EvaluateAsync(TrackMany("One")),
            two.EvaluateAsync(TrackMany("Two")));

        await EventuallyAsync(async () => await QueueLengthAsync(one) + await QueueLengthAsync(two) == 0, "nothing waits");
        var logged = await LoggedNamesAsync();
        Assert.That(logged, Has.Count.EqualTo(2 * EventsPerTab));
        Assert.That(logged, Is.Unique);
    }

    [Test]
    public async Task Tabs_are_one_shopper_in_one_session()
    {
        var one = await OpenAsync();
        var two = await OpenAsync();

        await one.EvaluateAsync("p.track('One')");
        await SentAsync(one, 1);
        await two.EvaluateAsync("p.track('Two')");
        await SentAsync(two, 1);

        var logged = await LoggedAsync();
        Assert.That(logged.Select(entry => entry.GetProperty("anonymousId").GetString()).Distinct().Count(), Is.EqualTo(1));
        Assert.That(
            logged.Select(entry => entry.GetProperty("context").GetProperty("sessionId").GetString()).Distinct().Count(), Is.EqualTo(1));
    }

    [Test]
    public async Task A_tab_that_is_open_takes_over_from_one_that_died()
    {
        var survivor = await OpenAsync();
        var victim = await OpenAsync("delay: 3600000");
        await victim.EvaluateAsync("p.track('Of the dead')");
        await CrashAsync(victim);

        await survivor.EvaluateAsync("p.track('Of the living')");

        await SentAsync(survivor, 2);
        Assert.That(await LoggedNamesAsync(), Is.EqualTo(new[] { "Of the dead", "Of the living" }));
    }

    [Test]
    public async Task A_session_ends_after_half_an_hour_without_events()
    {
        var page = await OpenAsync(withClock: true);
        await page.EvaluateAsync("p.track('One')");
        await page.Clock.FastForwardAsync("29:00");
        await page.EvaluateAsync("p.track('Two')");
        await page.Clock.FastForwardAsync("31:00");
        await page.EvaluateAsync("p.track('Three')");
        await page.Clock.FastForwardAsync("01:00");

        await SentAsync(page, 3);
        var sessions = (await LoggedAsync()).Select(entry => entry.GetProperty("context").GetProperty("sessionId").GetString()).ToList();
        Assert.That(sessions[2], Is.EqualTo(sessions[1]));
        Assert.That(sessions[0], Is.Not.EqualTo(sessions[1]));
    }

    private static string TrackMany(string tab) => $$"""
        (async () => {
          for (let n = 0; n < {{EventsPerTab}}; n++) {
            p.track('{{tab}} ' + n);
            if (n % 7 === 0) await new Promise(resolve => setTimeout(resolve, 3));
          }
        })()
        """;
}
