using System.ComponentModel.DataAnnotations;

namespace Personalization.Kernel.Log;

/// <summary>Bounds of the event log and its admission queues; section <c>Personalization:Log</c>.</summary>
public sealed class LogOptions
{
    public const string Section = "Log";

    /// <summary>
    /// Requests that may wait in each lane, default 8,192: at the usual 30,000 single events a second a quarter of a second
    /// of work. Beyond it requests are refused with 429.
    /// </summary>
    [Range(1, 1_000_000)]
    public int LaneEntries { get; set; } = 8_192;

    /// <summary>Bytes that may wait in each lane, default 64 MiB, so that large batches cannot fill the memory.</summary>
    [Range(1 << 20, 1 << 30)]
    public int LaneBytes { get; set; } = 64 << 20;

    /// <summary>A commit takes whatever waits, up to this many bytes, default 1 MiB: larger ones only add latency.</summary>
    [Range(64 << 10, 16 << 20)]
    public int MaxBlockBytes { get; set; } = 1 << 20;

    /// <summary>Blocks are compressed from this many bytes on, default 1,024: from two events on it costs less than the pages it saves.</summary>
    [Range(0, 1 << 20)]
    public int CompressAboveBytes { get; set; } = 1_024;

    /// <summary>
    /// Events that the stages may be behind the log, default 1,000,000, about five seconds of replay. Beyond it bulk is
    /// refused with 429, and critical events from twice as many on.
    /// </summary>
    [Range(1_000, 1_000_000_000)]
    public long MaxLagEvents { get; set; } = 1_000_000;

    /// <summary>
    /// Committed entries kept in memory for the stages, default 8,192 and 64 MiB at most; beyond it they read them from disk. From a quarter of it
    /// on, bulk waits before its commit.
    /// </summary>
    [Range(1, 100_000)]
    public int TailEntries { get; set; } = 8_192;

    /// <summary>
    /// Size of the write-ahead log at which its pages are moved into the file, default 128 MiB: at 5,000 commits a second about
    /// every three seconds. The writer does not wait for it, but shares the disk with it for some milliseconds.
    /// </summary>
    [Range(1 << 20, 1 << 30)]
    public int WalBytes { get; set; } = 128 << 20;

    /// <summary>
    /// Seconds between checkpoints of derived state, default 30. A shopper's many events become one row each time, so rarer is
    /// cheaper; what lies between is replayed after a crash.
    /// </summary>
    [Range(1, 3_600)]
    public int CheckpointIntervalSeconds { get; set; } = 30;

    /// <summary>Events after which a checkpoint is taken before its time, default 1,000,000: a few seconds of replay.</summary>
    [Range(1_000, 1_000_000_000)]
    public long CheckpointEvents { get; set; } = 1_000_000;
}
