using NUnit.Framework;
using Personalization.Decisioning;
using Personalization.Decisioning.Contracts;
using Personalization.Decisioning.Domain.Documents;
using Personalization.Decisioning.Domain.Rankers;
using Personalization.Decisioning.Domain.Restraint;
using Personalization.Kernel.Privacy;
using Personalization.Tests.Decisioning.Rules;
using Personalization.Tests.Support;

namespace Personalization.Tests.Decisioning.Restraint;

/// <summary>Which offers a shopper gets, and when they get none.</summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
internal sealed class OfferTests
{
    private readonly OfferWorld _world = new();

    public OfferTests() => _world.Knows(0, 1);

    [Test]
    public void The_offer_of_the_highest_priority_that_is_meant_for_the_shopper_is_chosen()
    {
        _world.Live("all", ",\"priority\":1");
        _world.Live("vip", ",\"priority\":3,\"when\":{\"is\":\"vip\"}");
        _world.Live("email", ",\"priority\":4,\"channels\":[\"email\"]");
        _world.Live("elsewhere", ",\"priority\":5,\"placements\":[\"other\"]");
        _world.Live("over", ",\"priority\":6,\"until\":\"2020-01-01T00:00:00Z\"");
        _world.Live("broken", ",\"priority\":7,\"when\":{\"is\":\"broken\"}");
        _world.Rules.Holds.Add(("vip", 0));

        Assert.Multiple(() =>
        {
            Assert.That(_world.Ask("u0"), Is.EqualTo(["vip"]));
            Assert.That(_world.Ask("u1"), Is.EqualTo(["all"]));
            Assert.That(_world.Ask("u1", channel: "email"), Is.EqualTo(["email"]));
            Assert.That(_world.Ask("u1", placement: "other"), Is.EqualTo(["elsewhere"]));
            Assert.That(_world.Ask(null, limit: 5), Is.EqualTo(["all"]), "somebody of whom nothing is known");
        });
    }

    [Test]
    public void Payload_and_version_are_in_the_answer_and_no_products_are()
    {
        _world.Live("a");

        var answer = _world.Personalizer.Recommend(new RecommendationRequest { Placement = "next-best-action" })!;

        Assert.That(answer.Items, Is.Empty);
        Assert.That((answer.Offers![0].Kind, answer.Offers[0].Version, answer.Offers[0].Payload.GetRawText()), Is.EqualTo(("offer", 1, """{"text":"a"}""")));
        Assert.That(answer.FallbackReason, Is.Null);
    }

    [Test]
    public void What_is_clicked_more_comes_first_among_equals()
    {
        _world.Shop.Options.Placements["next-best-action"] = new PlacementOptions { Kind = PlacementKind.NextBestAction, Exploration = 0 };
        _world.Restart();
        _world.Live("a");
        _world.Live("b");
        for (var i = 0; i < 30; i++)
        {
            _world.Ledger.Totals.Confirm((ulong)i + 1, Impression.OfferKey("a"));
            _world.Ledger.Totals.Confirm((ulong)i + 1, Impression.OfferKey("b"));
        }

        Assert.That(_world.Ask(), Is.EqualTo(["a"]), "equals stand in one order");
        _world.Ledger.Totals.Click(Impression.OfferKey("b"));
        Assert.That(_world.Ask(), Is.EqualTo(["b"]));
    }

    [Test]
    public void An_offer_that_was_unlucky_at_first_gets_its_chance()
    {
        var world = new OfferWorld(new RestraintOptions { OffersPerSession = 0, ElsewhereSeconds = 0 });
        var rates = new Dictionary<string, double> { ["poor"] = 0.02, ["good"] = 0.2, ["new"] = 0.05 };
        foreach (var id in rates.Keys)
        {
            world.Live(id);
        }

        var random = new Random(11);
        var shown = new Dictionary<string, int> { ["poor"] = 0, ["good"] = 0, ["new"] = 0 };
        var (poor, good) = (Impression.OfferKey("poor"), Impression.OfferKey("good"));
        for (var i = 0; i < 20; i++)
        {
            world.Ledger.Totals.Confirm((ulong)i + 1, poor);
            world.Ledger.Totals.Confirm((ulong)i + 1, good);
        }

        world.Ledger.Totals.Click(poor); // One in ten of twenty, and none: the best known would be shown for ever.
        world.Ledger.Totals.Click(poor);
        for (var i = 0; i < 4_000; i++)
        {
            var id = world.Ask(user: null).Single();
            shown[id]++;
            world.Apply();
            if (random.NextDouble() < rates[id])
            {
                world.Ledger.Totals.Click(Impression.OfferKey(id));
            }
        }

        Assert.That(shown["good"], Is.GreaterThan(2_400), "most of the answers, as soon as it is known to be the best");
        Assert.That(shown["new"], Is.GreaterThan(3), "everyone is tried");
    }

    [TestCase(1, 19)]
    [TestCase(3, 17)]
    [TestCase(400, 600)]
    public void Shares_are_drawn_as_they_are_believed(double with, double without)
    {
        var draws = Enumerable.Range(0, 40_000).Select(i => (double)new ClickShare(with, without).Draw(Chance.SeedOf(Guid.Empty, i), 1)).ToArray();
        var (count, mean) = (with + without, with / (with + without));
        var variance = mean * (1 - mean) / (count + 1);

        var found = draws.Average();
        Assert.That(found, Is.EqualTo(mean).Within(5 * Math.Sqrt(variance / draws.Length)));
        Assert.That(draws.Average(draw => (draw - found) * (draw - found)), Is.EqualTo(variance).Within(0.05 * variance));
        Assert.That(new ClickShare(with, without).Draw(7, 0), Is.EqualTo((float)mean));
        var again = new ClickShare(with, without).Draw(Chance.SeedOf(Guid.Empty, 0), 1);
        Assert.That(again, Is.EqualTo((float)draws[0]), "it follows from the seed");
    }

    [Test]
    public void A_session_has_three_and_the_next_one_three_more()
    {
        _world.Live("a");

        var first = Enumerable.Range(0, 5).Select(_ => _world.Ask().Length).ToArray();
        _world.Apply();
        var afterTheLog = _world.Ask().Length;
        _world.Shop.Clock.Advance(TimeSpan.FromHours(2));
        _world.Shop.Views[0] = view => (view.SessionNumber, view.SessionStartMs, view.LastEventMs) = (2, _world.Shop.Clock.GetUtcNow().ToUnixTimeMilliseconds(), _world.Shop.Clock.GetUtcNow().ToUnixTimeMilliseconds());

        Assert.That(first, Is.EqualTo([1, 1, 1, 0, 0]));
        Assert.That(afterTheLog, Is.Zero);
        Assert.That(Enumerable.Range(0, 4).Select(_ => _world.Ask().Length), Is.EqualTo([1, 1, 1, 0]));
    }

    [Test]
    public void What_came_shortly_before_a_session_belongs_to_it()
    {
        _world.Live("a");
        _world.Shop.Views[0] = view => view.LastEventMs = FakeShop.Start - 10_000_000;
        Assert.That(_world.Ask().Length + _world.Ask().Length, Is.EqualTo(2), "the page's own event is not here yet");

        _world.Shop.Views[0] = view => (view.SessionNumber, view.SessionStartMs, view.LastEventMs) = (2, FakeShop.Start + 5, FakeShop.Start + 5);
        Assert.That(_world.Ask().Length + _world.Ask().Length, Is.EqualTo(1));
    }

    [Test]
    public void Caps_of_the_shop_count_by_placement_channel_and_offer_in_a_sliding_window()
    {
        var world = new OfferWorld(new RestraintOptions
        {
            OffersPerSession = 0,
            ElsewhereSeconds = 0,
            Caps =
            {
                new CapOptions { Placement = "other", Count = 1, Hours = 1 },
                new CapOptions { Channel = "email", Count = 1, Hours = 24 },
                new CapOptions { PerOffer = true, Count = 3, Hours = 24 },
            },
        });
        world.Knows(0);
        world.Live("a");

        var other = (world.Ask(placement: "other").Length, world.Ask(placement: "other").Length);
        var email = (world.Ask(channel: "email").Length, world.Ask(channel: "email").Length);
        var third = (world.Ask().Length, world.Ask().Length);
        world.Live("b");
        var another = world.Ask();
        world.Apply();
        world.Shop.Clock.Advance(TimeSpan.FromHours(1) - TimeSpan.FromMilliseconds(1));
        var justBefore = world.Ask(placement: "other").Length;
        world.Shop.Clock.Advance(TimeSpan.FromMilliseconds(1));

        Assert.Multiple(() =>
        {
            Assert.That(other, Is.EqualTo((1, 0)));
            Assert.That(email, Is.EqualTo((1, 0)));
            Assert.That(third, Is.EqualTo((1, 0)));
            Assert.That(another, Is.EqualTo(["b"]));
            Assert.That(justBefore, Is.Zero);
            Assert.That(world.Ask(placement: "other"), Is.EqualTo(["b"]));
        });
    }

    [Test]
    public void Budgets_and_caps_of_an_offer_are_kept_and_those_who_cannot_be_counted_do_not_get_it()
    {
        _world.Live("few", ",\"budget\":{\"impressions\":2}");
        Assert.That(new[] { _world.Ask(null).Length, _world.Ask("u0").Length, _world.Ask("u1").Length, _world.Ask(null).Length }, Is.EqualTo([1, 1, 0, 0]));

        _world.Live("each", ",\"budget\":{\"perShopper\":1}");
        Assert.That(new[] { _world.Ask("u0").Length, _world.Ask("u0").Length, _world.Ask("u1").Length, _world.Ask(null).Length }, Is.EqualTo([1, 0, 1, 0]));

        _world.Live("daily", ",\"caps\":[{\"count\":1,\"within\":\"1d\"}]");
        Assert.That(new[] { _world.Ask("u1").Length, _world.Ask("u1").Length, _world.Ask(null).Length }, Is.EqualTo([1, 0, 0]));
    }

    [Test]
    public void Whoever_clicks_on_nothing_is_left_in_peace_and_then_tried_once()
    {
        var world = new OfferWorld(new RestraintOptions { OffersPerSession = 0, ElsewhereSeconds = 0, CooldownAfter = 3, CooldownHours = 2 });
        world.Knows(0);
        world.Live("a");

        var ignored = Enumerable.Range(0, 4).Select(_ => world.Ask().Length).ToArray();
        world.Apply();
        world.Shop.Clock.Advance(TimeSpan.FromHours(2));
        var tried = (world.Ask().Length, world.Ask().Length);
        world.Apply();
        world.Ledger.Click(0, world.Shop.Clock.GetUtcNow().ToUnixTimeMilliseconds());

        Assert.That(ignored, Is.EqualTo([1, 1, 1, 0]));
        Assert.That(tried, Is.EqualTo((1, 0)));
        Assert.That(world.Ask(), Has.Length.EqualTo(1), "a click ends it");
    }

    [Test]
    public void What_is_dismissed_or_was_just_shown_elsewhere_is_not_shown()
    {
        var world = new OfferWorld(new RestraintOptions { OffersPerSession = 0, DismissedDays = 1 });
        world.Knows(0);
        world.Live("a", ",\"priority\":1");
        world.Live("b");

        var both = (world.Ask(placement: "other"), world.Ask());
        world.Ledger.Dismiss(0, Impression.OfferKey("a"), FakeShop.Start);
        world.Apply();
        var dismissed = world.Ask(placement: "other");
        world.Shop.Clock.Advance(TimeSpan.FromSeconds(61));
        world.Ledger.Dismiss(0, 99, FakeShop.Start);
        var products = Products();
        var later = world.Ask(placement: "other");
        world.Shop.Clock.Advance(TimeSpan.FromDays(2));

        Assert.Multiple(() =>
        {
            Assert.That(both.Item1.Concat(both.Item2), Is.EqualTo(["a", "b"]));
            Assert.That(dismissed, Is.Empty, "a is dismissed, b was shown at the other placement");
            Assert.That(later, Is.EqualTo(["b"]));
            Assert.That(world.Ask(placement: "other"), Is.EqualTo(["a"]));
            Assert.That(products, Does.Not.Contain("i99"));
            Assert.That(Products(), Does.Contain("i99"));
        });

        IEnumerable<string> Products() => world.Personalizer.Recommend(new RecommendationRequest { Placement = "new", UserId = "u0" })!.Items.Select(item => item.Id);
    }

    [Test]
    public void What_can_be_had_once_is_not_recommended_to_whoever_has_it()
    {
        _world.Shop.Describe(99, attributes: """{"once":true}""");
        _world.Shop.Describe(98, attributes: """{"once":false}""");
        _world.Ledger.Buy(0, 99, FakeShop.Start);
        _world.Ledger.Buy(0, 98, FakeShop.Start);

        Assert.That(Ids("u0")[..2], Is.EqualTo(["i98", "i97"]));
        Assert.That(Ids("u1")[0], Is.EqualTo("i99"));
        Assert.That(_world.Ledger.Has(0, 99), "a pin does not help either");
        _world.Ledger.Return(0, 99);
        Assert.That(Ids("u0")[0], Is.EqualTo("i99"), "what was sent back may be bought again");

        string[] Ids(string user) => RuleWorld.Ids(_world.Personalizer.Recommend(new RecommendationRequest { Placement = "new", UserId = user })!);
    }

    [Test]
    public void What_cannot_be_written_down_is_not_shown_and_not_counted()
    {
        _world.Live("a", ",\"budget\":{\"impressions\":1,\"perShopper\":1}");
        _world.IsLogFull = true;
        Assert.That(_world.Ask(), Is.Empty);

        _world.IsLogFull = false;
        Assert.That(_world.Ask(), Is.EqualTo(["a"]));
    }

    [Test]
    public async Task A_restart_does_not_forget_and_erasure_does()
    {
        _world.Live("a", ",\"budget\":{\"perShopper\":2}");
        _world.Ask();
        _world.Ask();
        _world.Ledger.Dismiss(1, 5, FakeShop.Start);
        _world.Ledger.Click(1, FakeShop.Start);
        var promisesOnly = new CheckpointRows().Take(_world.Ledger);
        _world.Apply();
        var rows = promisesOnly.Take(_world.Ledger);

        _world.Restart(rows);
        Assert.That(_world.Ask(), Is.Empty);
        Assert.That(_world.Ledger.Totals.ShownOf(Impression.OfferKey("a")), Is.EqualTo(2));
        Assert.That(rows.CountOf(1), Is.EqualTo(2));

        var subject = new ErasureSubject(new HashSet<int> { 0 }, [], new HashSet<UInt128>());
        Assert.That(await _world.Ledger.CountAsync(subject, default), Is.EqualTo(1));
        Assert.That(await _world.Ledger.EraseAsync(subject, default), Is.EqualTo(1));
        Assert.That(await _world.Ledger.EraseAsync(subject, default), Is.Zero);
        Assert.That(rows.Take(_world.Ledger).CountOf(1), Is.EqualTo(1));
        Assert.That(_world.Ask(), Is.EqualTo(["a"]), "nobody is left who has seen it");
    }

    [Test]
    public void Two_profiles_that_become_one_have_seen_what_both_have_seen()
    {
        _world.Live("a", ",\"budget\":{\"perShopper\":2}");
        _world.Ask("u0");
        _world.Ask("u1");
        _world.Apply();

        _world.Ledger.Merge(0, 1);

        Assert.That(_world.Ask("u1"), Is.Empty, "each alone has seen it once");
        Assert.That(new CheckpointRows().Take(_world.Ledger).CountOf(1), Is.EqualTo(1));
    }

    [TestCase(1)]
    [TestCase(2)]
    [TestCase(3)]
    public void However_many_ask_at_once_no_cap_and_no_budget_is_exceeded_or_left_over(int seed)
    {
        var world = new OfferWorld(new RestraintOptions { OffersPerSession = 7, ElsewhereSeconds = 0, CooldownAfter = 0 });
        var random = new Random(seed);
        world.Knows([.. Enumerable.Range(0, 8)]);
        world.Live("a", $",\"budget\":{{\"impressions\":{random.Next(1, 40)}}},\"priority\":1");
        world.Live("b", ",\"budget\":{\"perShopper\":2}");
        world.Live("c", ",\"caps\":[{\"count\":3,\"within\":\"1h\"}]");
        var most = world.Book.Live.First(offer => offer.Id == "a").MaxImpressions;
        var shown = new System.Collections.Concurrent.ConcurrentBag<(int User, string Offer)>();

        Parallel.For(0, 4, new ParallelOptions { MaxDegreeOfParallelism = 4 }, thread =>
        {
            var own = new Random((seed * 100) + thread);
            for (var i = 0; i < 150; i++)
            {
                var user = own.Next(8);
                foreach (var offer in world.Ask($"u{user}", limit: own.Next(1, 3)))
                {
                    shown.Add((user, offer));
                }

                if (thread == 0 && i % 10 == 0)
                {
                    world.Apply();
                }
            }
        });

        Assert.Multiple(() =>
        {
            Assert.That(shown.Count(each => each.Offer == "a"), Is.EqualTo(most));
            Assert.That(shown.GroupBy(each => each.User).Select(each => each.Count()), Is.All.LessThanOrEqualTo(7));
            Assert.That(shown.Where(each => each.Offer == "b").GroupBy(each => each.User).Select(each => each.Count()), Is.All.LessThanOrEqualTo(2));
            Assert.That(shown.Where(each => each.Offer == "c").GroupBy(each => each.User).Select(each => each.Count()), Is.All.LessThanOrEqualTo(3));
            Assert.That(shown.GroupBy(each => each.User).Select(each => each.Count()), Is.All.GreaterThanOrEqualTo(5), "and nobody is shown less than they may");
        });
    }

    [TestCase("""{}""", "/kind", "/payload")]
    [TestCase("""{"kind":"advert","payload":[],"budget":{"impressions":0,"x":1},"caps":[{"count":1}]}""", "/kind", "/payload", "/budget/impressions", "/budget/x", "/caps/0/within")]
    [TestCase("""{"kind":"content","payload":{},"placements":["home"],"when":1,"priority":"high"}""", "/placements", "/when", "/priority")]
    public void Everything_that_is_wrong_is_told_at_once(string json, params string[] pointers)
    {
        var faults = new List<DocumentFault>();
        var read = _world.Book.Try("a", 0, RuleWorld.Json(json), faults);

        Assert.That(faults.Select(fault => fault.Pointer), Is.EquivalentTo(pointers));
        Assert.That(read, Is.Null);
    }
}
