using System.ComponentModel.DataAnnotations;
using Personalization.Decisioning.Contracts;

namespace Personalization.Decisioning;

/// <summary>Bounds of the models, and the placements. All indexes are bounded by these numbers.</summary>
public sealed class DecisioningOptions
{
    public const string Section = "Decisioning";

    /// <summary>
    /// Sessions that the neighbour search remembers, rounded up to a power of two; about 100 bytes each. Default 262,144: the newest
    /// sessions are the ones that matter, and this is weeks of a middling shop.
    /// </summary>
    [Range(1024, 16_777_216)]
    public int MaxSessions { get; set; } = 262_144;

    /// <summary>Sessions looked at per item. Default 500, after the published VMIS-kNN.</summary>
    [Range(16, 4096)]
    public int SessionsPerItem { get; set; } = 500;

    /// <summary>Neighbours that vote. Default 300: more cost time and gained nothing on held-out clicks.</summary>
    [Range(1, 4096)]
    public int Neighbours { get; set; } = 300;

    /// <summary>Items with a higher number are served but not learnt. Default 4,194,304; 16 bytes for each up to the highest.</summary>
    [Range(1024, 67_108_864)]
    public int MaxItems { get; set; } = 4_194_304;

    /// <summary>Items remembered as going together with an item. Default 32: more than a slate shows.</summary>
    [Range(4, 256)]
    public int PartnersPerItem { get; set; } = 32;

    /// <summary>Days after which togetherness counts half. Default 60: assortments change with the season.</summary>
    [Range(1, 3650)]
    public double TogetherHalfLifeDays { get; set; } = 60;

    /// <summary>Days after which popularity counts half. Default 7: a week has all its days.</summary>
    [Range(0.01, 3650)]
    public double PopularHalfLifeDays { get; set; } = 7;

    /// <summary>Hours after which a trend counts half. Default 6: today against the week.</summary>
    [Range(0.01, 8760)]
    public double TrendingHalfLifeHours { get; set; } = 6;

    /// <summary>Milliseconds between two rankings of popularity, at least. Default 500: a new shop sees its first items at once.</summary>
    [Range(50, 60_000)]
    public int RankEveryMs { get; set; } = 500;

    /// <summary>By name. What is configured is added to, or changes, the defaults.</summary>
    public IDictionary<string, PlacementOptions> Placements { get; } = new Dictionary<string, PlacementOptions>
    {
        ["for-you"] = new() { Kind = PlacementKind.ForYou },
        ["similar"] = new() { Kind = PlacementKind.Similar },
        ["bought-together"] = new() { Kind = PlacementKind.BoughtTogether },
        ["trending"] = new() { Kind = PlacementKind.Trending },
        ["popular"] = new() { Kind = PlacementKind.Popular },
        ["recently-viewed"] = new() { Kind = PlacementKind.RecentlyViewed, ExcludePurchased = false, AllowCurrentItem = true },
        ["new"] = new() { Kind = PlacementKind.NewArrivals },
        ["next-best-action"] = new() { Kind = PlacementKind.NextBestAction, Limit = 1 },
    };
}
