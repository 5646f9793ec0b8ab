using System.ComponentModel.DataAnnotations;

namespace Personalization.Features;

/// <summary>Previews of conditions; section <c>Personalization:Features:Preview</c>.</summary>
public sealed class PreviewOptions
{
    public const string Section = FeaturesOptions.Section + ":Preview";

    /// <summary>Previews at a time, default 2: each looks at every profile, and one more person who waits is told so.</summary>
    [Range(1, 16)]
    public int AtOnce { get; set; } = 2;

    /// <summary>
    /// Threads of one preview, default 0: as many as there are processors. They step back for everything else, so a preview on an idle machine
    /// takes all of it and one on a busy machine takes longer.
    /// </summary>
    [Range(0, 256)]
    public int Threads { get; set; }

    /// <summary>Other segments that one preview may be compared with, default 20: as many bars as a person can tell apart.</summary>
    [Range(0, 200)]
    public int MaxCompared { get; set; } = 20;

    /// <summary>Members that one preview may name, default 100.</summary>
    [Range(0, 1_000)]
    public int MaxSample { get; set; } = 100;
}
