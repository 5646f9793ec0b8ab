using Personalization.Decisioning.Contracts;
using Personalization.Features.Contracts;

namespace Personalization.Decisioning.Domain.Candidates;

/// <summary>Popular items of the categories and brands that the shopper prefers; an item of both counts twice.</summary>
internal sealed class AffinitySource(Popularity popularity) : ICandidateSource
{
    public void Propose(DecisionContext context)
    {
        var snapshot = popularity.Snapshot;
        var scratch = context.Scratch;
        scratch.Begin(slots: 0, snapshot.Items, touchedSessions: 0);
        var touched = Vote(snapshot, context.View.Categories, scratch, 0);
        touched = Vote(snapshot, context.View.Brands, scratch, touched);
        var room = context.Room.AsSpan(0, context.Slate.Missing);
        context.Slate.Add(room[..scratch.Rank(touched, context.Filter, room)], ReasonCode.Affinity);
    }

    private static int Vote(PopularitySnapshot snapshot, ReadOnlySpan<Affinity> affinities, NeighbourScratch scratch, int touched)
    {
        foreach (var affinity in affinities)
        {
            foreach (ref readonly var candidate in snapshot.OfTerm(affinity.Term))
            {
                touched = scratch.Add(candidate.Item, Math.Max(0, affinity.Weight) * candidate.Score, -1, touched);
            }
        }

        return touched;
    }

    public PartDescription Describe() => new("affinity", "Popular items of the categories and brands that the shopper prefers.", UsesProfile: true)
        {
            Weights = new Dictionary<string, double>
            {
                ["popularHalfLifeDays"] = popularity.PopularHalfLife.TotalDays,
            },
        };
}
