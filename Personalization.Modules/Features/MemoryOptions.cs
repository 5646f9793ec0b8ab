using System.ComponentModel.DataAnnotations;

namespace Personalization.Features;

/// <summary>How much of what is known of people is held in memory; section <c>Personalization:Features:Memory</c>.</summary>
public sealed class MemoryOptions
{
    public const string Section = "Features:Memory";

    /// <summary>
    /// MiB for profiles, 0 for a third of what the process may use, which is the default: the models and the log's queues need the rest. Beyond it
    /// profiles that nobody has asked for lately leave memory; they are in the checkpoint, and come back with their next event or question.
    /// </summary>
    [Range(0, 4_194_304)]
    public int CeilingMiB { get; set; }

    /// <summary>
    /// Ms that a question waits for a profile to come back, default 10: a row is read in one, and a disk that needs longer is no reason for
    /// an empty page. Without it the answer is not personal, and says so. 0 never waits.
    /// </summary>
    [Range(0, 1_000)]
    public int ColdWaitMs { get; set; } = 10;

    /// <summary>Profiles that may wait to come back for a question, default 1,024; for others the answer says at once that there is none.</summary>
    [Range(1, 65_536)]
    public int ColdQueue { get; set; } = 1_024;

    /// <summary>Ms between looks at the ceiling, default 250: what comes in between is beyond it.</summary>
    [Range(10, 60_000)]
    public int SweepMs { get; set; } = 250;
}
