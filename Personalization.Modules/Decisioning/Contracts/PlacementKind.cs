namespace Personalization.Decisioning.Contracts;

/// <summary>What a placement shows.</summary>
public enum PlacementKind
{
    ForYou,
    Similar,
    BoughtTogether,
    Trending,
    Popular,
    RecentlyViewed,
    NewArrivals,

    /// <summary>Offers and content rather than products: what to do next for this shopper.</summary>
    NextBestAction,

    /// <summary>Anything that can be sold, by chance: what an experiment compares with.</summary>
    Random,
}
