using Personalization.Decisioning.Contracts;

namespace Personalization.Decisioning.Domain;

/// <summary>A configured placement, as the decision path reads it.</summary>
internal sealed record Placement(
    string Name, PlacementKind Kind, int Limit, TimeSpan Budget, bool ExcludePurchased, bool AllowCurrentItem, long MaxAgeMs, int OfferSlots)
{
    public static Placement From(string name, PlacementOptions options) => new(
        name,
        options.Kind,
        options.Limit,
        TimeSpan.FromMilliseconds(options.BudgetMs),
        options.ExcludePurchased,
        options.AllowCurrentItem,
        options.MaxAgeDays is { } days ? (long)TimeSpan.FromDays(days).TotalMilliseconds : long.MaxValue,
        options.OfferSlots);
}
