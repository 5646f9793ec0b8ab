using System.ComponentModel.DataAnnotations;

namespace Personalization.Features;

/// <summary>How segments are kept; section <c>Personalization:Features:Segments</c>.</summary>
public sealed class SegmentOptions
{
    public const string Section = "Features:Segments";

    /// <summary>Segments at a time, default 2,000: each has a bit for every profile and is asked when somebody is new.</summary>
    [Range(1, 100_000)]
    public int MaxSegments { get; set; } = 2_000;

    /// <summary>Changes of memberships that the feed keeps for readers that come late, default 1,000,000: about 50 MB on disk. The oldest go first.</summary>
    [Range(1_000, 100_000_000)]
    public int FeedFacts { get; set; } = 1_000_000;

    /// <summary>Days that the feed keeps them, default 7: a receiver that was down over a long weekend misses nothing.</summary>
    [Range(1, 365)]
    public int FeedDays { get; set; } = 7;

    /// <summary>Changes that wait to be published within the process, default 100,000: of more, those that do not fit are only in the feed, and counted.</summary>
    [Range(1_000, 10_000_000)]
    public int AnnouncementQueue { get; set; } = 100_000;
}
