using System.ComponentModel.DataAnnotations;
using Personalization.Decisioning.Contracts;

namespace Personalization.Decisioning;

/// <summary>One place in the shop that asks for recommendations.</summary>
public sealed class PlacementOptions
{
    public PlacementKind Kind { get; set; }

    /// <summary>Items in an answer when the question does not say. Default 20: what a carousel shows.</summary>
    [Range(1, 100)]
    public int Limit { get; set; } = 20;

    /// <summary>
    /// Milliseconds after which the baseline answers instead of the models. Default 20: an answer takes well below one, so this only
    /// cuts off what is broken or starved, and a page still renders in time.
    /// </summary>
    [Range(1, 10_000)]
    public int BudgetMs { get; set; } = 20;

    /// <summary>Offers and content that an answer has beside its products. Default 0; a placement of next best actions has as many as its limit.</summary>
    [Range(0, 20)]
    public int OfferSlots { get; set; }

    /// <summary>Whether items that the shopper bought are left out. Default true.</summary>
    public bool ExcludePurchased { get; set; } = true;

    /// <summary>Whether the newest item of the session may be shown again, when the question does not say. Default false.</summary>
    public bool AllowCurrentItem { get; set; }

    /// <summary>Days after which what the shopper did outside the current session is not used here; null (default) for no limit.</summary>
    [Range(1, 3650)]
    public int? MaxAgeDays { get; set; }

    /// <summary>Who puts candidates in order. Default Plan: the parts' own order; Online gains where there is traffic to learn from.</summary>
    public PlacementRanker Ranker { get; set; }

    /// <summary>
    /// How much chance the online ranker takes, as a factor of how unsure it is of each weight, and the choice between offers of one priority, of how often
    /// each is clicked. Default 1: Thompson sampling as it is; 0 for always the best known, which learns nothing of the rest and leaves nothing to estimate
    /// other rankers from.
    /// </summary>
    [Range(0.0, 10.0)]
    public double Exploration { get; set; } = 1;

    /// <summary>0 to 1: how much being unlike the items above counts against relevance (MMR). Default 0: order by relevance alone.</summary>
    [Range(0.0, 1.0)]
    public double Diversity { get; set; }

    /// <summary>0 to 1: how much being little known counts for an item. Default 0: not at all.</summary>
    [Range(0.0, 1.0)]
    public double Novelty { get; set; }

    /// <summary>Id of an imported tree model whose prediction the online ranker takes as a feature; none by default.</summary>
    public string? TreeModel { get; set; }

    /// <summary>
    /// Whether only servers are answered. Default false: pages ask with the write key, which anybody can read there, so whoever knows an id may ask what is shown to
    /// it. True for placements whose answer tells something that only the shopper may know.
    /// </summary>
    public bool ServersOnly { get; set; }

    /// <summary>
    /// Seconds for which browsers and CDNs may keep an answer that nothing personal went into; 0 for not at all. Default 30: fresh enough for what is
    /// popular, and a front page asks once.
    /// </summary>
    [Range(0, 86_400)]
    public int CacheSeconds { get; set; } = 30;

    /// <summary>
    /// Version of the session neighbours that answers here; null (default) for the live one. For the arms of an experiment: so a version is tried with a
    /// share of the people, and stopped when it does harm.
    /// </summary>
    [Range(1, 1_000_000)]
    public int? ModelVersion { get; set; }
}
