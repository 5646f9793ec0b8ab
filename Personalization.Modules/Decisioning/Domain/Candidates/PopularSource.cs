using Personalization.Decisioning.Contracts;

namespace Personalization.Decisioning.Domain.Candidates;

/// <summary>What the shop sells and shows most, ranked beforehand. Also the baseline: it cannot fail or be late.</summary>
internal sealed class PopularSource(Popularity popularity) : ICandidateSource
{
    public void Propose(DecisionContext context) => context.Slate.Add(popularity.Snapshot.Popular, ReasonCode.Popular);

    public PartDescription Describe() => new("popular", "What is viewed and bought most in the shop.", UsesProfile: false)
        {
            Weights = new Dictionary<string, double>
            {
                ["halfLifeDays"] = popularity.PopularHalfLife.TotalDays,
            },
        };
}
