using System.ComponentModel.DataAnnotations;

namespace Personalization.Tracking;

/// <summary>How time passes in the log when nothing else does. Section <c>Personalization:Tracking:Clock</c>.</summary>
public sealed class ClockOptions
{
    public const string Section = "Tracking:Clock";

    /// <summary>
    /// Ms between looks at whether something is due, and so the most that a window's end is late by when no event comes. 100: a tenth of
    /// what is promised, and ten small commits a second at the most.
    /// </summary>
    [Range(10, 10_000)]
    public int TickMs { get; set; } = 100;

    /// <summary>
    /// Seconds of the log's clock before a stage that threw is told of the time again, default 10: what it could not digest is still
    /// there, and would fail it at every batch.
    /// </summary>
    [Range(1, 3_600)]
    public int RetrySeconds { get; set; } = 10;
}
