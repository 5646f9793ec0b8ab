using Personalization.Decisioning.Contracts;
using Personalization.Features.Contracts;

namespace Personalization.Decisioning.Domain.Candidates;

/// <summary>What the shopper looked at, newest first.</summary>
internal sealed class RecentlyViewedSource : ICandidateSource
{
    public void Propose(DecisionContext context)
    {
        var recent = context.View.Recent(RecentKind.Viewed);
        for (var i = 0; i < recent.Length && !context.Slate.IsFull; i++)
        {
            if (recent[i].TimestampMs >= context.OldestMs)
            {
                context.Slate.Add([new ScoredItem(recent[i].Item, 1, -1)], ReasonCode.RecentlyViewed);
            }
        }
    }

    public PartDescription Describe() => new("recently_viewed", "What the shopper looked at, the newest first.", UsesProfile: true);
}
