using Personalization.Kernel.Http;

namespace Personalization.Tracking.Pipeline;

/// <summary>The refusals at the door. Their types and metric names stay.</summary>
internal static class TrackingProblems
{
    public static readonly Problem UnknownWriteKey = new("tracking/unknown-write-key", "No known write key came with the request.", 401);
    public static readonly Problem NotJson = new("tracking/not-json", "The body is not a JSON document in UTF-8.", 400);
    public static readonly Problem InvalidBody = new("tracking/invalid-body", "The body is not what this address takes.", 400);
    public static readonly Problem InvalidEvent = new("tracking/invalid-event", "The event is not valid.", 400);
    public static readonly Problem DamagedBody = new("tracking/damaged-body", "The body cannot be decompressed or ends too early.", 400);
    public static readonly Problem TooSlow = new("tracking/too-slow", "The body came too slowly. Send it again.", 408);
    public static readonly Problem ClientGone = new("tracking/client-gone", "The client closed the connection while sending.", 499);
    public static readonly Problem TooLarge = new("tracking/too-large", "The body is larger than allowed.", 413);
    public static readonly Problem TooManyEvents = new("tracking/too-many-events", "The batch has more events than allowed.", 413);
    public static readonly Problem UnknownEncoding = new("tracking/unknown-encoding", "The Content-Encoding is not gzip, deflate or br.", 415);
    public static readonly Problem LaneFull = new("tracking/lane-full", "More events wait for the log than may.", 429);
    public static readonly Problem DeadLettersFull = new("tracking/dead-letters-full", "More refused events wait to be kept than may.", 429);
    public static readonly Problem PipelineBehind = new("tracking/pipeline-behind", "Events come in faster than they are applied.", 429);
    public static readonly Problem BulkShed = new("tracking/bulk-shed", "There is more to do than can be done, and bulk has to wait.", 429);
    public static readonly Problem OverFairShare = new("tracking/over-fair-share", "There is more to do than can be done, and this source has had its share.", 429);
    public static readonly Problem HotProfile = new("tracking/hot-profile", "There is more to do than can be done, and this shopper sends more than any shopper does.", 429);
    public static readonly Problem Stopping = new("tracking/stopping", "The process is stopping.", 503);
    public static readonly Problem NotInEffect =
        new("tracking/not-in-effect", "The events are kept, but what they say of consent does not count yet. Send them again to be sure.", 503);

    public static readonly Problem CommitFailed = new("tracking/commit-failed", "The events could not be written to disk.", 503);
}
