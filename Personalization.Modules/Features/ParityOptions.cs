using System.ComponentModel.DataAnnotations;

namespace Personalization.Features;

/// <summary>Comparison of what is known with a replay of the log; section <c>Personalization:Features:Parity</c>.</summary>
public sealed class ParityOptions
{
    public const string Section = "Features:Parity";

    /// <summary>
    /// Share of the time in which a comparison may work while the shop is served, default 0.25: on two cores an eighth of the machine. The
    /// command line, which has a process of its own, takes all it gets.
    /// </summary>
    [Range(0.01, 1)]
    public double CpuShare { get; set; } = 0.25;

    /// <summary>Differences that a report tells one by one, default 100; all are counted.</summary>
    [Range(1, 10_000)]
    public int MaxDifferences { get; set; } = 100;
}
