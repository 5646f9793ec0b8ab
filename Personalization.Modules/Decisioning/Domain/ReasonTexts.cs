using Personalization.Decisioning.Contracts;
using Personalization.Features.Contracts;

namespace Personalization.Decisioning.Domain;

/// <summary>Why an item is in an answer, in words for the shopper.</summary>
internal static class ReasonTexts
{
    /// <param name="item">Of the answer.</param>
    /// <param name="catalog">Names the item that led to it; null to name it by its id.</param>
    public static string Of(in RecommendedItem item, ICatalog? catalog)
    {
        var because = item.BecauseOf is { } id ? NameOf(id, catalog) : null;
        return item.Reason switch
        {
            ReasonCode.SimilarSessions when because is not null => $"Others who looked at {because} went on to this",
            ReasonCode.SimilarSessions => "Others who looked at the same went on to this",
            ReasonCode.ViewedTogether when because is not null => $"Often looked at together with {because}",
            ReasonCode.ViewedTogether => "Often looked at together with what you look at",
            ReasonCode.BoughtTogether when because is not null => $"Often bought together with {because}",
            ReasonCode.BoughtTogether => "Often bought together with what you look at",
            ReasonCode.Affinity => "Popular in the categories and brands that you prefer",
            ReasonCode.Trending => "More looked at now than usual",
            ReasonCode.Popular => "Popular in this shop",
            ReasonCode.RecentlyViewed => "You looked at it lately",
            ReasonCode.NewArrival => "New in this shop",
            _ => "Chosen for this place",
        };
    }

    private static string NameOf(string id, ICatalog? catalog) =>
        catalog?.Find(id) is >= 0 and var number && catalog[number]?.Name is { Length: > 0 } name ? name : id;
}
