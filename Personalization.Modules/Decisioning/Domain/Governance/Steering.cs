using System.Collections.Immutable;
using Personalization.Decisioning.Contracts;
using Personalization.Decisioning.Domain.Offers;
using Personalization.Decisioning.Domain.Rules;

namespace Personalization.Decisioning.Domain.Governance;

/// <summary>What people, not models, have laid down for a placement at a moment, in the words that shoppers are told it in.</summary>
internal static class Steering
{
    private static readonly (RuleAction Action, string One, string Many)[] Words =
    [
        (RuleAction.Pin, "one puts an item at a place", "{0} put an item at a place"),
        (RuleAction.Boost, "one lifts items", "{0} lift items"),
        (RuleAction.Bury, "one lowers items", "{0} lower items"),
        (RuleAction.Require, "one keeps places for certain items", "{0} keep places for certain items"),
        (RuleAction.Filter, "one lets only certain items in", "{0} let only certain items in"),
        (RuleAction.Exclude, "one leaves items out", "{0} leave items out"),
        (RuleAction.Diversify, "one spreads items that are alike", "{0} spread items that are alike"),
    ];

    /// <summary>
    /// Whether a place can have been given to an item, and by how many rules. That nobody can pay for a place is said only where nothing but the parts
    /// decides: why the shop wrote a rule or an offer, this program does not know.
    /// </summary>
    public static string TextOf(Placement placement, ImmutableArray<Rule> rules, ImmutableArray<Offer> offers, long nowMs)
    {
        var ofRules = TextOfRules([.. rules.Where(rule => rule.IsOf(placement.Name) && rule.IsTime(nowMs))]);
        var hasOffers = (placement.OfferSlots > 0 || placement.Kind == PlacementKind.NextBestAction)
            && offers.Any(offer => (offer.Placements.Count == 0 || offer.Placements.Contains(placement.Name)) && offer.IsTime(nowMs));
        var ofOffers = hasOffers ? "Offers and content that the shop wrote are shown here by the priority that the shop gave them." : null;
        return (ofRules, ofOffers) switch
        {
            (null, null) => "No rule or offer of the shop is in force here: nobody can pay for a better place.",
            _ => $"{string.Join(" ", new[] { ofRules, ofOffers }.OfType<string>())} Whether the shop is paid for any of that is not known here: ask the shop.",
        };
    }

    private static string? TextOfRules(List<Rule> rules)
    {
        if (rules.Count == 0)
        {
            return null;
        }

        var kinds = Words
            .Select(word => (word, Count: rules.Count(rule => rule.Action == word.Action)))
            .Where(kind => kind.Count > 0)
            .Select(kind => kind.Count == 1 ? kind.word.One : string.Format(System.Globalization.CultureInfo.InvariantCulture, kind.word.Many, kind.Count));
        return $"Rules of the shop are in force here ({rules.Count}; some may be for some shoppers only): {string.Join(", ", kinds)}.";
    }
}
