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
}
