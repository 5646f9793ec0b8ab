using Personalization.Decisioning.Contracts;
using Personalization.Decisioning.Domain.Offers;
using Personalization.Features.Contracts;

namespace Personalization.Decisioning.Domain.Candidates;

/// <summary>Which parts answer a kind of placement, in which order: each fills what those before it left open.</summary>
internal sealed class CandidatePlan
{
    private readonly ICandidateSource[][] _sources;

    public CandidatePlan(Func<PlacementKind, ICandidateSource[]> sourcesOf, ICandidateSource[] baseline)
    {
        _sources = [.. Enum.GetValues<PlacementKind>().Select(sourcesOf)];
        Baseline = baseline;
    }

    /// <summary>What answers when a part failed or the time is over.</summary>
    public ICandidateSource[] Baseline { get; }

    public ICandidateSource[] this[PlacementKind kind] => _sources[(int)kind];

    public static CandidatePlan Create(LearnedModels models, DecisioningOptions options, ICatalog catalog)
    {
        var weights = new NeighbourWeights { SessionsPerItem = options.SessionsPerItem, Neighbours = options.Neighbours };
        var neighbours = new NeighbourSource(models.Sessions, new SessionNeighbours(models.Sessions, weights));
        var viewed = new TogetherSource(models.ViewedTogether, ReasonCode.ViewedTogether, seeds: 8);
        var viewedWithCurrent = new TogetherSource(models.ViewedTogether, ReasonCode.ViewedTogether, seeds: 1);
        var bought = new TogetherSource(models.BoughtTogether, ReasonCode.BoughtTogether, seeds: 16);
        var affinity = new AffinitySource(models.Popularity);
        var category = new CategorySource(models.Popularity, catalog);
        var popular = new PopularSource(models.Popularity);
        var trending = new TrendingSource(models.Popularity);
        var arrivals = new NewArrivalsSource(catalog);
        var recent = new RecentlyViewedSource();
        return new CandidatePlan(
            kind => kind switch
            {
                PlacementKind.ForYou => [neighbours, viewed, bought, affinity, popular, arrivals],
                PlacementKind.Similar => [viewedWithCurrent, neighbours, category, popular, arrivals],
                PlacementKind.BoughtTogether => [bought, viewed, category, popular, arrivals],
                PlacementKind.Trending => [trending, popular, arrivals],
                PlacementKind.Popular => [popular, arrivals],
                PlacementKind.NewArrivals => [arrivals],
                PlacementKind.RecentlyViewed => [recent],
                PlacementKind.NextBestAction => [new OfferSource()],
                _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, "No parts for this kind of placement."),
            },
            [popular, arrivals]);
    }
}
