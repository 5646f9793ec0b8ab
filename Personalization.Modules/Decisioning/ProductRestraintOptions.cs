using System.ComponentModel.DataAnnotations;

namespace Personalization.Decisioning;

/// <summary>How often a shopper is shown the same product. Section <c>Personalization:Restraint:Products</c>. Nothing is counted by default.</summary>
public sealed class ProductRestraintOptions
{
    public const string Section = "Restraint:Products";

    /// <summary>Caps for each shopper. Every answer that one of them counts is an event in the log.</summary>
    public IList<ProductCapOptions> Caps { get; } = [];

    /// <summary>Placements that do not show what others have shown.</summary>
    public IList<ShownElsewhereOptions> Elsewhere { get; } = [];
}

/// <summary>A cap: a product that was shown so often in so long without a click is not shown.</summary>
public sealed class ProductCapOptions
{
    /// <summary>Only what is shown at this placement counts, and is capped; null for all placements together.</summary>
    public string? Placement { get; set; }

    /// <summary>Times at most. Default 3, as often as an offer in a session.</summary>
    [Range(1, 100)]
    public int Count { get; set; } = 3;

    /// <summary>Hours of the window, which slides. Default 24.</summary>
    [Range(1, 9_600)]
    public int Hours { get; set; } = 24;
}

/// <summary>What a placement does not show since another one has.</summary>
public sealed class ShownElsewhereOptions
{
    /// <summary>The placement that holds back.</summary>
    [Required]
    public string Placement { get; set; } = "";

    /// <summary>The placements whose products it does not repeat; none named (default) for all others.</summary>
    public IList<string> ShownAt { get; } = [];

    /// <summary>For how many seconds. Default 60: what stands on one page; 0 for as long as the session goes on.</summary>
    [Range(0, 86_400)]
    public int Seconds { get; set; } = 60;
}
