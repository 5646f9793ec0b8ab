using Personalization.Decisioning.Contracts;
using Personalization.Decisioning.Domain.Restraint;

namespace Personalization.Decisioning.Domain.Offers;

/// <summary>The offers of one decision: which there were, and what became of each. Pooled with its context.</summary>
internal sealed class OfferRun
{
    private OfferCandidate[] _candidates = new OfferCandidate[16];

    public int Count { get; private set; }

    /// <summary>All live offers of the placement. Those that may be chosen come first, best first.</summary>
    public Span<OfferCandidate> Candidates => _candidates.AsSpan(0, Count);

    /// <summary>Whether those that the answer has are promised to it, and nothing changes any more.</summary>
    public bool IsSettled { get; set; }

    public void Clear() => (Count, IsSettled) = (0, false);

    public void Add(Offer offer, OfferOutcome outcome, float score, float drawn)
    {
        if (Count == _candidates.Length)
        {
            Array.Resize(ref _candidates, Count * 2);
        }

        _candidates[Count++] = new OfferCandidate { Offer = offer, Outcome = outcome, Score = score, Drawn = drawn };
    }

    /// <summary>What the answer has. Null when the placement has no offers.</summary>
    public RecommendedOffer[]? ToAnswer()
    {
        var shown = 0;
        foreach (ref readonly var candidate in Candidates)
        {
            shown += candidate.Outcome == OfferOutcome.Shown ? 1 : 0;
        }

        if (shown == 0)
        {
            return null;
        }

        var offers = new RecommendedOffer[shown];
        var place = 0;
        foreach (ref readonly var candidate in Candidates)
        {
            if (candidate.Outcome == OfferOutcome.Shown)
            {
                offers[place++] = new RecommendedOffer(candidate.Offer.Id, candidate.Offer.Version, candidate.Offer.Kind, candidate.Score, candidate.Offer.Payload);
            }
        }

        return offers;
    }
}
