using System.ComponentModel.DataAnnotations;

namespace Personalization.Decisioning;

/// <summary>How decisions are written down; section <c>Personalization:Decisioning:Log</c>.</summary>
public sealed class DecisionLogOptions
{
    public const string Section = "Decisioning:Log";

    /// <summary>Decisions of a second that are written down, at most; those beyond are counted. Default 2000: some 3 % of a core. 0 for none.</summary>
    [Range(0, 100_000)]
    public int MaxPerSecond { get; set; } = 2_000;

    /// <summary>Days after which a decision is deleted. Default 30: long enough to ask why, and to compare rankers.</summary>
    [Range(0.001, 3650.0)]
    public double KeepDays { get; set; } = 30;

    /// <summary>Megabytes of all decisions together; the oldest go first. Default 1024: about a million.</summary>
    [Range(1, 1_048_576)]
    public int MaxMegabytes { get; set; } = 1_024;

    /// <summary>Decisions that wait to be written, some KB each. Default 2048: a second of what is written at most.</summary>
    [Range(16, 65_536)]
    public int MaxWaiting { get; set; } = 2_048;
}
