using System.ComponentModel.DataAnnotations;

namespace Personalization.Features;

/// <summary>How features are kept; section <c>Personalization:Features</c>.</summary>
public sealed class FeaturesOptions
{
    public const string Section = "Features";

    /// <summary>Minutes without an event after which a session is over, default 30: what web analytics agree on.</summary>
    [Range(1, 1_440)]
    public int SessionGapMinutes { get; set; } = 30;

    /// <summary>
    /// Whether an event through another campaign (source, medium or name of <c>context.campaign</c>) begins a session of its own, default true: so
    /// a visit is credited to what brought it, as web analytics do. Only for clients that do not name their sessions.
    /// </summary>
    public bool SessionsSplitByCampaign { get; set; } = true;

    /// <summary>Days in which an affinity loses half its weight, default 30. At least 7, so that weights stay in range until 2049.</summary>
    [Range(7, 3_650)]
    public double AffinityHalfLifeDays { get; set; } = 30;

    /// <summary>What a view adds to the affinity for the item's category and brand, default 1.</summary>
    [Range(0, 1_000)]
    public double ViewWeight { get; set; } = 1;

    /// <summary>What adding to the cart adds, default 3.</summary>
    [Range(0, 1_000)]
    public double AddWeight { get; set; } = 3;

    /// <summary>What an order adds for each of its lines, default 5.</summary>
    [Range(0, 1_000)]
    public double OrderWeight { get; set; } = 5;

    /// <summary>Items that get a number, default 2,000,000; the packed lists hold 16,777,215 at most. Later ones are ignored and counted.</summary>
    [Range(1_000, 16_777_215)]
    public int MaxItems { get; set; } = 2_000_000;

    /// <summary>Categories and brands that get a number, default 200,000; later ones are unknown and counted.</summary>
    [Range(100, 16_777_215)]
    public int MaxTerms { get; set; } = 200_000;

    /// <summary>Bytes of one catalogue upload, default 64 MiB: some 200,000 items.</summary>
    [Range(1 << 16, 1 << 30)]
    public long MaxCatalogBytes { get; set; } = 64 << 20;
}
