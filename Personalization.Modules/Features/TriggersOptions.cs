using System.ComponentModel.DataAnnotations;

namespace Personalization.Features;

/// <summary>How triggers fire; section <c>Personalization:Features:Triggers</c>.</summary>
public sealed class TriggersOptions
{
    public const string Section = "Features:Triggers";

    /// <summary>Firings that are kept to be read, default 100,000: at 100 bytes each some 10 MB of memory.</summary>
    [Range(100, 10_000_000)]
    public int FeedCapacity { get; set; } = 100_000;

    /// <summary>Days for which they are kept, default 7: a reader that was down over a long weekend misses nothing.</summary>
    [Range(1, 90)]
    public int FeedDays { get; set; } = 7;

    /// <summary>
    /// Changes of the catalogue that wait for their shoppers to be looked for, default 100,000: as many items as a large shop changes in one go.
    /// Later ones are left out and counted.
    /// </summary>
    [Range(100, 10_000_000)]
    public int MaxItemChanges { get; set; } = 100_000;

    /// <summary>
    /// Minutes over which everybody is looked at once after a trigger on engagement came to life, default 10: it may be due for people who do nothing
    /// at all, and a million of them at once would hold up events.
    /// </summary>
    [Range(1, 1_440)]
    public int SweepMinutes { get; set; } = 10;
}
