using System.Collections.Frozen;
using NUnit.Framework;
using Personalization.Decisioning;
using Personalization.Decisioning.Contracts;
using Personalization.Decisioning.Domain;
using Personalization.Decisioning.Domain.Candidates;
using Personalization.Decisioning.Domain.Governance;
using Personalization.Decisioning.Domain.Offers;
using Personalization.Decisioning.Domain.Rules;

namespace Personalization.Tests.Decisioning.Governance;

public sealed class MainParametersTests
{
    private static readonly Action<DecisioningOptions>[] Changes =
    [
        options => options.Neighbours = 123,
        options => options.SessionsPerItem = 321,
        options => options.TogetherHalfLifeDays = 11,
        options => options.PopularHalfLifeDays = 3,
        options => options.PartnersPerItem = 9,
        options => options.Placements["for-you"].Limit = 7,
        options => options.Placements["for-you"].BudgetMs = 99,
        options => options.Placements["for-you"].ExcludePurchased = false,
        options => options.Placements["for-you"].AllowCurrentItem = true,
        options => options.Placements["for-you"].MaxAgeDays = 30,
        options => options.Placements["for-you"].Kind = PlacementKind.Trending,
    ];

    [Test]
    public void Every_change_of_the_configuration_changes_what_is_published([Range(0, 10)] int change)
    {
        var before = Of(new DecisioningOptions());
        var options = new DecisioningOptions();
        Changes[change](options);

        var after = Of(options);

        Assert.That(after.Version, Is.Not.EqualTo(before.Version));
    }

    [Test]
    public void The_same_configuration_has_the_same_version()
    {
        var first = Of(new DecisioningOptions());
        var second = Of(new DecisioningOptions());

        Assert.That(second.Version, Is.EqualTo(first.Version));
    }

    [Test]
    public void Every_part_of_every_plan_describes_itself_and_codes_are_the_reasons_of_items()
    {
        var options = new DecisioningOptions();
        foreach (var name in options.Placements.Keys)
        {
            var parameters = Of(options, name).Parameters;

            Assert.That(parameters, Is.Not.Empty);
            Assert.That(parameters.Select(parameter => parameter.Code), Is.All.Match("^[a-z_]+$"), name);
            Assert.That(parameters.Select(parameter => parameter.Order), Is.EqualTo(Enumerable.Range(1, parameters.Count)));
        }
    }

    [Test]
    public void Numbers_are_those_that_the_search_works_with()
    {
        var options = new DecisioningOptions { Neighbours = 77, SessionsPerItem = 88 };

        var weights = Of(options).Parameters.Single(parameter => parameter.Code == "similar_sessions").Weights;

        Assert.That((weights["neighbours"], weights["sessionsPerItem"], weights["queryDecay"]), Is.EqualTo((77d, 88d, 0.5d)));
    }

    [Test]
    public void Without_a_profile_there_is_nothing_to_choose()
    {
        var options = new DecisioningOptions();
        options.Placements["popular"].ExcludePurchased = false;

        Assert.Multiple(() =>
        {
            Assert.That(Of(options, "popular").UsesProfile, Is.False);
            Assert.That(Of(options).UsesProfile, Is.True);
        });
    }

    [Test]
    public void That_nobody_can_pay_is_said_only_where_no_rule_or_offer_is_in_force()
    {
        var options = new DecisioningOptions();
        options.Placements["popular"].OfferSlots = 1;
        Rule[] rules =
        [
            Some(RuleAction.Pin, "for-you"), Some(RuleAction.Boost, "for-you"), Some(RuleAction.Boost, "for-you"),
            Some(RuleAction.Pin, "similar") with { UntilMs = 1_000 }, Some(RuleAction.Pin, "similar") with { FromMs = 1_001 },
        ];
        Offer[] offers = [new() { Id = "o", Version = 1, Key = 1, Kind = "offer", Payload = default }];

        string TextOf(string placement) => Of(options, placement, rules, offers).Text;

        using (Assert.EnterMultipleScope())
        {
            Assert.That(TextOf("for-you"), Does.EndWith("(3; some may be for some shoppers only): one puts an item at a place, 2 lift items. Whether the shop is paid for any of that is not known here: ask the shop."));
            Assert.That(TextOf("similar"), Does.EndWith("No rule or offer of the shop is in force here: nobody can pay for a better place."), "over, or yet to come");
            Assert.That(TextOf("popular"), Does.Contain("Offers and content that the shop wrote").And.Not.Contain("nobody can pay"));
            Assert.That(Of(options, "for-you", rules).Version, Is.Not.EqualTo(Of(options).Version));
        }
    }

    private static Rule Some(RuleAction action, string placement) => new()
    {
        Id = $"{action}-{placement}",
        Version = 1,
        Action = action,
        Placements = FrozenSet.ToFrozenSet([placement], StringComparer.Ordinal),
    };

    private static MainParameters Of(DecisioningOptions options, string placement = "for-you", Rule[]? rules = null, Offer[]? offers = null) => MainParameters.Of(
        Placement.From(placement, options.Placements[placement]),
        CandidatePlan.Create(new LearnedModels(options), options, new FakeShop()),
        [.. rules ?? []],
        [.. offers ?? []],
        nowMs: 1_000);
}
