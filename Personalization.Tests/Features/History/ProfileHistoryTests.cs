using System.Text;
using System.Text.Json;
using NUnit.Framework;
using Personalization.Features;
using Personalization.Features.Domain.History;
using Personalization.Kernel.Privacy;
using static Personalization.Tests.Features.History.HistoryWorld;

namespace Personalization.Tests.Features.History;

/// <summary>What is kept of events, in which order, and for how long.</summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
internal sealed class ProfileHistoryTests
{
    private readonly HistoryWorld _world = new();

    [Test]
    public void An_event_is_kept_with_its_name_place_session_revenue_and_lines()
    {
        var order = _world.Event("Order Completed", items: [8, 12]);
        (order.SessionNumber, order.Revenue) = (order.Offset + 1, 49.9f);
        order.Lines[1].Quantity = 3;
        _world.Send(order);

        var facts = _world.Read();

        var kept = facts.Events[0];
        Assert.That((kept.TimeMs, kept.Offset, _world.Names[kept.Event], kept.Session, kept.Revenue), Is.EqualTo((Start, 0L, "Order Completed", 1L, 49.9f)));
        var line = facts.LinesOf(in kept)[1];
        Assert.That((line.Item, line.CategoryTerm, line.BrandTerm, line.Price, line.Quantity), Is.EqualTo((12, 2, 0, 3f, 3f)));
        Assert.That(facts.LinesOf(in kept).Length, Is.EqualTo(2));
        Assert.That(facts.IncompleteUntilMs, Is.EqualTo(long.MinValue));
    }

    [Test]
    public void Who_needs_no_properties_reads_the_same_events_and_lines_without_them()
    {
        foreach (var path in new[] { "variant", "size", "context.campaign.name" })
        {
            _world.Kept.Keep(path);
        }

        const string Campaign = """{"campaign":{"name":"spring"}}""";
        _world.Send(_world.Event("Product Viewed", """{"variant":"red","size":3}""", Campaign, items: [8]));
        _world.Send(_world.Event("Product Viewed", """{"variant":2.5}""", Campaign, items: [8, 12]));
        _world.Send(_world.Event("Product Added", "{}", Campaign, items: [12]));
        _world.Send(_world.Event("Product Added", """{"size":true}""", """{"campaign":{"name":"autumn"}}"""));
        var all = _world.Read();
        var without = new ProfileFacts { LeavesOutProperties = true };

        Assert.That(_world.History.TryRead(1, without));

        Assert.That(Shown(without), Is.EqualTo(Shown(all)));
        Assert.That(without.Events.ToArray().Select(fact => fact.PropertyCount), Is.All.Zero);
        Assert.That(all.Events.ToArray().Sum(fact => fact.PropertyCount), Is.GreaterThan(6), "there was something to leave out");

        static string[] Shown(ProfileFacts facts) =>
        [
            .. facts.Events.ToArray().Select(fact =>
                $"{fact.TimeMs} {fact.Offset} {fact.Event} {fact.Session} {string.Join('/', facts.LinesOf(in fact).ToArray().Select(line => (line.Item, line.CategoryTerm, line.Price)))}"),
        ];
    }

    [Test]
    public void To_ask_early_for_a_profile_is_allowed_of_any_number()
    {
        _world.Send("Product Viewed");

        foreach (var profileId in new[] { -1, 0, 1, 2, int.MaxValue })
        {
            Assert.That(() => _world.History.Prefetch(profileId), Throws.Nothing);
        }
    }

    [Test]
    public void Late_events_take_the_place_of_their_time()
    {
        foreach (var minute in new[] { 5, 2, 9, 2, 0, 7 })
        {
            _world.Send("Product Viewed", $$"""{"variant":"{{minute}}"}""", timeMs: Start + (minute * Minute));
        }

        var facts = _world.Read();

        Assert.That(_world.Minutes(), Is.EqualTo(new long[] { 0, 2, 2, 5, 7, 9 }));
        Assert.That(facts.Events[1].Offset, Is.LessThan(facts.Events[2].Offset), "of one time, in the order of the log");
        Assert.That(facts.ValueOf(in facts.Events[4], _world.Kept.Find("variant")).ToString(facts.Text), Is.EqualTo("7"));
    }

    [Test]
    public void Events_of_those_who_may_not_be_profiled_are_not_kept()
    {
        var refused = _world.Event("Product Viewed");
        refused.MayProfile = false;
        _world.Send(refused);

        Assert.That(_world.History.TryRead(1, new ProfileFacts()), Is.False);
        Assert.That(_world.History.TryRead(-1, new ProfileFacts()), Is.False);
    }

    [Test]
    public void Of_too_many_events_the_latest_stay_and_what_is_missing_is_told()
    {
        var world = new HistoryWorld(new HistoryOptions { MaxEvents = 16 });
        for (var i = 0; i < 100; i++)
        {
            world.Send("Product Viewed");
            Assert.That(world.Minutes(), Is.EqualTo(Enumerable.Range(Math.Max(0, i - 15), Math.Min(16, i + 1))));
        }

        Assert.That(world.Read().IncompleteUntilMs, Is.EqualTo(Start + (83 * Minute)));
        world.Send("Product Viewed", timeMs: Start + Minute);
        world.Send("Product Viewed", timeMs: Start + (83 * Minute) + 5);
        Assert.That(world.Minutes(), Is.EqualTo(Enumerable.Range(84, 16)), "what is older than all of a full profile is left out");
        Assert.That(world.Read().IncompleteUntilMs, Is.EqualTo(Start + (83 * Minute) + 5));
    }

    [Test]
    public void Events_leave_exactly_when_the_retention_has_passed_since_and_are_not_missed()
    {
        _world.Send("Product Viewed", timeMs: Start);
        _world.Send("Product Viewed", timeMs: Start + 1);
        _world.Send("Product Viewed", timeMs: Start + (90 * Day));

        Assert.That(_world.Read().Events.ToArray().Select(fact => fact.TimeMs - Start), Is.EqualTo(new[] { 1L, 90 * Day }));
        Assert.That(_world.Read().IncompleteUntilMs, Is.EqualTo(long.MinValue));
        _world.Send("Product Viewed", timeMs: Start - Day);
        Assert.That(_world.Read().Events.Length, Is.EqualTo(2));
    }

    [Test]
    public void What_is_kept_does_not_depend_on_the_order_of_arrival()
    {
        var random = new Random(5);
        for (var round = 0; round < 50; round++)
        {
            var options = new HistoryOptions { MaxEvents = 16, Days = 1 };
            var times = Enumerable.Range(0, random.Next(1, 60)).Select(_ => Start + random.NextInt64(2 * Day)).ToArray();
            var expected = Naive(times, options);

            var worlds = Enumerable.Range(0, 3).Select(_ => new HistoryWorld(options)).ToArray();
            foreach (var world in worlds)
            {
                foreach (var i in Enumerable.Range(0, times.Length).OrderBy(_ => random.Next()))
                {
                    Send(world, i, times[i], profile: world == worlds[2] && random.Next(2) == 0 ? 2 : 1);
                }
            }

            worlds[2].History.Merge(2, 1);
            foreach (var world in worlds)
            {
                var facts = world.Read();
                Assert.That(facts.Events.ToArray().Select(fact => fact.Offset), Is.EqualTo(expected.Kept));
                Assert.That(facts.IncompleteUntilMs, Is.EqualTo(expected.IncompleteUntil));
                Assert.That(world.History.Digest(1), Is.EqualTo(worlds[0].History.Digest(1)));
                Assert.That(world.Restarted(options).History.Digest(1), Is.EqualTo(worlds[0].History.Digest(1)));
                foreach (var fact in facts.Events)
                {
                    Assert.That(Describe(world, facts, fact), Is.EqualTo(Expected(fact.Offset)));
                }
            }
        }

        static void Send(HistoryWorld world, int i, long timeMs, int profile)
        {
            world.NextOffset = i;
            var sent = world.Event("Product Viewed", $$"""{"variant":{{i % 3}}}""", $$$"""{"device":{"type":"{{{i % 2}}}"}}""", timeMs, i);
            (sent.ProfileId, sent.SessionNumber, sent.Revenue) = (profile, i % 4 * 100, i % 5 == 0 ? i : float.NaN);
            world.Send(sent);
        }

        static string Describe(HistoryWorld world, ProfileFacts facts, Fact fact) =>
            $"{facts.LinesOf(in fact)[0].Item} {fact.Session} {fact.Revenue} {facts.ValueOf(in fact, world.Kept.Find("variant")).ToString(facts.Text)} "
            + facts.ValueOf(in fact, world.Kept.Find("context.device.type")).ToString(facts.Text);

        static string Expected(long i) => $"{i} {i % 4 * 100} {(i % 5 == 0 ? i : float.NaN)} {i % 3} {i % 2}";
    }

    [Test]
    public void A_merge_unites_both_and_empties_the_one()
    {
        _world.Send("Product Viewed", timeMs: Start + (3 * Minute));
        foreach (var minute in new[] { 1, 4 })
        {
            var other = _world.Event("Product Viewed", timeMs: Start + (minute * Minute));
            other.ProfileId = 2;
            _world.Send(other);
        }

        _world.History.Merge(2, 1);
        _world.History.Merge(7, 1);

        Assert.That(_world.Minutes(), Is.EqualTo(new long[] { 1, 3, 4 }));
        Assert.That(_world.History.TryRead(2, new ProfileFacts()), Is.False);
        Assert.That(_world.Restarted().Minutes(), Is.EqualTo(new long[] { 1, 3, 4 }));
    }

    [Test]
    public void Profiles_outlive_a_restart_and_go_on()
    {
        _world.Send("Product Viewed", """{"variant":"red"}""", """{"device":{"type":"mobile"}}""");
        _world.Send("Baked a cake", """{"coupon":"X"}""", """{"device":{"type":"mobile"}}""");

        var after = _world.Restarted();
        after.Send("Baked a cake", "{}", """{"device":{"type":"mobile"}}""");

        Assert.That(after.History.ProfileCount, Is.EqualTo(2));
        Assert.That(after.Minutes(), Is.EqualTo(new long[] { 0, 1, 2 }));
        Assert.That(after.Latest(), Is.EqualTo(new[] { "context.device.type=mobile" }));
        Assert.That(after.Names[after.Read().Events[2].Event], Is.EqualTo("Baked a cake"));
        Assert.That(after.Names.Find("Baked a cake"), Is.EqualTo(_world.Names.Find("Baked a cake")));
    }

    [Test]
    public async Task An_erasure_removes_the_events_of_all_of_a_persons_profiles()
    {
        _world.Send("Product Viewed");
        var subject = new ErasureSubject(new HashSet<int> { 0, 1, 5_000 }, [], new HashSet<UInt128>());

        Assert.That(await _world.History.CountAsync(subject, CancellationToken.None), Is.EqualTo(1));
        Assert.That(await _world.History.EraseAsync(subject, CancellationToken.None), Is.EqualTo(1));
        Assert.That(await _world.History.EraseAsync(subject, CancellationToken.None), Is.Zero);
        Assert.That(_world.Restarted().History.TryRead(1, new ProfileFacts()), Is.False);
    }

    [Test]
    public async Task A_copy_for_the_person_names_everything()
    {
        _world.Send("Product Viewed", """{"variant":"red"}""");
        using var stream = new MemoryStream();
        await using (var json = new Utf8JsonWriter(stream))
        {
            await _world.History.ExportAsync(new ErasureSubject(new HashSet<int> { 1 }, [], new HashSet<UInt128>()), json, CancellationToken.None);
        }

        Assert.That(Encoding.UTF8.GetString(stream.ToArray()), Does.Contain("\"event\":\"Product Viewed\"").And.Contain("\"variant\":\"red\"").And.Contain("2026-01-01"));
    }

    [Test]
    public async Task Readers_see_whole_events_in_order_while_the_profile_is_written()
    {
        var world = new HistoryWorld(new HistoryOptions { MaxEvents = 64 });
        world.Send("Product Viewed", """{"variant":"0"}""");
        var isWritten = false;
        var readers = Enumerable.Range(0, 2).Select(_ => Task.Run(() =>
        {
            var facts = new ProfileFacts();
            for (var reads = 0; !Volatile.Read(ref isWritten) || reads < 1_000; reads++)
            {
                world.History.TryRead(1, facts);
                var last = -1L;
                foreach (var fact in facts.Events)
                {
                    var variant = facts.ValueOf(in fact, world.Kept.Find("variant")).ToString(facts.Text);
                    if ((last >= 0 && fact.Offset != last + 1) || variant != fact.Offset.ToString())
                    {
                        return $"{fact.Offset} after {last} says {variant}";
                    }

                    last = fact.Offset;
                }
            }

            return "";
        })).ToArray();
        for (var i = 1; i < 20_000; i++)
        {
            world.Send("Product Viewed", $$"""{"variant":"{{i}}"}""");
        }

        Volatile.Write(ref isWritten, true);

        Assert.That(await Task.WhenAll(readers), Is.All.Empty);
    }

    /// <summary>All events, sorted, then those that stay.</summary>
    private static (long[] Kept, long IncompleteUntil) Naive(long[] times, HistoryOptions options)
    {
        var sorted = times.Select((timeMs, offset) => (timeMs, offset: (long)offset)).Order().ToList();
        var oldest = sorted[^1].timeMs - (options.Days * Day);
        var young = sorted.Where(each => each.timeMs > oldest).ToList();
        var tooMany = Math.Max(0, young.Count - options.MaxEvents);
        return ([.. young.Skip(tooMany).Select(each => each.offset)], tooMany == 0 ? long.MinValue : young[tooMany - 1].timeMs);
    }
}
