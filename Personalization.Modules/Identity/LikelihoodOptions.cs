using System.ComponentModel.DataAnnotations;

namespace Personalization.Identity;

/// <summary>When two devices are likely one person's; section <c>Personalization:Identity:Likelihood</c>.</summary>
public sealed class LikelihoodOptions
{
    public const string Section = "Identity:Likelihood";

    /// <summary>
    /// Whether <c>context.ip</c>, <c>context.userAgent</c> and addresses among traits are read at all, as keyed hashes. Default false: as long as
    /// nothing comes of them they are data that nobody needs, and comparing them takes two microseconds an event. A change replays the log.
    /// </summary>
    public bool ReadTraces { get; set; }

    /// <summary>
    /// Confidence from which a likely link is applied, 0.5 to 1; default 1, which none reaches: joining two people by mistake does more harm
    /// than leaving one person in two profiles. What is below is kept, suppressed, and used for nothing.
    /// </summary>
    [Range(0.5, 1.0)]
    public double ApplyFrom { get; set; } = 1.0;

    /// <summary>Minutes within which two profiles on one network with one agent count as close, default 30: a session's length.</summary>
    [Range(1, 1_440)]
    public int CloseMinutes { get; set; } = 30;

    /// <summary>Minutes within which two profiles that change from one network to the same other one travel together, default 120: a way to work.</summary>
    [Range(1, 1_440)]
    public int TravelMinutes { get; set; } = 120;
}
