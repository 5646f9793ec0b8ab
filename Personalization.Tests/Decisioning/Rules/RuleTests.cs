using NUnit.Framework;
using Personalization.Decisioning.Contracts;
using Personalization.Decisioning.Domain;
using Personalization.Decisioning.Domain.Candidates;
using Personalization.Decisioning.Domain.Documents;
using Personalization.Decisioning.Domain.Rules;
using Personalization.Decisioning.Domain.Steps;

namespace Personalization.Tests.Decisioning.Rules;

/// <summary>Every kind of rule, on a shop whose newest item is i99: without rules "new" answers i99, i98, i97 …</summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
internal sealed class RuleTests
{
    private readonly RuleWorld _world = new();

    [Test]
    public void A_pin_stands_at_its_place_and_the_others_around_it()
    {
        _world.Live("p", """{"action":"pin","item":"i5","place":2}""");

        var answer = _world.Ask(limit: 4);

        Assert.That(RuleWorld.Ids(answer), Is.EqualTo(["i99", "i5", "i98", "i97"]));
        Assert.That(answer.Items[1].Reason, Is.EqualTo(ReasonCode.PinnedByRule));
        Assert.That(answer.Items.Select(item => item.Score), Is.Ordered.Descending);
    }

    [Test]
    public void Of_two_pins_at_one_place_the_higher_priority_gets_it_and_the_other_the_next()
    {
        _world.Live("a", """{"action":"pin","item":"i5","place":1}""");
        _world.Live("b", """{"action":"pin","item":"i6","place":1,"priority":1}""");

        Assert.That(RuleWorld.Ids(_world.Ask(limit: 3)), Is.EqualTo(["i6", "i5", "i99"]));
    }

    [Test]
    public void A_pin_never_brings_back_what_is_excluded_sold_out_or_bought()
    {
        _world.Live("p1", """{"action":"pin","item":"i5","place":1}""");
        _world.Live("p2", """{"action":"pin","item":"i6","place":1}""");
        _world.Live("p3", """{"action":"pin","item":"i7","place":1}""");
        _world.Live("x", """{"action":"exclude","items":{"item":"id","op":"eq","value":"i5"}}""");
        _world.Shop.SoldOut.Add(6);
        _world.Shop.Views[0] = view => FakeShop.Fill(view, Personalization.Features.Contracts.RecentKind.Purchased, 7);

        Assert.That(RuleWorld.Ids(_world.Ask("u0", 3)), Is.EqualTo(["i99", "i98", "i97"]));
    }

    [Test]
    public void A_boost_lifts_and_a_bury_lowers()
    {
        _world.Shop.Session(10, 1, 1, 1, 2, 2, 3);
        _world.Shop.Session(11, 2, 1, 3);
        _world.Shop.Models.Popularity.Rebuild();
        var before = RuleWorld.Ids(_world.Ask(limit: 3, placement: "popular"));
        _world.Live("up", $$"""{"action":"boost","items":{"item":"id","op":"eq","value":"{{before[2]}}"},"factor":100}""");
        _world.Live("down", $$"""{"action":"bury","items":{"item":"id","op":"eq","value":"{{before[0]}}"},"factor":0.001}""");

        Assert.That(RuleWorld.Ids(_world.Ask(limit: 3, placement: "popular"))[0], Is.EqualTo(before[2]));
        Assert.That(RuleWorld.Ids(_world.Ask(limit: 2, placement: "popular")), Is.EqualTo([before[2], before[1]]));
    }

    [Test]
    public void The_last_of_many_rules_is_obeyed_like_the_first()
    {
        for (var i = 0; i < 70; i++)
        {
            _world.Live($"x{i:D2}", $$"""{"action":"exclude","items":{"item":"id","op":"eq","value":"i{{99 - i}}"} }""");
        }

        Assert.That(RuleWorld.Ids(_world.Ask(limit: 3)), Is.EqualTo(["i29", "i28", "i27"]));
    }

    [Test]
    public void A_filter_lets_nothing_else_in_not_even_by_the_baseline()
    {
        _world.Live("f", """{"action":"filter","items":{"item":"id","op":"in","value":["i3","i4"]}}""");

        Assert.That(RuleWorld.Ids(_world.Ask(limit: 5)), Is.EqualTo(["i4", "i3"]));
        Assert.That(RuleWorld.Ids(_world.Ask("u0", 5, "for-you")), Is.EquivalentTo(["i4", "i3"]));
    }

    [Test]
    public void What_is_required_comes_among_the_first_and_gives_way_to_nobody_of_its_kind()
    {
        _world.Live("r", """{"action":"require","items":{"item":"id","op":"in","value":["i99","i90","i89"]},"atLeast":2,"inFirst":3}""");

        Assert.That(RuleWorld.Ids(_world.Ask(limit: 5)), Is.EqualTo(["i99", "i98", "i90", "i97", "i96"]));
    }

    [Test]
    public void What_is_required_and_was_not_proposed_is_taken_from_what_is_popular()
    {
        _world.Shop.Session(10, 1, 2, 3);
        _world.Shop.Models.Popularity.Rebuild();
        _world.Live("r", """{"action":"require","items":{"item":"id","op":"eq","value":"i2"},"atLeast":1,"inFirst":2}""");

        Assert.That(RuleWorld.Ids(_world.Ask(limit: 3)), Is.EqualTo(["i99", "i2", "i98"]));
    }

    [Test]
    public void Diversity_lets_no_more_of_one_value_into_the_first_places()
    {
        _world.Shop.Describe(99, brand: "A");
        _world.Shop.Describe(98, brand: "A");
        _world.Shop.Describe(97, brand: "A");
        _world.Shop.Describe(96, brand: "B", attributes: """{"color":"red"}""");
        _world.Shop.Describe(95, brand: "B", attributes: """{"color":"red"}""");
        _world.Live("d", """{"action":"diversify","by":"brand","atMost":1,"inFirst":3}""");

        Assert.That(RuleWorld.Ids(_world.Ask(limit: 5)), Is.EqualTo(["i99", "i96", "i94", "i98", "i97"]), "an item without a brand is like no other");
        _world.Live("d", """{"action":"diversify","by":"attributes.color","atMost":1,"inFirst":5}""");
        Assert.That(RuleWorld.Ids(_world.Ask(limit: 6)), Is.EqualTo(["i99", "i98", "i97", "i96", "i94", "i95"]));
    }

    [Test]
    public void A_rule_applies_in_its_time_at_its_placements_and_for_those_it_is_meant_for()
    {
        _world.Live("time", """{"action":"pin","item":"i1","place":1,"from":"2023-11-14T23:00:00Z","until":"2023-11-15T00:00:00Z"}""");
        _world.Live("where", """{"action":"pin","item":"i2","place":1,"placements":["popular"]}""");
        _world.Live("who", """{"action":"pin","item":"i3","place":1,"when":{"is":"vip"}}""");
        _world.Holds.Add(("vip", 0));
        _world.Shop.HasViewed(0, 50);

        Assert.That(RuleWorld.Ids(_world.Ask(limit: 1)), Is.EqualTo(["i99"]));
        Assert.That(RuleWorld.Ids(_world.Ask("u0", 1)), Is.EqualTo(["i3"]));
        Assert.That(RuleWorld.Ids(_world.Ask("u1", 1)), Is.EqualTo(["i99"]));
        _world.Shop.Clock.Advance(DateTimeOffset.Parse("2023-11-14T23:00:00Z") - _world.Shop.Clock.GetUtcNow());
        Assert.That(RuleWorld.Ids(_world.Ask(limit: 1)), Is.EqualTo(["i1"]));
        _world.Shop.Clock.Advance(TimeSpan.FromHours(1));
        Assert.That(RuleWorld.Ids(_world.Ask(limit: 1)), Is.EqualTo(["i99"]));
    }

    [Test]
    public void A_rule_that_throws_is_left_out_alone()
    {
        _world.Live("a", """{"action":"pin","item":"i1","place":1,"when":{"is":"broken"}}""");
        _world.Live("b", """{"action":"pin","item":"i2","place":1}""");
        var trial = new DecisionTrial(_world.Book.Current);

        var answer = _world.Ask(limit: 2, trial: trial);

        Assert.That(RuleWorld.Ids(answer), Is.EqualTo(["i2", "i99"]));
        Assert.That(trial.Effects.Select(effect => effect.Outcome), Is.EqualTo([RuleOutcome.Failed, RuleOutcome.Applied]));
    }

    [Test]
    public void A_change_of_the_catalogue_is_seen_by_the_next_decision()
    {
        _world.Live("f", """{"action":"exclude","items":{"any":[{"item":"price","op":"gt","value":10},{"item":"attributes.tags","op":"eq","value":"adult"},{"item":"stock","op":"between","value":[1,2]}]}}""");
        Assert.That(RuleWorld.Ids(_world.Ask(limit: 1)), Is.EqualTo(["i99"]));

        _world.Shop.Describe(99, price: 10.01m);
        _world.Shop.Describe(98, attributes: """{"tags":["new","adult"]}""");
        _world.Shop.Describe(97, stock: 2);
        _world.Shop.Describe(96, price: 10m, attributes: """{"tags":"adults"}""", stock: 3);

        Assert.That(RuleWorld.Ids(_world.Ask(limit: 1)), Is.EqualTo(["i96"]));
    }

    [Test]
    public void What_sells_out_between_proposing_and_sealing_is_not_shown_pinned_or_not()
    {
        _world.Live("p", """{"action":"pin","item":"i5","place":1}""");
        var sellsOut = new Race(DecisionPhase.Arrange, () => _world.Shop.SoldOut.UnionWith([5, 98]));

        var answer = _world.Ask(limit: 3, more: [sellsOut, new SealStep(_world.Shop, new NobodyOwns())]);

        Assert.That(RuleWorld.Ids(answer), Is.EqualTo(["i99", "i97", "i96"]));
    }

    [Test]
    public void A_draft_applies_once_activated_and_an_older_version_is_gone_back_to()
    {
        _world.Live("p", """{"action":"pin","item":"i1","place":1}""");
        var draft = _world.Book.Documents.Put("p", RuleWorld.Json("""{"action":"pin","item":"i2","place":1}"""), "tests", null);
        Assert.That(RuleWorld.Ids(_world.Ask(limit: 1)), Is.EqualTo(["i1"]), "a draft changes nothing");

        _world.Book.Documents.Activate("p", 0, "tests");
        Assert.That(RuleWorld.Ids(_world.Ask(limit: 1)), Is.EqualTo(["i2"]));
        _world.Book.Documents.Activate("p", 1, "tests");
        _world.Open();
        Assert.That(RuleWorld.Ids(_world.Ask(limit: 1)), Is.EqualTo(["i1"]), "kept over a restart");
        Assert.That((draft.State!.NewestVersion, draft.State.LiveVersion), Is.EqualTo((2, 1)));
        Assert.That(_world.Book.Documents.Put("p", RuleWorld.Json("""{"action":"pin","item":"i2","place":1}"""), "tests", after: 1).Refusal, Is.EqualTo(DocumentRefusal.Outdated));

        _world.Book.Documents.Deactivate("p", "tests", isDeleted: true);
        Assert.That(RuleWorld.Ids(_world.Ask(limit: 1)), Is.EqualTo(["i99"]));
    }

    [TestCase("""{}""", "/action")]
    [TestCase("""{"action":"pin","place":0}""", "/item", "/place")]
    [TestCase("""{"action":"boost","items":{"item":"weight","op":"gt","value":1},"factor":0.5}""", "/items/item", "/factor")]
    [TestCase("""{"action":"filter","items":{"item":"price","op":"gt","value":"ten","lt":5},"until":"tomorrow","x":1}""", "/items/value", "/items/lt", "/until", "/x")]
    [TestCase("""{"action":"require","items":{"item":"brand","op":"eq","value":1},"atLeast":5,"inFirst":2}""", "/items/value", "/atLeast")]
    [TestCase("""{"action":"diversify","by":"colour","atMost":1,"inFirst":101}""", "/by", "/inFirst")]
    [TestCase("""{"action":"exclude","placements":["home"],"from":"2026-01-02T00:00:00Z","until":"2026-01-01T00:00:00Z","when":{"as":1}}""", "/items", "/placements", "/until", "/when")]
    [TestCase("""{"action":"exclude","items":{"all":[]}}""", "/items/all")]
    public void Everything_that_is_wrong_is_told_at_once(string json, params string[] pointers)
    {
        Assert.That(_world.FaultsOf(json).Select(fault => fault.Pointer), Is.EquivalentTo(pointers));
    }

    [Test]
    public void Twenty_rules_allocate_nothing()
    {
        for (var i = 0; i < 20; i++)
        {
            _world.Live($"r{i}", (i % 5) switch
            {
                0 => $$$"""{"action":"pin","item":"i{{{i}}}","place":{{{i + 1}}},"when":{"is":"vip"}}""",
                1 => $$$"""{"action":"boost","items":{"item":"id","op":"eq","value":"i{{{i}}}"},"factor":2}""",
                2 => $$$"""{"action":"exclude","items":{"item":"attributes.color","op":"eq","value":"c{{{i}}}"}}""",
                3 => """{"action":"require","items":{"item":"id","op":"in","value":["i40","i41"]},"atLeast":1,"inFirst":10}""",
                _ => """{"action":"diversify","by":"brand","atMost":5,"inFirst":10}""",
            });
        }

        _world.Holds.Add(("vip", 0));
        _world.Shop.HasViewed(0, 50);
        var personalizer = _world.Shop.Personalizer(null, _world.Steps());
        var request = new RecommendationRequest { Placement = "new", UserId = "u0" };
        for (var i = 0; i < 20; i++)
        {
            personalizer.Recommend(request);
        }

        var before = GC.GetAllocatedBytesForCurrentThread();
        personalizer.Recommend(request);
        var allocated = GC.GetAllocatedBytesForCurrentThread() - before;

        Assert.That(allocated, Is.LessThanOrEqualTo(900), "the answer alone, as without rules");
    }

    private sealed class Race(DecisionPhase phase, Action act) : IDecisionStep
    {
        public DecisionPhase Phase => phase;

        public string Name => "race";

        public int PoolFor(Placement placement, int limit) => limit + 10;

        public void Apply(DecisionContext context, object? scratch) => act();
    }

    private sealed class NobodyOwns : IOwnership
    {
        public bool Has(int profileId, int item) => false;
    }
}
