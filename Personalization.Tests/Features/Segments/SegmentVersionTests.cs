using System.Net;
using NUnit.Framework;

namespace Personalization.Tests.Features.Segments;

/// <summary>An edit is prepared beside the live version, and takes its place in one instant.</summary>
[Parallelizable]
internal sealed class SegmentVersionTests
{
    private static readonly object Seen = new { @event = "Product Viewed" };
    private static readonly object Bought = new { @event = "Order Completed" };
    private SegmentShop _shop;

    [SetUp]
    public async Task StartShop()
    {
        _shop = await SegmentShop.StartAsync();
        await _shop.ViewAsync("viewer");
        await _shop.ViewAsync("both");
        await _shop.TrackAsync("both", "Order Completed", new { order_id = "o1" });
        await _shop.TrackAsync("buyer", "Order Completed", new { order_id = "o2" });
    }

    [TearDown]
    public async Task StopShop() => await _shop.DisposeAsync();

    private int Viewer => _shop.ProfileOf("viewer");

    private int Both => _shop.ProfileOf("both");

    private int Buyer => _shop.ProfileOf("buyer");

    [Test]
    public async Task An_edit_changes_nothing_until_it_is_activated_and_then_only_the_difference_is_told()
    {
        await _shop.PutAsync("s", Seen);
        await _shop.PutAsync("s", Bought);
        Assert.That(await _shop.MembersAsync("s"), Is.EqualTo(new[] { Viewer, Both }));
        await _shop.TrackAsync("late", "Order Completed", new { order_id = "o3" });
        Assert.That(_shop.IsIn("s", "late"), Is.False, "prepared memberships count for nobody");

        await ActivateAsync(2);

        Assert.That(await _shop.MembersAsync("s"), Is.EqualTo(new[] { Both, Buyer, _shop.ProfileOf("late") }));
        Assert.That(await _shop.ChangesAsync(), Is.EquivalentTo(new[]
        {
            $"+s {Viewer} @0 definition",
            $"+s {Both} @0 definition",
            $"-s {Viewer} @0 definition",
            $"+s {Buyer} @0 definition",
            $"+s {_shop.ProfileOf("late")} @0 definition",
        }));
    }

    [Test]
    public async Task A_version_that_was_live_before_can_be_gone_back_to()
    {
        await _shop.PutAsync("s", Seen);
        await _shop.PutAsync("s", Bought, activate: true);
        Assert.That(await _shop.MembersAsync("s"), Is.EqualTo(new[] { Both, Buyer }));

        await ActivateAsync(1);

        Assert.That(await _shop.MembersAsync("s"), Is.EqualTo(new[] { Viewer, Both }));
        await _shop.ViewAsync("late");
        Assert.That(_shop.IsIn("s", "late"));
    }

    [Test]
    public async Task A_deleted_segment_has_nobody_and_may_be_defined_again()
    {
        await _shop.PutAsync("s", Seen);

        var (status, _) = await _shop.SendAsync(HttpMethod.Delete, "/v1/segments/s");

        Assert.That(status, Is.EqualTo(HttpStatusCode.NoContent));
        Assert.That(_shop.Roster.Find("s"), Is.EqualTo(-1));
        Assert.That((await _shop.ChangesAsync()).Count(change => change.StartsWith('-')), Is.EqualTo(2));
        await _shop.PutAsync("s", Bought);
        Assert.That(await _shop.MembersAsync("s"), Is.EqualTo(new[] { Both, Buyer }));
    }

    [Test]
    public async Task What_asks_about_a_segment_changes_with_it()
    {
        await _shop.PutAsync("s", Seen);
        await _shop.PutAsync("not-s", new { none = new object[] { new { segment = "s" } } });
        await _shop.PutAsync("not-not-s", new { none = new object[] { new { segment = "not-s" } } });
        Assert.That(await _shop.MembersAsync("not-s"), Is.EqualTo(new[] { Buyer }));

        await _shop.PutAsync("s", Bought, activate: true);
        Assert.That(await _shop.MembersAsync("not-s"), Is.EqualTo(new[] { Viewer }));
        await _shop.TrackAsync("viewer", "Order Completed", new { order_id = "o4" });

        Assert.That(await _shop.MembersAsync("not-s"), Is.Empty);
        Assert.That(await _shop.MembersAsync("not-not-s"), Is.EqualTo(new[] { Viewer, Both, Buyer }));
        await _shop.SendAsync(HttpMethod.Delete, "/v1/segments/not-not-s");
        await _shop.SendAsync(HttpMethod.Delete, "/v1/segments/not-s");
        Assert.That((await _shop.SendAsync(HttpMethod.Delete, "/v1/segments/s")).Status, Is.EqualTo(HttpStatusCode.NoContent));
    }

    [Test]
    public async Task What_others_ask_about_is_not_deleted_under_them()
    {
        await _shop.PutAsync("s", Seen);
        await _shop.PutAsync("not-s", new { none = new object[] { new { segment = "s" } } });

        var (status, answer) = await _shop.SendAsync(HttpMethod.Delete, "/v1/segments/s");

        Assert.That(status, Is.EqualTo(HttpStatusCode.Conflict));
        Assert.That(answer.ToString(), Does.Contain("not-s"));
        Assert.That(await _shop.MembersAsync("s"), Has.Count.EqualTo(2));
    }

    [Test]
    public async Task Everything_that_is_wrong_is_told_at_once()
    {
        await _shop.PutAsync("s", Seen);
        await _shop.PutAsync("t", new { segment = "s" });

        var (status, answer) = await _shop.SendAsync(HttpMethod.Put, "/v1/segments/s", new
        {
            condition = new { all = new object[] { new { segment = "t" }, new { segment = "nowhere" }, new { list = "press" } } },
        });

        Assert.That(status, Is.EqualTo(HttpStatusCode.BadRequest));
        Assert.That(answer.GetProperty("faults").EnumerateArray().Select(fault => fault.GetProperty("message").GetString()), Is.EquivalentTo(new[]
        {
            "Segments must not ask about each other in a circle: s → t → s.",
            "There is no segment 'nowhere'; define it first.",
            "There is no list 'press'; define it first.",
        }));
    }

    [TestCase("""{"condition":{"event":"X"},"colour":1,"name":5,"activate":"yes"}""", 3)]
    [TestCase("""{"name":"x"}""", 1)]
    [TestCase("""[]""", 1)]
    [TestCase("""{"condition":{"event":"X"},"condition":{"event":"X"}}""", 1)]
    [TestCase("""{"condition":{"segment":"me"}}""", 1)]
    public async Task What_is_no_definition_is_refused(string body, int faults)
    {
        var (status, answer) = await _shop.SendAsync(HttpMethod.Put, "/v1/segments/me", body);

        Assert.That(status, Is.EqualTo(HttpStatusCode.BadRequest));
        Assert.That(answer.GetProperty("faults").GetArrayLength(), Is.EqualTo(faults), answer.ToString());
    }

    [TestCase(false)]
    [TestCase(true)]
    public async Task A_restart_or_a_replay_of_the_whole_log_comes_to_the_same(bool forget)
    {
        await _shop.PutAsync("seen", new { @event = "Product Viewed", within = "1h" });
        await _shop.PutAsync("s", Seen);
        await _shop.ViewAsync("late");
        await _shop.PutAsync("s", Bought, activate: true);
        await _shop.PassAsync(TimeSpan.FromMinutes(30));
        await _shop.ViewAsync("later");
        await _shop.IdentifyAsync("u", "late");
        await _shop.IdentifyAsync("u", "later");
        await _shop.PutAsync("s", Seen);
        await _shop.PassAsync(TimeSpan.FromMinutes(31));
        await _shop.SendAsync(HttpMethod.Delete, "/v1/segments/seen");
        var cursor = (await _shop.GetAsync("/v1/segments/changes?limit=4")).GetProperty("next").GetString();
        var (told, rest) = (await _shop.AllChangesAsync(), await _shop.GetAsync($"/v1/segments/changes?after={cursor}"));
        var members = await _shop.MembersAsync("s");

        await _shop.RestartAsync(forget);

        Assert.That((await _shop.AllChangesAsync()).Select(change => change.ToString()), Is.EqualTo(told.Select(change => change.ToString())));
        Assert.That((await _shop.GetAsync($"/v1/segments/changes?after={cursor}")).ToString(), Is.EqualTo(rest.ToString()));
        Assert.That(await _shop.MembersAsync("s"), Is.EqualTo(members));
        await _shop.UntilAsync("s", segment => segment.Prepared is [{ IsFilled: true }]);
        await ActivateAsync(3);
        Assert.That(await _shop.MembersAsync("s"), Has.Count.EqualTo(3));
    }

    [Test]
    public async Task Ids_of_changes_are_each_used_once()
    {
        await _shop.PutAsync("s", Seen);
        await _shop.PutAsync("s", Bought, activate: true);
        await ActivateAsync(1);
        await _shop.SayConsentAsync("viewer", profile: false);
        await _shop.SayConsentAsync("viewer", profile: true);

        var ids = (await _shop.AllChangesAsync()).ConvertAll(change => change.GetProperty("id").GetString());

        Assert.That(ids, Is.Unique);
        Assert.That(ids, Has.Count.GreaterThan(6));
    }

    [Test]
    public async Task A_past_that_is_imported_changes_memberships_and_says_so()
    {
        await _shop.PutAsync("s", Bought);

        await _shop.ImportAsync(new { type = "track", @event = "Order Completed", anonymousId = "viewer", messageId = "i1", timestamp = "2026-09-01T00:00:00Z", properties = new { order_id = "o9" } });

        Assert.That(await _shop.ChangesAsync(), Has.One.EqualTo($"+s {Viewer} @0 import"));
    }

    private async Task ActivateAsync(int version)
    {
        var (status, answer) = await _shop.SendAsync(HttpMethod.Post, $"/v1/segments/s/versions/{version}/activate");
        Assert.That(status, Is.EqualTo(HttpStatusCode.OK), answer.ToString());
    }
}
