using System.ComponentModel.DataAnnotations;

namespace Personalization.Decisioning;

/// <summary>Which changes need a second person; section <c>Personalization:Governance</c>.</summary>
public sealed class GovernanceOptions
{
    public const string Section = "Governance";

    /// <summary>A kill switch that is on is never switched off by one person alone.</summary>
    public const string KillSwitchRelease = "kill-switch-release";

    /// <summary>A policy that affects prices is never activated by one person alone.</summary>
    public const string Price = "price";

    /// <summary>A policy that uses profiles is never activated by one person alone.</summary>
    public const string Profiling = "profiling";

    /// <summary>
    /// What needs a second person besides policies of high risk and the switches of their placements: <c>kill-switch-release</c>, <c>price</c>,
    /// <c>profiling</c>. Default none, since a shop with a single key could then change nothing.
    /// </summary>
    public IList<string> HighImpact { get; set; } = [];

    /// <summary>
    /// Whether a placement without an active policy answers with the baseline, as if its kill switch were on. Default false: the shop's placements
    /// work before anybody has registered anything.
    /// </summary>
    public bool RequireActivePolicy { get; set; }

    /// <summary>Hours after which a change that nobody decided about expires. Default 168, a week: long enough for a holiday, short enough to be remembered.</summary>
    [Range(1, 8_760)]
    public int ChangeExpiryHours { get; set; } = 168;

    /// <summary>Changes that may wait at a time. Default 1,000: people decide about them.</summary>
    [Range(1, 100_000)]
    public int MaxPendingChanges { get; set; } = 1_000;

    /// <summary>Policies in the registry. Default 10,000.</summary>
    [Range(1, 1_000_000)]
    public int MaxPolicies { get; set; } = 10_000;

    /// <summary>Bytes of a policy's or a change's body. Default 64 KiB: a policy is some pages of text.</summary>
    [Range(1_024, 1_048_576)]
    public int MaxBodyBytes { get; set; } = 65_536;
}
