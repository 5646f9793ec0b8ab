using System.ComponentModel.DataAnnotations;

namespace Personalization.Tracking;

/// <summary>What the door of the event path takes, and how wide the path behind it is. Section <c>Personalization:Tracking</c>.</summary>
public sealed class TrackingOptions
{
    public const string Section = "Tracking";

    /// <summary>Shop fronts, apps and servers that may send events. At least one: without a key nothing could come in.</summary>
    public IList<SourceOptions> Sources { get; } = [];

    /// <summary>Bytes of one request, decompressed. 4 MB: 2,500 events of 1.6 KB, and what clients' largest batches reach.</summary>
    [Range(64 * 1024, 64 * 1024 * 1024)]
    public int MaxBodyBytes { get; set; } = 4 * 1024 * 1024;

    /// <summary>Bytes of one event's JSON. 64 KB: twice what Segment takes, because orders of many products exceed that.</summary>
    [Range(4 * 1024, 1024 * 1024)]
    public int MaxEventBytes { get; set; } = 64 * 1024;

    /// <summary>
    /// Events of one batch. 10,000: four times what Segment documents, because a client that is told 413 drops the whole batch; the bytes
    /// bound it anyway.
    /// </summary>
    [Range(1, 100_000)]
    public int MaxBatchEvents { get; set; } = 10_000;

    /// <summary>
    /// Seconds that a client is told to wait when the path is full. 1: queues empty within a second, and clients add their own
    /// back-off; more than 300 is ignored by Segment's.
    /// </summary>
    [Range(1, 300)]
    public int RetryAfterSeconds { get; set; } = 1;

    /// <summary>Days over which a repeated message id is recognised exactly. 7: browsers resend what they kept over a weekend.</summary>
    [Range(7, 90)]
    public int DuplicateWindowDays { get; set; } = 7;

    /// <summary>
    /// Newest message ids that are kept in memory, about 24 bytes each; older ones are looked up on disk. 1 million is 24 MB and some
    /// minutes of a big shop's traffic, within which nearly all repetitions fall.
    /// </summary>
    [Range(10_000, 100_000_000)]
    public int DuplicateRecentIds { get; set; } = 1_000_000;

    /// <summary>
    /// Seconds that a change of consent may take to pass the stages before its request is answered with 503, default 10: usually it is
    /// a millisecond; only while a restart catches up it is long, and clients give up after ten or more.
    /// </summary>
    [Range(1, 300)]
    public int EffectWaitSeconds { get; set; } = 10;

    /// <summary>
    /// Milliseconds that a question which wants to know everything acknowledged before it (<c>fresh</c>) may wait, default 250: usually it is
    /// one; what is not there by then is said to be missing.
    /// </summary>
    [Range(1, 10_000)]
    public int FreshWaitMs { get; set; } = 250;

    /// <summary>
    /// Message ids that are remembered altogether, two bytes of memory and sixteen of disk each. 100 million is a week at 165
    /// events a second; beyond it the oldest are forgotten before their time, which is counted.
    /// </summary>
    [Range(100_000, 1_000_000_000)]
    public int DuplicateMaxIds { get; set; } = 100_000_000;

    /// <summary>Loops that apply events, each for its share of the profiles. 0 = half the cores, at least one; the rest serve requests.</summary>
    [Range(0, 64)]
    public int Partitions { get; set; }

    /// <summary>
    /// Events that wait for one partition before the sequencer waits for it. 8,192: some ten milliseconds of work, so that a hiccup is
    /// bridged and freshness stays good.
    /// </summary>
    [Range(64, 1_000_000)]
    public int PartitionQueueEvents { get; set; } = 8192;
}

/// <summary>One source of events.</summary>
public sealed class SourceOptions
{
    internal const int MaxWriteKeyLength = 128;

    /// <summary>Stable name, for example <c>web-shop</c>: the log's number of the source hangs on it.</summary>
    public string Name { get; set; } = "";

    /// <summary>Public key that its events carry, up to 128 characters, no colon and no spaces.</summary>
    public string WriteKey { get; set; } = "";

    /// <summary>
    /// Snowplow app ids (<c>aid</c>) whose events are this source's, each of one source only: Snowplow's trackers send no key. The write
    /// key itself counts as one more. Default none.
    /// </summary>
    public IList<string> AppIds { get; } = [];

    /// <summary>
    /// Keys that it had before. Requests with one of them are refused, but their events are kept as dead letters of this source, to be
    /// replayed if the owner wants them.
    /// </summary>
    public IList<string> FormerWriteKeys { get; } = [];

    /// <summary>
    /// Whether a name is of a source of our own. What comes in under it is believed, such as who is on a list, so nobody else may name one.
    /// </summary>
    internal static bool IsReserved(string name) => name.StartsWith('$');
}
