using NUnit.Framework;
using Personalization.Features.Domain;
using Personalization.Tests.Support;
using Personalization.Tracking.Contracts;
using static Personalization.Tests.Features.FeatureWorld;

namespace Personalization.Tests.Features;

[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class SessionTests
{
    private readonly FeatureWorld _world = new();

    [Test]
    public void A_session_goes_on_until_half_an_hour_without_an_event()
    {
        var first = View(Start);
        var second = View(Start + (30 * Minute));
        var third = View(Start + (60 * Minute) + 1);

        Assert.That(second, Is.EqualTo(first).And.Not.Zero);
        Assert.That(third, Is.Not.EqualTo(first));
        var view = _world.Read();
        Assert.That((view.SessionNumber, view.SessionStartMs, view.LastEventMs, view.SessionEvents, view.Counters.Sessions),
            Is.EqualTo((third, Start + (60 * Minute) + 1, Start + (60 * Minute) + 1, 1, 2)));
    }

    [Test]
    public void A_client_that_names_its_sessions_is_believed()
    {
        var first = _world.SendIn(7, Start);
        var same = _world.SendIn(7, Start + Day);
        var other = _world.SendIn(8, Start + Day + 1);

        Assert.That(same, Is.EqualTo(first));
        Assert.That(other, Is.Not.EqualTo(first));
        Assert.That(_world.Read().Counters.Sessions, Is.EqualTo(2));
    }

    [Test]
    public void Two_named_sessions_that_take_turns_stay_two()
    {
        var numbers = Enumerable.Range(0, 10).Select(i => _world.SendIn(i % 2 == 0 ? 7UL : 8UL, Start + i)).ToArray();

        Assert.That(numbers.Distinct().Count(), Is.EqualTo(2));
        Assert.That(_world.Read().Counters.Sessions, Is.EqualTo(2));
        Assert.That(_world.Read().SessionEvents, Is.EqualTo(5));
    }

    [Test]
    public void An_event_without_a_name_joins_a_named_session_that_is_near()
    {
        var named = _world.SendIn(7, Start);

        Assert.That(View(Start + Minute), Is.EqualTo(named));
        Assert.That(View(Start + Minute + (31 * Minute)), Is.Not.EqualTo(named));
        Assert.That(_world.SendIn(7, Start + (40 * Minute)), Is.EqualTo(named), "the name goes on after the other session");
    }

    [Test]
    public void A_late_event_of_the_earlier_session_gets_its_number_and_leaves_the_current_one_alone()
    {
        var earlier = View(Start);
        var current = View(Start + (2 * 60 * Minute));
        var before = _world.Read();

        Assert.That(View(Start + (10 * Minute)), Is.EqualTo(earlier));
        var after = _world.Read();
        Assert.That((after.SessionNumber, after.SessionStartMs, after.LastEventMs, after.SessionEvents, after.Counters.Sessions),
            Is.EqualTo((current, before.SessionStartMs, before.LastEventMs, before.SessionEvents, before.Counters.Sessions)));
    }

    [Test]
    public void A_late_event_near_the_start_of_the_current_session_belongs_to_it()
    {
        var current = View(Start);

        Assert.That(View(Start - (10 * Minute)), Is.EqualTo(current));
        Assert.That(_world.Read().SessionStartMs, Is.EqualTo(Start - (10 * Minute)));
    }

    [Test]
    public void A_late_event_between_two_sessions_is_a_session_of_its_own()
    {
        var earlier = View(Start);
        var current = View(Start + (10 * 60 * Minute));
        var between = View(Start + (5 * 60 * Minute));

        Assert.That(new[] { earlier, current, between }, Is.Unique.And.None.Zero);
        Assert.That(_world.Read().SessionNumber, Is.EqualTo(current));
        Assert.That(_world.Read().Counters.Sessions, Is.EqualTo(3));
    }

    [Test]
    public void An_event_from_before_both_known_sessions_belongs_to_none()
    {
        View(Start);
        View(Start + (10 * 60 * Minute));

        Assert.That(View(Start - Day), Is.Zero);
        Assert.That(_world.Read().Counters.Sessions, Is.EqualTo(2));
        Assert.That(_world.Read().Counters.Events, Is.EqualTo(3));
    }

    [Test]
    public void Imported_sessions_from_before_both_known_ones_follow_each_other_and_leave_those_alone()
    {
        View(Start);
        var current = View(Start + (10 * 60 * Minute));
        var before = _world.Read();

        long[] first = [Import(Start - (9 * Day)), Import(Start - (9 * Day) + Minute)];
        long[] second = [Import(Start - (5 * Day)), Import(Start - (5 * Day) + Minute)];

        Assert.That(first, Is.All.EqualTo(first[0]).And.All.Not.Zero);
        Assert.That(second, Is.All.EqualTo(second[0]).And.All.Not.EqualTo(first[0]));
        var after = _world.Read();
        Assert.That(after.Counters.Sessions, Is.EqualTo(before.Counters.Sessions + 2));
        Assert.That((after.SessionNumber, after.SessionStartMs, after.LastEventMs), Is.EqualTo((current, before.SessionStartMs, before.LastEventMs)));
    }

    [Test]
    public void A_session_of_the_past_goes_on_after_a_restart()
    {
        View(Start);
        View(Start + (10 * 60 * Minute));
        var session = Import(Start - Day);
        var rows = new CheckpointRows();
        rows.Take(_world.Store);
        var restarted = new FeatureWorld();
        rows.GiveTo(restarted.Store);

        var imported = restarted.Event(EventKind.ProductViewed, Start - Day + Minute, 1);
        imported.Batch.Origin = EventOrigin.Import;
        restarted.Stage.Apply(imported);

        Assert.That(imported.SessionNumber, Is.EqualTo(session));
    }

    [TestCase(1, 2)]
    [TestCase(2, 3)]
    public void A_profile_that_was_stored_in_a_former_version_is_still_read(byte version, int sessions)
    {
        const int counters = 32, session = 40, former = 32;
        View(Start);
        View(Start + (10 * 60 * Minute));
        var stored = _world.Store.Digest(1);
        byte[] bytes = [version, .. stored[1..(1 + counters)]];
        for (var i = 0; i < sessions; i++)
        {
            bytes = [.. bytes, .. stored.AsSpan(1 + counters + (i * session), former)];
        }

        bytes = [.. bytes, .. stored[(1 + counters + (3 * session))..]];
        var read = new ProfileFeatures();
        var again = new byte[ProfileCodec.MaxBytes];

        read.Decode(bytes);

        Assert.That(again[..read.Encode(again)], Is.EqualTo(stored));
    }

    [Test]
    public void Of_sessions_that_end_in_the_same_millisecond_the_current_one_is_that_of_the_event_that_came_in_last([Values] bool isJoinedToTheFirst)
    {
        var (first, second, other) = (new SessionTrack(), new SessionTrack(), default(int));
        first.Observe(7, 0, Start, 1, 30 * Minute, false, ref other);
        second.Observe(8, 0, Start + 5, 2, 30 * Minute, false, ref other);
        first.Observe(7, 0, Start + 5, 3, 30 * Minute, false, ref other);
        var joined = isJoinedToTheFirst ? first : second;

        joined.Merge(in isJoinedToTheFirst ? ref second : ref first);

        Assert.That((joined.Current.Number, joined.Previous.Number), Is.EqualTo((1, 2)));
    }

    [Test]
    public void Sessions_that_arrive_in_the_wrong_order_count_the_same()
    {
        _world.SendIn(8, Start + Day);
        var late = _world.SendIn(7, Start);

        Assert.That(late, Is.Not.Zero);
        Assert.That(_world.SendIn(7, Start + 1), Is.EqualTo(late));
        Assert.That(_world.Read().Counters.Sessions, Is.EqualTo(2));
        Assert.That(_world.Read().LastEventMs, Is.EqualTo(Start + Day));
    }

    [Test]
    public void Another_campaign_begins_another_session_and_the_same_one_goes_on()
    {
        var direct = View(Start);
        var newsletter = Through("mail", Start + Minute);
        var still = Through("mail", Start + (2 * Minute));
        var without = View(Start + (3 * Minute));
        var search = Through("search", Start + (4 * Minute));

        Assert.That(new[] { direct, newsletter, search }, Is.Unique.And.None.Zero);
        Assert.That((still, without), Is.EqualTo((newsletter, newsletter)));
        Assert.That(_world.Read().Counters.Sessions, Is.EqualTo(3));
    }

    [Test]
    public void A_late_event_goes_to_the_session_of_its_campaign()
    {
        var newsletter = Through("mail", Start);
        var search = Through("search", Start + (10 * Minute));

        Assert.That(Through("mail", Start + (5 * Minute)), Is.EqualTo(newsletter));
        Assert.That(Through("search", Start + (9 * Minute)), Is.EqualTo(search));
        Assert.That(_world.Read().SessionNumber, Is.EqualTo(search));
    }

    [Test]
    public void A_client_that_names_its_sessions_is_believed_whatever_the_campaign()
    {
        var first = Through("mail", Start, session: 7);

        Assert.That(Through("search", Start + Minute, session: 7), Is.EqualTo(first));
    }

    [Test]
    public void Campaigns_are_left_out_when_asked_to()
    {
        var world = new FeatureWorld(new Personalization.Features.FeaturesOptions { SessionsSplitByCampaign = false });

        var first = Through("mail", Start, world: world);

        Assert.That(Through("search", Start + Minute, world: world), Is.EqualTo(first));
    }

    [TestCase("{}")]
    [TestCase("""{"campaign":null}""")]
    [TestCase("""{"campaign":"mail"}""")]
    [TestCase("""{"campaign":{"content":"x","source":3}}""")]
    [TestCase("""{"page":{"campaign":{"source":"mail"}}}""")]
    [TestCase("""{"campaign":{"source":"mail""")]
    public void What_names_no_campaign_has_none(string context) =>
        Assert.That(Campaign.KeyOf(System.Text.Encoding.UTF8.GetBytes(context)), Is.Zero);

    [Test]
    public void A_name_with_half_a_surrogate_pair_names_no_part_of_a_campaign() =>
        Assert.That(
            Campaign.KeyOf("""{"cam\ud800paign":{"source":"b"},"campaign":{"sour\ud800ce":"b","me\udc00dium":"b","na\ud800me":"b","source":"a"}}"""u8),
            Is.EqualTo(Campaign.KeyOf("""{"campaign":{"source":"a"}}"""u8)));

    [Test]
    public void Source_medium_and_name_make_a_campaign()
    {
        string[] contexts =
        [
            """{"campaign":{"source":"a"}}""", """{"campaign":{"medium":"a"}}""", """{"campaign":{"name":"a"}}""",
            """{"campaign":{"source":"a","medium":"b"}}""", """{"campaign":{"source":"b","medium":"a"}}""",
        ];

        Assert.That(contexts.Select(context => Campaign.KeyOf(System.Text.Encoding.UTF8.GetBytes(context))), Is.Unique);
        Assert.That(
            Campaign.KeyOf("""{"x":[1],"campaign":{"medium":"b","content":{"y":1},"source":"a"}}"""u8), Is.EqualTo(Campaign.KeyOf("""{"campaign":{"source":"a","medium":"b"}}"""u8)));
    }

    [Test]
    public void The_gap_is_an_option()
    {
        var world = new FeatureWorld(new Personalization.Features.FeaturesOptions { SessionGapMinutes = 5 });

        var first = world.Send(EventKind.ProductViewed, Start, 1);

        Assert.That(world.Send(EventKind.ProductViewed, Start + (6 * Minute), 1), Is.Not.EqualTo(first));
    }

    private long Import(long timestampMs)
    {
        var imported = _world.Event(EventKind.ProductViewed, timestampMs, 1);
        imported.Batch.Origin = EventOrigin.Import;
        _world.Stage.Apply(imported);
        return imported.SessionNumber;
    }

    private long Through(string source, long timestampMs, ulong session = 0, FeatureWorld? world = null)
    {
        world ??= _world;
        var sent = world.Event(EventKind.ProductViewed, timestampMs, 1);
        var context = System.Text.Encoding.UTF8.GetBytes($$$"""{"campaign":{"source":"{{{source}}}"}}""");
        sent.Batch.EnsureBuffer(context.Length);
        context.CopyTo(sent.Batch.Buffer, 0);
        sent.Context = new Utf8Slice(0, context.Length);
        sent.SessionKey = session;
        world.Stage.Apply(sent);
        return sent.SessionNumber;
    }

    private long View(long timestampMs) => _world.Send(EventKind.ProductViewed, timestampMs, 1);
}
