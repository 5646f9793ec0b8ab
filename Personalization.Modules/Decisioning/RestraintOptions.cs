using System.ComponentModel.DataAnnotations;

namespace Personalization.Decisioning;

/// <summary>How much a shopper is shown. Section <c>Personalization:Restraint</c>.</summary>
public sealed class RestraintOptions
{
    public const string Section = "Restraint";

    /// <summary>Offers to one shopper in a session, over all placements. Default 3: more are noise. 0 for no bound.</summary>
    [Range(0, 100)]
    public int OffersPerSession { get; set; } = 3;

    /// <summary>
    /// Minutes without an event that end a session. Default 30, as for features. What was shown in that time before a session's first event belongs to it:
    /// the answer is asked for before the page's event is here.
    /// </summary>
    [Range(1, 1_440)]
    public int SessionGapMinutes { get; set; } = 30;

    /// <summary>Offers in a row that nobody clicked, after which a shopper is left in peace. Default 10; 0 for never.</summary>
    [Range(0, 100)]
    public int CooldownAfter { get; set; } = 10;

    /// <summary>Hours of that peace, from the last offer on; then one more is tried. Default 24: tomorrow is another day.</summary>
    [Range(1, 8_760)]
    public int CooldownHours { get; set; } = 24;

    /// <summary>Days for which what a shopper dismissed is not shown to them. Default 30.</summary>
    [Range(1, 3_650)]
    public int DismissedDays { get; set; } = 30;

    /// <summary>Seconds for which an offer that was shown at one placement is not shown at another: two on one page look foolish. Default 60; 0 for none.</summary>
    [Range(0, 86_400)]
    public int ElsewhereSeconds { get; set; } = 60;

    /// <summary>Further caps for each shopper. None by default.</summary>
    public IList<CapOptions> Caps { get; } = [];
}

/// <summary>A cap: so many offers of this kind to one shopper in so long.</summary>
public sealed class CapOptions
{
    /// <summary>Only what is shown at this placement counts, and is capped; null for all.</summary>
    public string? Placement { get; set; }

    /// <summary>Only this offer; null for all.</summary>
    public string? Offer { get; set; }

    /// <summary>Only what is shown through this channel (<c>context.channel</c> of the request); null for all.</summary>
    public string? Channel { get; set; }

    /// <summary>Whether each offer has the cap for itself. Default false: all share it.</summary>
    public bool PerOffer { get; set; }

    /// <summary>Offers at most.</summary>
    [Range(1, 100)]
    public int Count { get; set; } = 1;

    /// <summary>Hours of the window, which slides. Default 24.</summary>
    [Range(1, 9_600)]
    public int Hours { get; set; } = 24;
}
