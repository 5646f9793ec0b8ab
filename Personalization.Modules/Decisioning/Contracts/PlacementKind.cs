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
}
