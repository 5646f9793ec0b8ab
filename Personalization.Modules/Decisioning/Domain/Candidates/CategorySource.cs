using Personalization.Decisioning.Contracts;
using Personalization.Features.Contracts;

namespace Personalization.Decisioning.Domain.Candidates;

/// <summary>Popular items of the current item's category, then the newest of it: what is similar when nobody has looked yet.</summary>
internal sealed class CategorySource(Popularity popularity, ICatalog catalog) : ICandidateSource
{
    public void Propose(DecisionContext context)
    {
        if (context.Session.IsEmpty || catalog[context.Session[^1]] is not { CategoryTerm: >= 0 } current)
        {
            return;
        }

        context.Slate.Add(popularity.Snapshot.OfTerm(current.CategoryTerm), ReasonCode.Popular);
        var newest = catalog.ItemsOfCategory(current.CategoryTerm);
        for (var i = 0; i < newest.Length && !context.Slate.IsFull; i++)
        {
            context.Slate.Add([new ScoredItem(newest[i], 1, -1)], ReasonCode.NewArrival);
        }
    }

    public PartDescription Describe() => new("same_category", "Popular items of the same category, then its newest.", UsesProfile: false)
        {
            Weights = new Dictionary<string, double>
            {
                ["popularHalfLifeDays"] = popularity.PopularHalfLife.TotalDays,
            },
        };
}
