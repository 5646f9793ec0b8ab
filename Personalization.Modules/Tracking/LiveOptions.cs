using System.ComponentModel.DataAnnotations;

namespace Personalization.Tracking;

/// <summary>The view of the events that come in just now. Section <c>Personalization:Tracking:Live</c>.</summary>
public sealed class LiveOptions
{
    public const string Section = "Tracking:Live";

    /// <summary>Events remembered for each source, default 256, rounded up to a power of two: a screen or two.</summary>
    [Range(16, 16_384)]
    public int EventsPerSource { get; set; } = 256;

    /// <summary>Events a second of one source that a stream shows, default 20: more nobody can read, and each is read back from the log.</summary>
    [Range(1, 200)]
    public int EventsPerSecond { get; set; } = 20;

    /// <summary>Streams at a time, default 32.</summary>
    [Range(1, 1_000)]
    public int MaxStreams { get; set; } = 32;

    /// <summary>Messages that wait for one slow reader, default 256; more are dropped and counted.</summary>
    [Range(16, 10_000)]
    public int StreamQueue { get; set; } = 256;

    /// <summary>Seconds between heartbeats of a silent stream, default 15: proxies cut what is silent for longer.</summary>
    [Range(1, 300)]
    public int HeartbeatSeconds { get; set; } = 15;

    /// <summary>Minutes that a token for a stream is good for, default 15: it stands in addresses, so it must not live long.</summary>
    [Range(1, 1_440)]
    public int TokenMinutes { get; set; } = 15;
}
