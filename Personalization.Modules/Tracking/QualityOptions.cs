using System.ComponentModel.DataAnnotations;

namespace Personalization.Tracking;

/// <summary>What counts as unusual, and how much is kept to tell. Section <c>Personalization:Tracking:Quality</c>.</summary>
public sealed class QualityOptions
{
    public const string Section = "Tracking:Quality";

    /// <summary>Pairs of source and event name that are watched, default 2,000: some hundred bytes each on the hot path; more share one series.</summary>
    [Range(10, 20_000)]
    public int MaxSeries { get; set; } = 2_000;

    /// <summary>Seconds between two looks, default 5: what goes wrong is flagged within a minute, of which the window takes most.</summary>
    [Range(1, 15)]
    public int EvaluateSeconds { get; set; } = 5;

    /// <summary>Standard deviations from the baseline that count as unusual, default 6: at 2,000 series looked at every ten seconds, 4 would cry daily.</summary>
    [Range(3, 50)]
    public double VolumeDeviations { get; set; } = 6;

    /// <summary>Events that must be expected in a window before too few are flagged, default 10: below it, none is no news.</summary>
    [Range(3, 10_000)]
    public double VolumeMinExpected { get; set; } = 10;

    /// <summary>Minutes that a series must have been watched before its volume is judged, default 30; before that it is learning.</summary>
    [Range(5, 10_080)]
    public int LearningMinutes { get; set; } = 30;

    /// <summary>Share of refused events from which on a source or event is flagged, default 0.05.</summary>
    [Range(0.001, 1)]
    public double InvalidShare { get; set; } = 0.05;

    /// <summary>Share of repeated message ids that is flagged, default 0.2: clients resend after a failure, but not every fifth event.</summary>
    [Range(0.001, 1)]
    public double DuplicateShare { get; set; } = 0.2;

    /// <summary>Share of events older than a day that is flagged, default 0.2.</summary>
    [Range(0.001, 1)]
    public double LateShare { get; set; } = 0.2;

    /// <summary>Seconds by which the median of a source's client clocks may be wrong, default 300.</summary>
    [Range(10, 86_400)]
    public int SkewSeconds { get; set; } = 300;

    /// <summary>Payloads that are looked into for each series every ten seconds, default 20: rare events all, frequent ones as a sample.</summary>
    [Range(1, 1_000)]
    public int SamplesPerSeries { get; set; } = 20;

    /// <summary>Robust standard deviations from the median that make a number an outlier, default 10: prices have long tails.</summary>
    [Range(4, 100)]
    public double ValueDeviations { get; set; } = 10;

    /// <summary>Properties that are watched altogether, default 4,000, about 1 KB each.</summary>
    [Range(10, 100_000)]
    public int MaxProperties { get; set; } = 4_000;

    /// <summary>Clients that are watched at a time, default 4,096, about 100 bytes each; the quietest make room.</summary>
    [Range(64, 1_000_000)]
    public int MaxClients { get; set; } = 4_096;

    /// <summary>Events a minute that no person sends, default 300.</summary>
    [Range(20, 100_000)]
    public int ClientEventsPerMinute { get; set; } = 300;

    /// <summary>Products a minute that no person looks at, default 60.</summary>
    [Range(10, 100_000)]
    public int ClientProductsPerMinute { get; set; } = 60;

    /// <summary>Flags that are kept, open and closed, default 1,000; the oldest closed ones go first.</summary>
    [Range(10, 100_000)]
    public int MaxFlags { get; set; } = 1_000;

    /// <summary>Seconds between two savings of the baselines, default 300: what a crash forgets of them.</summary>
    [Range(1, 86_400)]
    public int SaveSeconds { get; set; } = 300;

    /// <summary>Rows of one batch report, default 10,000: a month of ten sources and thirty events.</summary>
    [Range(1, 100_000)]
    public int ReconciliationRows { get; set; } = 10_000;

    /// <summary>Message ids of one batch report, default 200,000, about 100 bytes each while it is compared.</summary>
    [Range(1, 5_000_000)]
    public int ReconciliationIds { get; set; } = 200_000;

    /// <summary>Bytes of one batch report, default 16 MB.</summary>
    [Range(64 * 1024, 256 * 1024 * 1024)]
    public int ReconciliationBytes { get; set; } = 16 * 1024 * 1024;

    /// <summary>Message ids remembered during a comparison to tell duplicates, default 5 million, some 200 MB at worst; beyond it the answer says so.</summary>
    [Range(10_000, 100_000_000)]
    public int ReconciliationSeen { get; set; } = 5_000_000;

    /// <summary>Results that are kept, default 50; the oldest go.</summary>
    [Range(1, 10_000)]
    public int ReconciliationsKept { get; set; } = 50;
}
