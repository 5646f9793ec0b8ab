using Personalization.Decisioning.Domain.Offers;

namespace Personalization.Decisioning.Domain.Rules;

/// <summary>A decision that nobody is shown: with rules of its own, and leaving no trace but what it tells.</summary>
internal sealed class DecisionTrial(RuleSet rules)
{
    public RuleSet Rules => rules;

    /// <summary>What each rule did, once the decision is made.</summary>
    public IReadOnlyList<RuleEffect> Effects { get; set; } = [];

    /// <summary>What became of each live offer, once the decision is made.</summary>
    public IReadOnlyList<OfferCandidate> Offers { get; set; } = [];
}
