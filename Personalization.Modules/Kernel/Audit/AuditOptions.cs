namespace Personalization.Kernel.Audit;

/// <summary>Where the end of the audit log is kept; section <c>Personalization:Audit</c>.</summary>
public sealed class AuditOptions
{
    public const string Section = "Audit";

    /// <summary>
    /// File that holds the newest entry's number and hash. Default: <c>audit.head</c> in the data directory, which shows a mistake. On another
    /// disk, or one that can only be appended to, it shows intent as well.
    /// </summary>
    public string AnchorPath { get; set; } = "";
}
