using System.ComponentModel.DataAnnotations;

namespace Personalization.Decisioning;

/// <summary>Experiments with placements. Section <c>Personalization:Experiments</c>.</summary>
public sealed class ExperimentOptions
{
    public const string Section = "Experiments";

    /// <summary>Definitions at most. 200: each decision asks those of its placement.</summary>
    [Range(1, 10_000)]
    public int MaxExperiments { get; set; } = 200;

    /// <summary>Bytes of one definition. 64 KiB: arms and metrics are few.</summary>
    [Range(1_024, 1 << 20)]
    public int MaxBytes { get; set; } = 64 << 10;

    /// <summary>
    /// Assignments that are kept, one for each experiment and identifier of a person, some 150 bytes each in memory. Default 1,000,000; whoever comes when it
    /// is full is assigned by the hash alone, and counted.
    /// </summary>
    [Range(1_000, 100_000_000)]
    public int MaxAssignments { get; set; } = 1_000_000;

    /// <summary>Days that an assignment is kept. Default 180: longer than experiments run.</summary>
    [Range(1, 3_650)]
    public int AssignmentDays { get; set; } = 180;

    /// <summary>Hours after which the same person's exposure is written again. Default 24: only the first counts, and old events of a person go.</summary>
    [Range(0.01, 8_760)]
    public double ExposeAgainHours { get; set; } = 24;

    /// <summary>Minutes between two looks at guardrails and bandits. Default 15: the tests allow as many looks as one likes.</summary>
    [Range(0.01, 10_080)]
    public double LookEveryMinutes { get; set; } = 15;
}
