using System.ComponentModel.DataAnnotations;

namespace Personalization.Kernel.Privacy;

/// <summary>Bounds of erasure and suppression; section <c>Personalization:Privacy</c>.</summary>
public sealed class PrivacyOptions
{
    public const string Section = "Privacy";

    /// <summary>
    /// Identifiers that may be suppressed, default 1,000,000, at most 64 MB of memory. An erasure beyond it is refused rather than
    /// done without what keeps the person from coming back.
    /// </summary>
    [Range(1, 100_000_000)]
    public int MaxSuppressedIdentifiers { get; set; } = 1_000_000;

    /// <summary>
    /// Seconds between looks for what is left to do, default 60: an erasure that failed half-way, events that had passed the door when
    /// their person was erased, and the counts of withheld events, which are written then.
    /// </summary>
    [Range(1, 86_400)]
    public int TidyIntervalSeconds { get; set; } = 60;
}
