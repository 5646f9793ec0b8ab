using System.Text;
using Microsoft.Extensions.Options;
using NUnit.Framework;
using Personalization.Tracking;
using Personalization.Tracking.Contracts;
using Personalization.Tracking.Domain;
using Personalization.Tracking.Domain.Live;
using Personalization.Tracking.Domain.Quality;
using Personalization.Tracking.Pipeline;
using Personalization.Tracking.Pipeline.Quality;

namespace Personalization.Tests.Tracking.Quality;

internal sealed class ShareAndClientTests
{
    private const string Views = "Product Viewed";

    [Test]
    public void Refused_events_are_flagged_for_their_series_and_their_source()
    {
        var world = new QualityWorld();

        for (var slot = 0; slot < 5; slot++)
        {
            world.Slot(Views, accepted: 20, refused: 10);
        }

        Assert.That(world.Open.Select(flag => (flag.Kind, flag.Event)), Is.EquivalentTo(new[] { (QualityFlagKind.InvalidShare, Views), (QualityFlagKind.InvalidShare, null) }));
        Assert.That(world.Open[0].Observed, Is.EqualTo(1 / 3.0).Within(0.01));
    }

    [Test]
    public void One_refused_event_of_a_few_is_no_proof()
    {
        var world = new QualityWorld();

        for (var slot = 0; slot < 12; slot++)
        {
            world.Slot(Views, accepted: 2, refused: slot == 3 ? 2 : 0);
        }

        Assert.That(world.Open, Is.Empty);
    }

    [Test]
    public void Repeated_and_late_events_are_flagged()
    {
        var world = new QualityWorld();

        for (var slot = 0; slot < 5; slot++)
        {
            world.Slot(Views, accepted: 30, duplicates: 30, late: 20);
        }

        Assert.That(world.Open.Select(flag => flag.Kind).Distinct(), Is.EquivalentTo(new[] { QualityFlagKind.DuplicateShare, QualityFlagKind.LateShare }));
    }

    [Test]
    public void Clocks_that_are_an_hour_off_are_flagged_and_seconds_are_not()
    {
        var world = new QualityWorld();
        var right = world.Watch.SkewOf(7);
        for (var i = 0; i < 100; i++)
        {
            world.Watch.SkewOf(world.Shop).Add(world.NowMs, world.NowMs - 3_700_000);
            right.Add(world.NowMs, world.NowMs - 1_500);
        }

        world.Slot(Views, 1);
        world.Slot(Views, 1);

        var flag = world.Open.Single();
        Assert.That((flag.Kind, flag.Source), Is.EqualTo((QualityFlagKind.ClockSkew, "shop")));
        Assert.That(flag.Observed, Is.GreaterThan(3_000));
    }

    [TestCase(25_200_000, "21600 s or more before", 21_600)]
    [TestCase(-25_200_000, "21600 s or more after", -21_600)]
    [TestCase(310_000, "300 s or more before", 300)]
    [TestCase(5_000_000_000, "604800 s or more before", 604_800)]
    public void A_wrong_clock_is_told_by_what_is_certain(long wayMs, string words, int observed)
    {
        var world = new QualityWorld();
        for (var i = 0; i < 100; i++)
        {
            world.Watch.SkewOf(world.Shop).Add(world.NowMs, world.NowMs - wayMs);
        }

        world.Slot(Views, 1);
        world.Slot(Views, 1);

        var flag = world.Open.Single();
        Assert.That(flag.Detail, Does.Contain("Half of the last 100 events were sent " + words + " they arrived"));
        Assert.That(flag.Observed, Is.EqualTo(observed));
    }

    [TestCase(EventOrigin.Live, 2)]
    [TestCase(EventOrigin.ChangeCapture, 2)]
    [TestCase(EventOrigin.Import, 0)]
    [TestCase(EventOrigin.Replay, 0)]
    public void What_is_refused_of_the_past_is_shown_and_says_nothing_of_how_the_source_is_now(EventOrigin origin, int counted)
    {
        var world = new QualityWorld();
        var rings = new LiveRings(16);
        var observer = new QualityObserver(world.Watch, rings, world.Position, Options.Create(new QualityOptions()));
        var batch = new EventBatch(_ => { }) { Origin = origin };

        batch.Refusals.Add(new Refusal(0, EventField.Event, RefusalReason.NameMissing, default));
        observer.Refused(new Source(world.Shop, "shop"), batch, null);
        batch.Refusals.Clear();
        observer.Refused(new Source(world.Shop, "shop"), batch, TrackingProblems.NotJson);

        Assert.That(world.Watch.Refusals.Take().Values.Sum(), Is.EqualTo(counted));
        Assert.That(rings.RefusalsOf(world.Shop).Added, Is.EqualTo(2));
    }

    [Test]
    public void A_client_that_is_too_quick_is_flagged_by_the_number_of_its_profile_and_erased_with_it()
    {
        var world = new QualityWorld();
        for (var i = 0; i < 400; i++)
        {
            world.Watch.Clients.Add(77, profileId: 42, world.Shop, world.NowMs + (i * 20), world.NowMs + (i * 20), isProductView: true);
            world.Watch.Clients.Add((UInt128)(1_000 + i), profileId: 100 + i, world.Shop, world.NowMs, world.NowMs, isProductView: true);
        }

        world.Slot(Views, 1);
        var flag = world.Open.Single();
        Assert.That((flag.Kind, flag.Subject), Is.EqualTo((QualityFlagKind.BotLikeClient, "42")));
        Assert.That(flag.Detail, Does.Contain("400 events within a minute").And.Contain("regular as a clock"));

        var erased = world.Watch.Clients.Erase(new HashSet<int> { 42 }) + world.Watch.Flags.Erase(open => open.Subject == "42");

        Assert.That(erased, Is.EqualTo(2));
        Assert.That(world.Open, Is.Empty);
    }

    [Test]
    public void One_weak_sign_alone_does_not_make_a_bot()
    {
        var policy = new ClientPolicy(300, 60);

        Assert.That(policy.Judge(new ClientActivity { Events = 90, Products = 80, RunEvents = 90 }), Is.Null);
        Assert.That(policy.Judge(new ClientActivity { Events = 90, Products = 80, RunEvents = 300, SameTimes = 200 }), Is.Not.Null);
    }

    [Test]
    public void Whoever_is_loud_stays_in_the_table_when_a_crowd_passes()
    {
        var clients = new ClientTable(64);
        for (var i = 0; i < 50_000; i++)
        {
            clients.Add((UInt128)(i + 10), i, 1, QualityWorld.Start + i, QualityWorld.Start + i, isProductView: false);
            if (i % 20 == 0)
            {
                clients.Add(5, 5, 1, QualityWorld.Start + i, QualityWorld.Start + i, isProductView: false);
            }
        }

        var found = Enumerable.Range(0, clients.Capacity).Select(place => clients.TryRead(place, out var client) ? client : default).Single(client => client.Key == 5);
        Assert.That(found.RunEvents, Is.EqualTo(2_500));
    }

    [Test]
    public void Names_beyond_the_bound_are_everything_else()
    {
        var series = new SeriesDirectory(3, seed: 9);

        var numbers = Enumerable.Range(0, 6).Select(i => series.Resolve(1, EventType.Track, Encoding.UTF8.GetBytes("name-" + i))).ToList();

        Assert.That(numbers, Is.EqualTo(new[] { 1, 2, 3, 0, 0, 0 }));
        Assert.That(series.Resolve(1, EventType.Track, "name-1"u8), Is.EqualTo(2));
        Assert.That(series.Find(2, EventType.Track, "name-1"u8), Is.Zero);
        Assert.That(series.Resolve(1, EventType.Track, new byte[500]), Is.Zero, "too long to be a name");
    }

    [Test]
    public void Flags_are_bounded_and_the_oldest_closed_ones_go_first()
    {
        var book = new FlagBook(3);
        for (var i = 0; i < 5; i++)
        {
            var key = new FlagKey(QualityFlagKind.ValueOutlier, 1, i);
            book.Report(key, new Finding(QualitySeverity.Warning, "shop", "e" + i, 1, 2, "", IsBeyondDoubt: true), i);
            for (var look = 0; i == 1 && look < 6; look++)
            {
                book.Relax(key, i);
            }
        }

        Assert.That(book.List(_ => true, 10).Select(flag => flag.Event), Is.EqualTo(new[] { "e3", "e2", "e0" }));
        Assert.That(book.Refused, Is.EqualTo(1));
    }

    [Test]
    public void One_unusual_look_raises_nothing_unless_it_is_beyond_doubt()
    {
        var book = new FlagBook(10);
        var key = new FlagKey(QualityFlagKind.InvalidShare, 1, 1);
        var finding = new Finding(QualitySeverity.Warning, "shop", "e", 0, 1, "");

        book.Report(key, finding, 1);
        book.Relax(key, 2);
        book.Report(key, finding, 3);
        Assert.That(book.List(_ => true, 10), Is.Empty);
        book.Report(key, finding, 4);

        Assert.That(book.TakeNews().Raised.Single().SinceMs, Is.EqualTo(3));
        Assert.That(book.TakeNews().Raised, Is.Empty);
    }
}
