using System.Net;
using NUnit.Framework;

namespace Personalization.Tests.Features.Segments;

/// <summary>Somebody comes into a segment with the event that makes it so, and leaves it at the very time at which it is so no more.</summary>
[Parallelizable]
internal sealed class SegmentLifeTests
{
    private static readonly object ViewedOften = new { @event = "Product Viewed", within = "7d", count = new { op = "gte", value = 2 } };
    private SegmentShop _shop;

    [SetUp]
    public async Task StartShop() => _shop = await SegmentShop.StartAsync();

    [TearDown]
    public async Task StopShop() => await _shop.DisposeAsync();

    [Test]
    public async Task An_event_lets_its_shopper_in_before_it_counts_as_applied()
    {
        await _shop.PutAsync("often", ViewedOften);
        await _shop.ViewAsync("a");
        Assert.That(_shop.IsIn("often", "a"), Is.False);
        await _shop.ViewAsync("b");

        await _shop.ViewAsync("a");

        Assert.That((_shop.IsIn("often", "a"), _shop.IsIn("often", "b")), Is.EqualTo((true, false)));
        Assert.That(await _shop.ChangesAsync(), Is.EqualTo(new[] { $"+often {_shop.ProfileOf("a")} @0 event" }));
    }

    [Test]
    public async Task A_window_that_runs_out_lets_out_at_exactly_its_end_and_not_before()
    {
        await _shop.PutAsync("often", ViewedOften);
        await _shop.ViewAsync("a");
        await _shop.PassAsync(TimeSpan.FromMilliseconds(1_000));
        await _shop.ViewAsync("a");

        await _shop.PassAsync(TimeSpan.FromDays(7) - TimeSpan.FromMilliseconds(1_001));
        Assert.That(_shop.IsIn("often", "a"));
        await _shop.PassAsync(TimeSpan.FromMilliseconds(1));
        Assert.That(_shop.IsIn("often", "a"), Is.False);

        var profile = _shop.ProfileOf("a");
        var end = (long)TimeSpan.FromDays(7).TotalMilliseconds;
        Assert.That(await _shop.ChangesAsync(), Is.EqualTo(new[] { $"+often {profile} @1000 event", $"-often {profile} @{end} time" }));
    }

    [Test]
    public async Task However_far_the_clock_leaps_each_is_told_as_of_its_own_time()
    {
        await _shop.PutAsync("seen", new { @event = "Product Viewed", within = "1h" });
        await _shop.PutAsync("asleep", new { none = new object[] { new { segment = "seen" } } });
        await _shop.ViewAsync("a");
        await _shop.PassAsync(TimeSpan.FromSeconds(10));
        await _shop.ViewAsync("b");

        _shop.Clock.Advance(TimeSpan.FromDays(3));
        await _shop.ViewAsync("c");

        var (a, b, c) = (_shop.ProfileOf("a"), _shop.ProfileOf("b"), _shop.ProfileOf("c"));
        Assert.That(await _shop.ChangesAsync(), Is.SupersetOf(new[]
        {
            $"-seen {a} @3600000 time",
            $"+asleep {a} @3600000 time",
            $"+seen {c} @259210000 event",
        }));
        await _shop.PassAsync(TimeSpan.Zero);
        Assert.That(await _shop.ChangesAsync(), Is.SupersetOf(new[] { $"-seen {b} @3610000 time", $"+asleep {b} @3610000 time" }));
    }

    [Test]
    public async Task One_who_comes_late_is_judged_by_when_it_happened()
    {
        await _shop.PutAsync("seen", new { @event = "Product Viewed", within = "1h" });

        await _shop.ViewAsync("a", at: SegmentShop.Start - 3_000_000);
        await _shop.ViewAsync("b", at: SegmentShop.Start - 3_600_000);
        Assert.That((_shop.IsIn("seen", "a"), _shop.IsIn("seen", "b")), Is.EqualTo((true, false)));
        await _shop.PassAsync(TimeSpan.FromMilliseconds(600_000));

        Assert.That(await _shop.ChangesAsync(), Is.EqualTo(new[] { $"+seen {_shop.ProfileOf("a")} @0 event", $"-seen {_shop.ProfileOf("a")} @600000 time" }));
    }

    [Test]
    public async Task Who_has_done_nothing_yet_is_in_what_asks_for_that()
    {
        await _shop.ViewAsync("before");
        await _shop.PutAsync("never-bought", new { none = new object[] { new { @event = "Order Completed" } } });

        await _shop.ViewAsync("after");
        await _shop.TrackAsync("buyer", "Order Completed", new { order_id = "o1" });

        Assert.That(await _shop.MembersAsync("never-bought"), Is.EqualTo(new[] { _shop.ProfileOf("before"), _shop.ProfileOf("after") }));
        Assert.That(await _shop.ChangesAsync("segment=never-bought"), Is.EquivalentTo(new[]
        {
            $"+never-bought {_shop.ProfileOf("before")} @0 definition", $"+never-bought {_shop.ProfileOf("after")} @0 event",
        }));
    }

    [Test]
    public async Task A_name_that_no_event_has_had_yet_counts_from_its_first_event_on()
    {
        await _shop.PutAsync("spun", new { @event = "Wheel Spun" });

        await _shop.TrackAsync("a", "Wheel Spun");

        Assert.That(_shop.IsIn("spun", "a"));
    }

    [Test]
    public async Task Why_somebody_is_in_is_told_with_the_event_and_when_it_ends()
    {
        await _shop.PutAsync("seen", new { @event = "Product Viewed", within = "1h" });
        await _shop.ViewAsync("a");

        var answer = await _shop.GetAsync("/v1/segments/seen/explain?anonymousId=a");

        Assert.That(answer.GetProperty("isMember").GetBoolean());
        var because = answer.GetProperty("because");
        Assert.That(because.GetProperty("holds").GetBoolean());
        Assert.That(because.GetProperty("offsets").GetArrayLength(), Is.EqualTo(1));
        Assert.That(because.GetProperty("changesAt").GetDateTimeOffset().ToUnixTimeMilliseconds(), Is.EqualTo(SegmentShop.Start + 3_600_000));
    }

    [Test]
    public async Task A_withdrawal_ends_every_membership_and_a_grant_asks_anew()
    {
        await _shop.PutAsync("seen", new { @event = "Product Viewed" });
        await _shop.ViewAsync("a");
        var profile = _shop.ProfileOf("a");

        await _shop.SayConsentAsync("a", profile: false);
        await _shop.ViewAsync("a");
        Assert.That(_shop.IsIn("seen", "a"), Is.False);
        await _shop.SayConsentAsync("a", profile: true);

        Assert.That(await _shop.ChangesAsync(), Is.EqualTo(new[] { $"+seen {profile} @0 event", $"-seen {profile} @0 consent", $"+seen {profile} @0 consent" }));
    }

    [Test]
    public async Task Two_who_turn_out_to_be_one_are_asked_as_one()
    {
        await _shop.PutAsync("often", ViewedOften);
        await _shop.PutAsync("seen", new { @event = "Product Viewed" });
        await _shop.IdentifyAsync("u", "a");
        await _shop.ViewAsync("a");
        await _shop.ViewAsync("b");
        await _shop.ViewAsync("c");
        var (lives, ends) = (_shop.ProfileOf("a"), _shop.ProfileOf("b"));
        Assert.That(lives % 2, Is.Not.EqualTo(ends % 2), "they belong to two loops");

        await _shop.IdentifyAsync("u", "b");

        Assert.That(_shop.IsIn("often", "a"));
        Assert.That(await _shop.MembersAsync("seen"), Is.EqualTo(new[] { lives, _shop.ProfileOf("c") }));
        Assert.That(await _shop.ChangesAsync(), Is.SupersetOf(new[] { $"-seen {ends} @0 identity", $"+often {lives} @0 identity" }));

        var (status, answer) = await _shop.SendAsync(HttpMethod.Post, $"/v1/profiles/{lives}/unmerge", new { profileId = ends, reason = "two people" });
        Assert.That(status, Is.EqualTo(HttpStatusCode.OK), answer.ToString());
        await _shop.PassAsync(TimeSpan.Zero);

        Assert.That(_shop.IsIn("often", "a"), Is.False);
        Assert.That(await _shop.ChangesAsync(), Is.SupersetOf(new[] { $"-often {lives} @0 identity", $"+seen {ends} @0 identity" }));
    }

    [Test]
    public async Task What_waits_for_no_time_does_not_move_what_was_due()
    {
        await _shop.PutAsync("seen", new { @event = "Product Viewed", within = "1h" });
        await _shop.ViewAsync("a");
        await _shop.ViewAsync("b");
        await _shop.ViewAsync("c");
        var (into, from, other) = (_shop.ProfileOf("a"), _shop.ProfileOf("b"), _shop.ProfileOf("c"));
        var (status, answer) = await _shop.SendAsync(HttpMethod.Post, $"/v1/profiles/{into}/merge", new { from, reason = "one person" });
        Assert.That(status, Is.EqualTo(HttpStatusCode.OK), answer.ToString());

        await _shop.PassAsync(TimeSpan.FromHours(2));

        Assert.That(await _shop.ChangesAsync(), Does.Contain($"-seen {other} @3600000 time"));
        Assert.That(await _shop.MembersAsync("seen"), Is.Empty);
    }

    [Test]
    public async Task What_somebody_erased_was_in_is_erased_too()
    {
        await _shop.PutAsync("seen", new { @event = "Product Viewed" });
        await _shop.ViewAsync("a");
        await _shop.ViewAsync("b");
        var kept = _shop.ProfileOf("b");

        var (status, answer) = await _shop.SendAsync(HttpMethod.Delete, $"/v1/profiles/{_shop.ProfileOf("a")}");

        Assert.That((int)status, Is.InRange(200, 299), answer.ToString());
        await _shop.RestartAsync();
        Assert.That(await _shop.MembersAsync("seen"), Is.EqualTo(new[] { kept }));
        Assert.That(await _shop.ChangesAsync(), Is.EqualTo(new[] { $"+seen {kept} @0 event" }));
    }
}
