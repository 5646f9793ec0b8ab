using Personalization.Decisioning.Contracts;
using Personalization.Features.Contracts;

namespace Personalization.Decisioning.Domain.Candidates;

/// <summary>The catalogue's newest items: numbers are given in order of arrival. For a shop that nobody has visited yet.</summary>
internal sealed class NewArrivalsSource(ICatalog catalog) : ICandidateSource
{
    /// <summary>Bounds the walk when the newest numbers are all sold out or named by events only.</summary>
    private const int MaxSteps = 2000;

    public void Propose(DecisionContext context)
    {
        var first = catalog.Count - 1;
        for (var item = first; item >= 0 && item > first - MaxSteps && !context.Slate.IsFull; item--)
        {
            if (catalog[item] is not null)
            {
                context.Slate.Add([new ScoredItem(item, 1, -1)], ReasonCode.NewArrival);
            }
        }
    }

    public PartDescription Describe() => new("new_arrival", "The newest items of the catalogue.", UsesProfile: false);
}
