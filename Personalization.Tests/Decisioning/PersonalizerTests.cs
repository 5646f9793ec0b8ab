using NUnit.Framework;
using Personalization.Consent.Contracts;
using Personalization.Decisioning.Contracts;
using Personalization.Decisioning.Domain.Candidates;
using Personalization.Features.Contracts;
using Personalization.Tracking.Contracts;

namespace Personalization.Tests.Decisioning;

[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class PersonalizerTests
{
    private readonly FakeShop _shop = new();

    [Test]
    public void For_you_answers_the_current_session_with_what_similar_sessions_went_on_to()
    {
        _shop.Session(10, 1, 2, 3);
        _shop.Session(11, 1, 2, 3);
        _shop.HasViewed(0, 1, 2);

        var answer = Ask("for-you", user: "u0");

        Assert.Multiple(() =>
        {
            Assert.That(answer.Items[0].Id, Is.EqualTo("i3"));
            Assert.That(answer.Items[0].Reason, Is.EqualTo(ReasonCode.SimilarSessions));
            Assert.That(answer.Items[0].BecauseOf, Is.EqualTo("i2"));
            Assert.That(answer.IsPersonalized, Is.True);
            Assert.That(answer.NotPersonalizedReason, Is.Null);
            Assert.That(answer.ModelVersion, Is.EqualTo("session-knn@1:6"));
            Assert.That(answer.Items, Has.Count.EqualTo(20), "filled up by the other parts");
        });
    }

    [Test]
    public void Clicks_of_one_millisecond_keep_the_order_in_which_they_were_learnt()
    {
        _shop.Session(10, 2, 3);
        _shop.Send(EventKind.ProductViewed, 0, 1, FakeShop.Start + 200, 1);
        _shop.Send(EventKind.ProductViewed, 0, 1, FakeShop.Start + 200, 2);
        _shop.HasViewed(0, 2, 1);

        var answer = Ask("for-you", user: "u0", limit: 1);

        Assert.That(answer.Items[0], Is.EqualTo(new RecommendedItem("i3", 1, ReasonCode.SimilarSessions, "i2")));
    }

    [Test]
    public void What_may_not_be_learnt_still_counts_for_the_shopper()
    {
        _shop.Session(10, 7, 8);
        _shop.Send(EventKind.ProductViewed, 0, 1, FakeShop.Start, 1);
        _shop.HasViewed(0, 1, 7);

        Assert.That(Ask("for-you", user: "u0").Items[0].Id, Is.EqualTo("i8"));
    }

    [Test]
    public void Items_of_the_question_take_the_place_of_the_session()
    {
        _shop.Session(10, 1, 2);
        _shop.Session(11, 7, 8);
        _shop.HasViewed(0, 1);

        var answer = Ask("for-you", user: "u0", items: ["i7"]);

        Assert.That(answer.Items[0].Id, Is.EqualTo("i8"));
    }

    [Test]
    public void Scores_fall_with_the_rank_and_no_item_stands_twice()
    {
        for (var profile = 10; profile < 60; profile++)
        {
            _shop.Session(profile, profile % 9, profile % 5, profile % 31);
        }

        _shop.Models.Popularity.Rebuild();
        _shop.HasViewed(0, 1, 2, 3);

        var answer = Ask("for-you", user: "u0", limit: 100);

        Assert.Multiple(() =>
        {
            Assert.That(answer.Items.Select(item => item.Score), Is.Ordered.Descending);
            Assert.That(answer.Items.Select(item => item.Id), Is.Unique);
            Assert.That(answer.Items.Select(item => item.Id), Does.Not.Contain("i3"), "the current item");
        });
    }

    [Test]
    public void Similar_gives_what_was_viewed_together()
    {
        _shop.Session(10, 1, 2);

        var answer = Ask("similar", items: ["i1"]);

        Assert.Multiple(() =>
        {
            Assert.That(answer.Items[0], Is.EqualTo(new RecommendedItem("i2", 1, ReasonCode.ViewedTogether, "i1")));
            Assert.That(answer.IsPersonalized, Is.False);
            Assert.That(answer.NotPersonalizedReason, Is.EqualTo("unknown_profile"));
        });
    }

    [Test]
    public void Similar_falls_back_to_the_same_category()
    {
        var answer = Ask("similar", items: ["i45"]);

        Assert.That(answer.Items.Take(19).Select(item => _shop.Find(item.Id) / 20), Is.All.EqualTo(2));
    }

    [Test]
    public void Bought_together_learns_from_orders_and_leaves_out_the_cart()
    {
        _shop.Send(EventKind.OrderCompleted, 10, 1, FakeShop.Start, 1, 2, 3);
        _shop.Send(EventKind.OrderCompleted, 11, 1, FakeShop.Start, 1, 3);

        var answer = Ask("bought-together", items: ["i1", "i2"]);

        Assert.Multiple(() =>
        {
            Assert.That(answer.Items[0].Id, Is.EqualTo("i3"));
            Assert.That(answer.Items[0].Reason, Is.EqualTo(ReasonCode.BoughtTogether));
            Assert.That(answer.Items.Select(item => item.Id), Does.Not.Contain("i1").And.Not.Contain("i2"));
        });
    }

    [TestCase("trending", ReasonCode.Trending)]
    [TestCase("popular", ReasonCode.Popular)]
    public void Ranked_placements_show_the_ranking(string placement, ReasonCode reason)
    {
        _shop.Session(10, 5);
        _shop.Session(11, 5, 6);
        _shop.Models.Popularity.Rebuild();

        var answer = Ask(placement);

        Assert.Multiple(() =>
        {
            Assert.That(answer.Items.Take(2).Select(item => item.Id), Is.EqualTo((string[])["i5", "i6"]));
            Assert.That(answer.Items[0].Reason, Is.EqualTo(reason));
        });
    }

    [Test]
    public void Recently_viewed_shows_the_newest_first_and_nothing_else()
    {
        _shop.HasViewed(0, 1, 2, 3);
        _shop.Options.Placements["recently-viewed"].AllowCurrentItem = true;

        var answer = Ask("recently-viewed", user: "u0");

        Assert.That(answer.Items.Select(item => item.Id), Is.EqualTo((string[])["i3", "i2", "i1"]));
    }

    [Test]
    public void Recently_viewed_forgets_what_is_older_than_the_placement_allows()
    {
        _shop.HasViewed(0, 1, 2, 3);
        _shop.Options.Placements["recently-viewed"].MaxAgeDays = 1;
        _shop.Clock.Advance(TimeSpan.FromDays(2));

        Assert.That(Ask("recently-viewed", user: "u0").Items, Is.Empty);
    }

    [Test]
    public void New_shows_the_newest_of_the_catalogue()
    {
        Assert.That(Ask("new").Items[0], Is.EqualTo(new RecommendedItem("i99", 1, ReasonCode.NewArrival, null)));
    }

    [TestCase("for-you")]
    [TestCase("similar")]
    [TestCase("bought-together")]
    [TestCase("trending")]
    [TestCase("popular")]
    [TestCase("new")]
    public void What_is_sold_out_excluded_or_bought_is_never_shown(string placement)
    {
        for (var profile = 10; profile < 30; profile++)
        {
            _shop.Session(profile, 1, 2, 3, 4, 5);
            _shop.Send(EventKind.OrderCompleted, profile, 1, FakeShop.Start, 1, 2, 3, 4, 5);
        }

        _shop.Models.Popularity.Rebuild();
        _shop.SoldOut.Add(2);
        _shop.Views[0] = view => FakeShop.Fill(view, RecentKind.Purchased, 3);

        var answer = _shop.Personalizer().Recommend(new RecommendationRequest
        {
            Placement = placement, UserId = "u0", Items = ["i1"], Exclude = ["i4", "no such item"], Limit = 100,
        })!;

        Assert.That(answer.Items.Select(item => item.Id), Has.None.AnyOf("i2", "i3", "i4").And.Some.EqualTo("i5"));
    }

    [Test]
    public void The_current_item_may_be_shown_again_when_the_question_says_so()
    {
        _shop.Session(10, 1, 2);

        var answer = _shop.Personalizer().Recommend(new RecommendationRequest { Placement = "for-you", Items = ["i1"], AllowCurrentItem = true })!;

        Assert.That(answer.Items.Select(item => item.Id), Does.Contain("i1"));
    }

    [TestCase(ConsentReason.Denied, "consent_denied")]
    [TestCase(ConsentReason.NotStated, "consent_default")]
    [TestCase(ConsentReason.JurisdictionDefault, "consent_default")]
    [TestCase(ConsentReason.Expired, "consent_expired")]
    [TestCase(ConsentReason.NonProfiling, "non_profiling")]
    [TestCase(ConsentReason.TcString, "consent_denied")]
    public void Without_consent_no_profile_is_read_and_the_answer_says_so(ConsentReason reason, string expected)
    {
        _shop.Session(10, 1, 2);
        _shop.HasViewed(0, 1);
        _shop.Verdict = new ConsentVerdict(IsAllowed: false, reason);

        var answer = Ask("for-you", user: "u0", items: ["i1"]);

        Assert.Multiple(() =>
        {
            Assert.That(_shop.ProfileReads, Is.Zero);
            Assert.That(answer.NotPersonalizedReason, Is.EqualTo(expected));
            Assert.That(answer.IsPersonalized, Is.False);
            Assert.That(answer.Items[0].Id, Is.EqualTo("i2"), "the page still counts");
        });
    }

    [Test]
    public void A_known_shopper_without_history_is_told_apart_from_an_unknown_one()
    {
        Assert.Multiple(() =>
        {
            Assert.That(Ask("for-you", user: "u5").NotPersonalizedReason, Is.EqualTo("no_history"));
            Assert.That(Ask("for-you", user: "nobody").NotPersonalizedReason, Is.EqualTo("unknown_profile"));
        });
    }

    [Test]
    public void A_fresh_shop_shows_its_newest_items()
    {
        var answer = Ask("for-you");

        Assert.That(answer.Items.Select(item => item.Reason), Is.EqualTo(Enumerable.Repeat(ReasonCode.NewArrival, 20)));
    }

    [TestCase("for-you")]
    [TestCase("similar")]
    [TestCase("recently-viewed")]
    public void A_shop_without_items_gives_an_empty_slate(string placement)
    {
        var answer = new FakeShop(isEmpty: true).Personalizer().Recommend(new RecommendationRequest { Placement = placement, Items = ["zzz"] })!;

        Assert.That(answer.Items, Is.Empty);
    }

    [Test]
    public void An_unknown_placement_has_no_answer()
    {
        Assert.That(_shop.Personalizer().Recommend(new RecommendationRequest { Placement = "nowhere" }), Is.Null);
    }

    [TestCase(-5, 1)]
    [TestCase(0, 1)]
    [TestCase(7, 7)]
    [TestCase(5000, 100)]
    public void The_limit_is_kept_within_bounds(int limit, int expected)
    {
        Assert.That(Ask("new", limit: limit).Items, Has.Count.EqualTo(expected));
    }

    [Test]
    public void A_part_that_hangs_is_cut_off_and_the_baseline_answers_in_time()
    {
        _shop.Session(10, 5);
        _shop.Models.Popularity.Rebuild();
        _shop.Clock.PerLook = TimeSpan.FromMilliseconds(1);

        var answer = _shop.Personalizer(Plan(new HangingPart())).Recommend(new RecommendationRequest { Placement = "for-you" })!;

        Assert.Multiple(() =>
        {
            Assert.That(answer.FallbackReason, Is.EqualTo("budget_exceeded"));
            Assert.That(answer.Items[0].Id, Is.EqualTo("i5"));
            Assert.That(_shop.Clock.Elapsed, Is.LessThan(TimeSpan.FromMilliseconds(25)), "of a budget of 20 ms");
        });
    }

    [Test]
    public void A_part_that_throws_is_replaced_by_the_baseline()
    {
        _shop.Session(10, 5);
        _shop.Models.Popularity.Rebuild();

        var personalizer = _shop.Personalizer(Plan(new ThrowingPart()));
        var answers = Enumerable.Range(0, 3).Select(_ => personalizer.Recommend(new RecommendationRequest { Placement = "for-you" })!).ToList();

        Assert.That(answers.Select(answer => (answer.FallbackReason, answer.Items[0].Id)), Is.All.EqualTo(("model_failed", "i5")));
    }

    [Test]
    public void A_profile_that_cannot_be_read_leaves_an_answer_without_it()
    {
        _shop.Views[0] = _ => throw new InvalidOperationException("broken");

        var answer = Ask("for-you", user: "u0");

        Assert.Multiple(() =>
        {
            Assert.That(answer.FallbackReason, Is.EqualTo("model_failed"));
            Assert.That(answer.IsPersonalized, Is.False);
            Assert.That(answer.Items, Is.Not.Empty);
        });
    }

    [Test]
    public void Decision_ids_are_unique_and_carry_their_time()
    {
        var personalizer = _shop.Personalizer();

        var ids = Enumerable.Range(0, 100).Select(_ => personalizer.Recommend(new RecommendationRequest { Placement = "new" })!.DecisionId).ToList();

        Assert.Multiple(() =>
        {
            Assert.That(ids, Is.Unique);
            Assert.That(ids.Select(id => id.Version), Is.All.EqualTo(7));
        });
    }

    private static CandidatePlan Plan(ICandidateSource part)
    {
        var shop = new FakeShop();
        return new CandidatePlan(_ => [part], [new EveryPopularItem(5, shop)]);
    }

    private Recommendations Ask(string placement, string? user = null, string[]? items = null, int? limit = null) =>
        _shop.Personalizer().Recommend(new RecommendationRequest { Placement = placement, UserId = user, Items = items, Limit = limit })!;

    private sealed class HangingPart : ICandidateSource
    {
        public void Propose(DecisionContext context)
        {
            while (!context.Deadline.IsOver)
            {
                // Waits as a part would that walks a list without end.
            }
        }
    }

    private sealed class ThrowingPart : ICandidateSource
    {
        public void Propose(DecisionContext context) => throw new InvalidOperationException("broken");
    }

    private sealed class EveryPopularItem(int item, FakeShop shop) : ICandidateSource
    {
        public void Propose(DecisionContext context) =>
            context.Slate.Add([new Personalization.Decisioning.Domain.ScoredItem(Math.Min(item, shop.Count), 1, -1)], ReasonCode.Popular);
    }
}
