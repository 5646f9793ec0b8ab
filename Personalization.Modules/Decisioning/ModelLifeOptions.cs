using System.ComponentModel.DataAnnotations;

namespace Personalization.Decisioning;

/// <summary>When a version of a model may serve, and when the one that serves has grown old. Section <c>Personalization:ModelLife</c>.</summary>
public sealed class ModelLifeOptions
{
    public const string Section = "ModelLife";

    /// <summary>Newest sessions that versions are measured on. Default 2,000: some seconds of one core.</summary>
    [Range(10, 100_000)]
    public int HeldOutSessions { get; set; } = 2_000;

    /// <summary>Share of the live version's MRR that a version may lose and still pass. Default 0.01: less is chance.</summary>
    [Range(0, 1)]
    public double MaxQualityLoss { get; set; } = 0.01;

    /// <summary>
    /// Share of the live version's coverage that it must keep. Default 0.7: of a shop with 2,900 items, weights that were found anew some weeks later
    /// move it by a fifth either way, at the same quality.
    /// </summary>
    [Range(0, 1)]
    public double MinCoverageKept { get; set; } = 0.7;

    /// <summary>
    /// By how much more of its answers may be popular items, in relation to the live version. Default 1.6: weights that were found anew some weeks later move
    /// it by a quarter on the same shop, at a better quality; a model that has collapsed into popularity is above 2.
    /// </summary>
    [Range(1, 10)]
    public double MaxPopularityBias { get; set; } = 1.6;

    /// <summary>Mean microseconds of one answer. Default 500: an answer has 20 ms, and shares them.</summary>
    [Range(1, 1_000_000)]
    public double MaxMeanMicroseconds { get; set; } = 500;

    /// <summary>Population stability index of scores above which an alarm is raised. Default 0.25, the usual bound for "has shifted".</summary>
    [Range(0.01, 10)]
    public double MaxScoreShift { get; set; } = 0.25;

    /// <summary>Share of its hit rate at promotion that the live version may lose before an alarm is raised. Default 0.2.</summary>
    [Range(0.01, 1)]
    public double MaxHitRateLoss { get; set; } = 0.2;

    /// <summary>
    /// Whether better parameters are looked for when the live version has drifted, and tried as a canary. Default true: the canary's rule decides, not the search.
    /// </summary>
    public bool RetuneOnDrift { get; set; } = true;

    /// <summary>Hours between two such searches, at least. Default 24: each takes some ten seconds of a core, and a canary after it days.</summary>
    [Range(0.1, 8_760)]
    public double RetuneEveryHours { get; set; } = 24;

    /// <summary>
    /// Share by which what comes of an online ranker's items may be apart from what it expected before an alarm is raised. Default 0.5: half as much again, or half.
    /// </summary>
    [Range(0.01, 10)]
    public double MaxMiscalibration { get; set; } = 0.5;

    /// <summary>Rewarded items, expected or come, below which calibration is not judged. Default 50: with fewer it is chance.</summary>
    [Range(1, 1_000_000)]
    public double CalibrationRewards { get; set; } = 50;

    /// <summary>Minutes after an answer in which what comes of it counts for a canary. Default 30: the click that follows an answer, and most carts.</summary>
    [Range(0, 10_080)]
    public double CanaryWaitMinutes { get; set; } = 30;

    internal long CanaryWaitMs => (long)(CanaryWaitMinutes * TimeSpan.MillisecondsPerMinute);

    /// <summary>Minutes between two looks at the live versions. Default 60.</summary>
    [Range(0.01, 10_080)]
    public double LookEveryMinutes { get; set; } = 60;
}
