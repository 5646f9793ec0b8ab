using System.ComponentModel.DataAnnotations;

namespace Personalization.Tracking;

/// <summary>How much of what was refused is kept, and for how long. Section <c>Personalization:Tracking:DeadLetters</c>.</summary>
public sealed class DeadLetterOptions
{
    public const string Section = "Tracking:DeadLetters";

    /// <summary>Bytes of all letters together, default 256 MiB: some hundred thousand events. Beyond it the oldest go first, counted.</summary>
    [Range(64 * 1024, 64L * 1024 * 1024 * 1024)]
    public long MaxBytes { get; set; } = 256L * 1024 * 1024;

    /// <summary>
    /// Days after arrival at which a letter expires, default 7: as long as message ids are remembered, so that one that is replayed can
    /// never count beside a copy that its client has sent again meanwhile.
    /// </summary>
    [Range(1, 365)]
    public int MaxAgeDays { get; set; } = 7;

    /// <summary>
    /// Bytes that one letter keeps of a body, default 4 MiB: the largest that is taken, so that nothing of a batch that cannot be read is lost. Longer
    /// ones are cut, and marked as such.
    /// </summary>
    [Range(1024, 64 * 1024 * 1024)]
    public int MaxBodyBytes { get; set; } = 4 * 1024 * 1024;

    /// <summary>
    /// Bytes of all letters of senders that nobody knows, default 4 MiB: enough to see a misspelt write key, and no way for strangers to
    /// push the letters of known sources out. Beyond it they are counted only.
    /// </summary>
    [Range(0, 1024L * 1024 * 1024)]
    public long MaxStrangerBytes { get; set; } = 4 * 1024 * 1024;

    /// <summary>Letters that may wait for the disk, in groups of one request or one parked event; default 4,096. Beyond it requests get 429.</summary>
    [Range(1, 1_000_000)]
    public int QueueEntries { get; set; } = 4096;

    /// <summary>Bytes that may wait for the disk, default 32 MiB: eight of the largest requests.</summary>
    [Range(64 * 1024, 1024 * 1024 * 1024)]
    public int QueueBytes { get; set; } = 32 * 1024 * 1024;

    /// <summary>
    /// Failed events of which is remembered where they stopped, about 100 bytes each; default 100,000. Beyond it the oldest can be looked
    /// at but no longer resumed.
    /// </summary>
    [Range(100, 10_000_000)]
    public int MaxParkedEvents { get; set; } = 100_000;

    /// <summary>Seconds between looks at the age of letters, default 60: their age counts in days.</summary>
    [Range(1, 3_600)]
    public int ExpiryIntervalSeconds { get; set; } = 60;
}
