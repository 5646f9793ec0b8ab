using Personalization.Decisioning.Contracts;

namespace Personalization.Decisioning.Domain.Candidates;

/// <summary>What rises now, ranked beforehand.</summary>
internal sealed class TrendingSource(Popularity popularity) : ICandidateSource
{
    public void Propose(DecisionContext context) => context.Slate.Add(popularity.Snapshot.Trending, ReasonCode.Trending);
}
