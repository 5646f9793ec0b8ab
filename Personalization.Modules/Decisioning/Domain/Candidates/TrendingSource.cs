using Personalization.Decisioning.Contracts;

namespace Personalization.Decisioning.Domain.Candidates;

/// <summary>What rises now, ranked beforehand.</summary>
internal sealed class TrendingSource(Popularity popularity) : ICandidateSource
{
    public void Propose(DecisionContext context) => context.Slate.Add(popularity.Snapshot.Trending, ReasonCode.Trending);

    public PartDescription Describe() => new("trending", "What rises now against its usual level.", UsesProfile: false)
        {
            Weights = new Dictionary<string, double>
            {
                ["halfLifeHours"] = popularity.TrendingHalfLife.TotalHours,
                ["againstHalfLifeDays"] = popularity.PopularHalfLife.TotalDays,
            },
        };
}
