using System.ComponentModel.DataAnnotations;

namespace Personalization.Tracking;

/// <summary>
/// When the door sheds load, and how much. Section <c>Personalization:Tracking:Pressure</c>. Each signal has two thresholds: at the upper one
/// there is pressure, and only below the lower one it is over.
/// </summary>
public sealed class PressureOptions
{
    public const string Section = "Tracking:Pressure";

    /// <summary>
    /// Ms that a critical event stands in the log's queue, its commit included, at which there is pressure. 100: many commits of a good
    /// disk. A few clients that send as fast as they are answered bring tens of ms, and there is nothing to gain by refusing those.
    /// </summary>
    [Range(1.0, 60_000.0)]
    public double CriticalDelayStopMs { get; set; } = 100;

    /// <summary>Ms below which it is over. 40: less than half, or the queue that is left would bring it back at once.</summary>
    [Range(0.1, 60_000.0)]
    public double CriticalDelayRestartMs { get; set; } = 40;

    /// <summary>Ms that bulk stands in the queue, its turn at the door included. 500: nobody waits for bulk, but its sender keeps a connection.</summary>
    [Range(1.0, 60_000.0)]
    public double BulkDelayStopMs { get; set; } = 500;

    /// <summary>Ms below which it is over. 200: less than half, as above.</summary>
    [Range(0.1, 60_000.0)]
    public double BulkDelayRestartMs { get; set; } = 200;

    /// <summary>
    /// Ms that work waits for a thread, over half a second, at which there is pressure. 2: a decision, whose objective is 5 ms, stands in the same
    /// queue, and an acknowledgement twice. Looked at only while somebody asks for decisions or sends what is critical: a load of bulk alone may use everything.
    /// </summary>
    [Range(0.1, 60_000.0)]
    public double ThreadDelayStopMs { get; set; } = 2;

    /// <summary>Ms below which it is over. 0.75: less than half, as above.</summary>
    [Range(0.1, 60_000.0)]
    public double ThreadDelayRestartMs { get; set; } = 0.75;

    /// <summary>
    /// Ms that work waits for a thread where load is shed already: more is shed above it, and less below four tenths of it. 0.5: what is kept out is kept out for the
    /// sake of the slowest answers, which wait many times as long as the middle one. No level is entered for so little: a few clients that send as fast as they are
    /// answered bring a millisecond, and there is nothing to gain by refusing those.
    /// </summary>
    [Range(0.1, 60_000.0)]
    public double ThreadDelayTargetMs { get; set; } = 0.5;

    /// <summary>Ms of work that the stages are behind the log at which there is pressure. 1,000: what shoppers did is to be seen within a second.</summary>
    [Range(1.0, 600_000.0)]
    public double LagStopMs { get; set; } = 1_000;

    /// <summary>Ms below which it is over. 300: less than half, as above.</summary>
    [Range(0.1, 600_000.0)]
    public double LagRestartMs { get; set; } = 300;

    /// <summary>Ms of pressure without a break before a level is entered. 500: longer than a collection of memory or a wave of requests takes.</summary>
    [Range(100, 60_000)]
    public int RiseMs { get; set; } = 500;

    /// <summary>
    /// Ms without pressure, and without anything that the level had to refuse, before it is left. 5,000: clients that were sent away
    /// for some seconds are back by then.
    /// </summary>
    [Range(100, 600_000)]
    public int FallMs { get; set; } = 5_000;

    /// <summary>Events from which a batch without critical ones is bulk. 20: what clients gather before they send is as much, and rarely more.</summary>
    [Range(2, 100_000)]
    public int BulkEvents { get; set; } = 20;

    /// <summary>
    /// Bytes from which a body takes its turn among large ones, source by source, before it is read event by event. 65,536: a browser's
    /// last batch on leaving a page is never larger; more comes from a queue of a server or app, which can wait.
    /// </summary>
    [Range(4 << 10, 64 << 20)]
    public int LargeBodyBytes { get; set; } = 64 << 10;

    /// <summary>
    /// Large bodies that are read event by event at a time. 0 = two for each core: one that is read and one that is ready, so that a
    /// single event between them waits for a millisecond.
    /// </summary>
    [Range(0, 1_024)]
    public int LargeBodies { get; set; }

    /// <summary>Large bodies that wait for their turn. 256: beyond it they are refused with 429.</summary>
    [Range(1, 65_536)]
    public int WaitingLargeBodies { get; set; } = 256;

    /// <summary>
    /// Events of one profile within a minute from which it is hot: shown, and refused with 429 while there is pressure, critical events
    /// excepted. 6,000: a hundred a second is no shopper's hand.
    /// </summary>
    [Range(60, 100_000_000)]
    public int HotProfileEvents { get; set; } = 6_000;

    /// <summary>Longest <c>Retry-After</c> in seconds. 60: who waits a minute hears soon enough that it is over; more than 300 clients ignore.</summary>
    [Range(1, 300)]
    public int MaxRetryAfterSeconds { get; set; } = 60;

    /// <summary>
    /// Ms that a refusal for want of room waits before it is answered, more or less by up to half. 250: a client that comes again at once then asks four times a second and
    /// connection instead of thousands of times; one that obeys <c>Retry-After</c> does not notice.
    /// </summary>
    [Range(0, 5_000)]
    public int RefusalHoldMs { get; set; } = 250;

    /// <summary>Refusals that wait at a time; 1,024: beyond it they are answered at once.</summary>
    [Range(1, 65_536)]
    public int HeldRefusals { get; set; } = 1_024;

    /// <summary>Shares of sources, by name, when there is not enough for all; 1 for those not named. Twice the weight is twice the share.</summary>
    public IDictionary<string, int> Weights { get; } = new Dictionary<string, int>(StringComparer.Ordinal);
}
